"""`soribox callbacks ...`: who is to be called back. `soribox callback ...`: what is done about one of them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from appliance.cli.calls import day_or_moment
from appliance.cli.command import Command, Json, Words, argument, here
from appliance.cli.tables import Column, columns, listed, moment, one
from appliance.core.errors import Conflict
from appliance.core.numbers import show as shown
from web.api.client import Client

_WAYS = ("key", "overflow", "closed", "menu", "asked", "missed", "abandoned")
_STATES = ("new", "waiting", "in_progress")
_OUTCOMES = ("reached", "not_reached", "wrong_number", "not_needed")


def _filter(given: Namespace) -> dict[str, Any]:
    names = {"state": "which", "group": "group", "way": "way", "assignee": "assignee", "number": "number"}
    query = {name: getattr(given, told) for name, told in names.items()}
    return {name: value for name, value in (query | _period(given)).items() if value}


def _period(given: Namespace) -> dict[str, Any]:
    return {"from_ms": given.from_ms or None, "to_ms": given.to_ms or None}


async def _list(box: Client, given: Namespace) -> Json:
    return (await box.ask("GET", "/callbacks", query=_filter(given) | {"limit": given.limit}))["items"]


async def _show(box: Client, given: Namespace) -> Json:
    return await box.ask("GET", f"/callbacks/{given.id}")


async def _progress(box: Client, given: Namespace) -> Json:
    return (await box.ask("GET", "/callbacks/progress", query=_period(given)))["items"]


async def _export(box: Client, given: Namespace) -> Json:
    file = here(given.to or "callbacks.xlsx").absolute()
    try:
        size = await box.fetch(f"/callbacks/export?{urlencode(_filter(given))}", file)
    except FileExistsError as error:
        raise Conflict("cli.file_exists", file=file) from error
    return {"file": str(file), "size": size}


async def _change(box: Client, given: Namespace) -> Json:
    told = {"state": given.callback_state, "note": given.note}
    sent = {name: value for name, value in told.items() if value is not None}
    return await box.ask("PATCH", f"/callbacks/{given.id}", sent)


async def _assign(box: Client, given: Namespace) -> Json:
    sent = {"callbacks": given.ids, "to": given.person, "signed_in": given.signed_in}
    return (await box.ask("POST", "/callbacks/assign", sent))["items"]


async def _unassign(box: Client, given: Namespace) -> Json:
    return (await box.ask("POST", "/callbacks/unassign", {"callbacks": given.ids}))["items"]


async def _call(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", f"/callbacks/{given.id}/call", {"extension": given.extension})


def _came(given: Namespace) -> dict[str, str]:
    return {"result": given.outcome, "note": given.note}


async def _done(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", f"/callbacks/{given.id}/done", _came(given))


async def _all_done(box: Client, given: Namespace) -> Json:
    return (await box.ask("POST", f"/customers/{given.customer}/callbacks/done", _came(given)))["items"]


_CALLBACK = (
    *columns("id"),
    Column("number", lambda row, _: shown(row["number"])),
    *columns("name", "group"),
    Column("way", lambda row, words: words.one_of("callbacks.way.", row["way"])),
    *columns("asked", "tries", "assignee"),
    Column("since", moment("first_ms")),
    Column("last_asked", moment("last_ms")),
    Column("state", lambda row, words: words.one_of("callbacks.state.", row["state"])),
    *columns("done_by"),
)
_WHOLE = (
    *_CALLBACK,
    Column("result", lambda row, words: words.one_of("callbacks.result.", row["result"])),
    *columns("note"),
)


def _show_one(answer: Json, words: Words) -> Iterator[str]:
    yield from one(*_WHOLE)(answer["callback"], words)
    yield ""
    for step in answer["history"]:
        yield f"{datetime.fromtimestamp(step['at_ms'] / 1000).astimezone():%Y-%m-%d %H:%M:%S}  {step['text']}"


_PROGRESS = (
    *columns("day"),
    Column("way", lambda row, words: words.one_of("callbacks.way.", row["way"])),
    *columns("asked", "assigned", "done", "open"),
    Column("rate", lambda row, _: f"{row['rate']:.1f} %"),
)
_ID, _IDS = argument("id", type=int), argument("ids", type=int, nargs="*")
_PERIOD = (
    argument("--from", dest="from_ms", type=day_or_moment, default=0),
    argument("--to", dest="to_ms", type=day_or_moment, default=0),
)
_ASKED = (
    argument("--which", choices=("open", *_STATES, "done", "all"), default="open"),
    argument("--group", default=""),
    argument("--way", choices=_WAYS, default=""),
    argument("--assignee", default=""),
    argument("--number", default=""),
)
_LIMIT = argument("--limit", type=int, default=50)
_TO = argument("--to-file", dest="to", default="")
_CAME = (argument("--outcome", choices=_OUTCOMES, default=""), argument("--note", default=""))

COMMANDS = (
    Command("callbacks list", _list, listed(*_CALLBACK), (*_ASKED, *_PERIOD, _LIMIT)),
    Command("callbacks progress", _progress, listed(*_PROGRESS), _PERIOD),
    Command("callbacks export", _export, one(*columns("file", "size")), (*_ASKED, *_PERIOD, _TO)),
    Command("callback show", _show, _show_one, (_ID,)),
    Command("callback call", _call, one(*columns("call")), (_ID, argument("--extension", required=True))),
    Command(
        "callback change",
        _change,
        one(*_WHOLE),
        (_ID, argument("--callback-state", choices=_STATES), argument("--note")),
    ),
    Command(
        "callback assign",
        _assign,
        listed(*_CALLBACK),
        (
            _IDS,
            argument("--person", action="append", default=[]),
            argument("--signed-in", action="store_true"),
        ),
    ),
    Command("callback unassign", _unassign, listed(*_CALLBACK), (_IDS,)),
    Command("callback done", _done, one(*_WHOLE), (_ID, *_CAME)),
    Command("callback all-done", _all_done, listed(*_CALLBACK), (argument("customer", type=int), *_CAME)),
)
