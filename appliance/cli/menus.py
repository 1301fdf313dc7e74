"""`soribox menu ...`: voice menus as trees."""

from __future__ import annotations

import asyncio
import json
from argparse import Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from appliance.cli.command import Command, Json, Words, argument
from appliance.cli.tables import Column, columns, done, listed, moment, one
from appliance.core.errors import InvalidInput
from web.api.client import Client

_LARGEST = 1_000_000


async def _list(box: Client, _: Namespace) -> Json:
    return (await box.ask("GET", "/menus"))["items"]


async def _add(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", "/menus", {"label": given.label})


async def _show(box: Client, given: Namespace) -> Json:
    return await box.ask("GET", _at(given))


async def _set(box: Client, given: Namespace) -> Json:
    body = {"root": await asyncio.to_thread(_tree, Path(given.json_file))}
    return await box.ask("PUT", _at(given), body | ({"label": given.label} if given.label else {}))


async def _remove(box: Client, given: Namespace) -> Json:
    return await box.ask("DELETE", _at(given))


async def _versions(box: Client, given: Namespace) -> Json:
    return (await box.ask("GET", f"{_at(given)}/versions"))["items"]


async def _restore(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", f"{_at(given)}/versions/{given.version}/restore")


async def _test(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", f"{_at(given)}/test", {"extension": given.extension})


def _at(given: Namespace) -> str:
    return f"/menus/{quote(given.id, safe='')}"


def _tree(file: Path) -> Json:
    """Return the tree in a file: what `menu show --json` gives as "root", or all of that. Raises InvalidInput."""
    try:
        with file.open("rb") as opened:
            read = json.loads(opened.read(_LARGEST))
    except (OSError, ValueError) as error:
        raise InvalidInput("json_file", "cli.bad_tree", reason=str(error)) from error
    return read["root"] if isinstance(read, dict) and "root" in read else read


def _drawn(row: Json, words: Words) -> Iterable[str]:
    yield f"{row['label']} ({row['id']}) · {words('menus.version', version=row['version'])}"
    yield from _steps(row["root"] or row["draft"], "", 1, words)


def _steps(step: Json, slot: str, depth: int, words: Words) -> Iterator[str]:
    shown = words(f"menus.slot.{slot}") if len(slot) > 1 else slot
    does = " ".join(part for part in (words(f"menus.kind.{step['kind']}"), step["target"]) if part)
    yield "  " * depth + f"{shown + ' → ' if shown else ''}{step['name']} · {does}"
    for key, below in step["branches"].items():
        yield from _steps(below, key, depth + 1, words)


_MENU = (*columns("id", "label", "version", "steps"), Column("used_by", lambda row, _: ", ".join(row["used_by"])))
_ID = argument("id")

COMMANDS = (
    Command("menu list", _list, listed(*_MENU)),
    Command("menu add", _add, one(*_MENU), (argument("label"),)),
    Command("menu show", _show, _drawn, (_ID,)),
    Command("menu set", _set, one(*_MENU), (_ID, argument("json_file"), argument("--label", default=""))),
    Command("menu remove", _remove, done("cli.removed"), (_ID,)),
    Command(
        "menu versions", _versions, listed(*columns("version"), Column("at", moment("at_ms")), *columns("by")), (_ID,)
    ),
    Command("menu restore", _restore, one(*_MENU), (_ID, argument("version", type=int))),
    Command("menu test", _test, one(*columns("call")), (_ID, argument("--extension", required=True))),
)
