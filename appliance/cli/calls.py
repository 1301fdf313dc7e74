"""`soribox calls`, `soribox call ...`, `soribox recordings ...`, `soribox customers ...`, `soribox live`."""

from __future__ import annotations

import asyncio
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from appliance.cli.command import Argument, Command, Json, Words, argument, here
from appliance.cli.tables import Cell, Column, columns, done, duration, listed, moment, one
from appliance.core.errors import Conflict
from appliance.core.numbers import show as shown
from web.api.client import Client

_MOST_A_PAGE = 500


def day_or_moment(text: str) -> int:
    """Return 2026-11-23 or 2026-11-23T14:30, in the terminal's time zone, in milliseconds since 1970."""
    try:
        return round(datetime.fromisoformat(text).astimezone().timestamp() * 1000)
    except ValueError as error:
        raise ArgumentTypeError(text) from error


_FILTER: tuple[Argument, ...] = (
    argument("--from", dest="from_ms", type=day_or_moment, default=0),
    argument("--to", dest="to_ms", type=day_or_moment, default=0),
    argument("--direction", choices=("in", "out", "internal"), default=""),
    argument("--result", default=""),
    argument("--extension", default=""),
    argument("--number", default=""),
    argument("--group", default=""),
    argument("--limit", type=int, default=50),
)


async def _pages(box: Client, path: str, given: Namespace) -> list[Any]:
    names = ("from_ms", "to_ms", "direction", "result", "extension", "number", "group")
    query: dict[str, Any] = {name: getattr(given, name) or None for name in names}
    found: list[Any] = []
    while len(found) < given.limit:
        query["limit"] = min(given.limit - len(found), _MOST_A_PAGE)
        page = await box.ask("GET", path, query=query)
        found += page["items"]
        query["cursor"] = page["next_cursor"]
        if not query["cursor"]:
            break
    return found


async def _calls(box: Client, given: Namespace) -> Json:
    return await _pages(box, "/calls", given)


async def _call(box: Client, given: Namespace) -> Json:
    path = f"/calls/{quote(given.id, safe='')}"
    return {
        "call": await box.ask("GET", path),
        "timeline": (await box.ask("GET", f"{path}/timeline"))["items"],
        "quality": await box.ask("GET", f"{path}/quality"),
    }


async def _live(box: Client, _: Namespace) -> Json:
    return (await box.ask("GET", "/live"))["calls"]


async def _recordings(box: Client, given: Namespace) -> Json:
    return await _pages(box, "/recordings", given)


async def _export(box: Client, given: Namespace) -> Json:
    recording = f"/calls/{quote(given.id, safe='')}/recording"
    name = (await box.ask("GET", recording))["file"]
    file = await asyncio.to_thread(_export_file, given, name)
    try:
        size = await box.fetch(f"{recording}/audio", file)
    except FileExistsError as error:
        raise Conflict("cli.file_exists", file=file) from error
    return {"file": str(file), "size": size}


def _export_file(given: Namespace, name: str) -> Path:
    """Return where a recording shall go that the box calls `name`; it has none while it is not ready."""
    to = here(given.to).absolute()
    return to / (name or given.id) if to.is_dir() else to


async def _customers(box: Client, given: Namespace) -> Json:
    return (await box.ask("GET", "/customers", query={"text": given.text, "limit": given.limit}))["items"]


async def _add_customer(box: Client, given: Namespace) -> Json:
    customer = {"name": given.name, "company": given.company, "numbers": given.numbers, "memo": given.memo}
    return await box.ask("POST", "/customers", customer)


async def _remove_customer(box: Client, given: Namespace) -> Json:
    return await box.ask("DELETE", f"/customers/{given.id}")


# ------------------------------------------------------------------------------------------------ what is shown


def _of_call(cell: Cell) -> Cell:
    return lambda row, words: cell(row["call"], words)


def _who(call: Json, words: Words) -> str:
    if call["presentation"] != "shown":
        return words(f"number.kind.{call['presentation']}")
    return " ".join(part for part in (shown(call["caller_number"]), call["caller_name"]) if part)


def _talked(call: Json, _: Words) -> str:
    return duration(call["ended_ms"] - call["answered_ms"]) if call["answered_ms"] and call["ended_ms"] else ""


_CALL = (
    Column("started", moment("started_ms")),
    Column("direction", lambda call, words: words.one_of("call.direction.", call["direction"])),
    Column("caller", _who),
    Column("called", lambda call, _: shown(call["called_number"])),
    *columns("extension"),
    Column("talked", _talked),
    Column("result", lambda call, words: words.one_of("call.result.", call["result"])),
    *columns("id"),
)
_OF_RECORDING = tuple(Column(column.name, _of_call(column.cell)) for column in _CALL[:3])


def _show_call(answer: Json, words: Words) -> Iterator[str]:
    yield from one(*_CALL)(answer["call"], words)
    yield ""
    for step in answer["timeline"]:
        yield f"{datetime.fromtimestamp(step['at_ms'] / 1000).astimezone():%H:%M:%S.%f}"[:-3] + f"  {step['text']}"
    if answer["quality"]["text"]:
        yield ""
        yield answer["quality"]["text"]


def _size(row: Json, _: Words) -> str:
    return f"{row['recording']['size'] / 1024:.0f} KB"


_CUSTOMER = (
    *columns("id", "name", "company"),
    Column("numbers", lambda row, _: ", ".join(shown(number) for number in row["numbers"])),
    *columns("memo"),
)
_ID = argument("id")

COMMANDS = (
    Command("calls", _calls, listed(*_CALL), _FILTER),
    Command("call show", _call, _show_call, (_ID,)),
    Command("live", _live, listed(*_CALL)),
    Command(
        "recordings list",
        _recordings,
        listed(
            *_OF_RECORDING,
            Column("length", lambda row, _: duration(row["recording"]["duration_ms"])),
            Column("size", _size),
            Column("state", lambda row, words: words.one_of("recordings.state.", row["recording"]["state"])),
            *columns("call.id"),
        ),
        _FILTER,
    ),
    Command("recordings export", _export, one(*columns("file", "size")), (_ID, argument("--to", default=""))),
    Command(
        "customers list",
        _customers,
        listed(*_CUSTOMER),
        (argument("text", nargs="?", default=""), argument("--limit", type=int, default=50)),
    ),
    Command(
        "customers add",
        _add_customer,
        one(*_CUSTOMER),
        (
            argument("name"),
            argument("--company", default=""),
            argument("--number", dest="numbers", action="append", default=[]),
            argument("--memo", default=""),
        ),
    ),
    Command("customers remove", _remove_customer, done("cli.removed"), (argument("id", type=int),)),
)
