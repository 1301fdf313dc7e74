"""`soribox devices ...`, `soribox analog-lines ...`, `soribox simulate cid`: caller-ID devices and their lines."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from appliance.cli.command import Command, Json, Words, argument
from appliance.cli.line_sounds import LINE, SOUND, sound_of
from appliance.cli.tables import Column, columns, done, listed, one
from web.api.client import Client


async def _list(box: Client, given: Namespace) -> Json:
    return (await box.ask("GET", "/devices"))["items"]


async def _add(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", "/devices", {"path": given.path})


async def _change(box: Client, given: Namespace) -> Json:
    sent = {"excluded": given.excluded, "dialect": given.dialect, "speed": given.speed}
    wanted = {name: value for name, value in sent.items() if value is not None}
    if "excluded" in wanted:
        wanted["excluded"] = wanted["excluded"] == "yes"
    return await box.ask("PATCH", f"/devices/{given.id}", wanted)


async def _ask(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", f"/devices/{given.id}/ask")


async def _forget(box: Client, given: Namespace) -> Json:
    return await box.ask("DELETE", f"/devices/{given.id}")


async def _lines(box: Client, given: Namespace) -> Json:
    return (await box.ask("GET", "/analog-lines"))["items"]


async def _change_line(box: Client, given: Namespace) -> Json:
    names = ("name", "number", "area_code", "group", "prefix", "dials")
    wanted = {name: value for name in names if (value := getattr(given, name)) is not None}
    if "dials" in wanted:
        wanted["dials"] = wanted["dials"] == "yes"
    return await box.ask("PATCH", f"/analog-lines/{given.id}", wanted | sound_of(given))


async def _remove_line(box: Client, given: Namespace) -> Json:
    return await box.ask("DELETE", f"/analog-lines/{given.id}")


async def _simulate(box: Client, given: Namespace) -> Json:
    sent = {"line": given.line, "number": given.number, "dialect": given.dialect}
    return await box.ask("POST", "/devices/simulate", sent)


def _condition(row: Any, words: Words) -> str:
    trouble = words.one_of("devices.trouble.", row["mending"]["trouble"])
    why = words.one_of("devices.why_short.", row["why"])
    return " · ".join(filter(None, (words(f"devices.condition.{row['condition']}"), trouble or why)))


def _last(row: Any, _: Words) -> str:
    return str(row["frames"][0]["hex"]) if row["frames"] else ""


_DEVICE = (
    *columns("id", "title", "path"),
    Column("state", _condition),
    *columns("dialect", "speed", "lines", "mending.mended"),
    Column("frame", _last),
)
_ID = argument("id")

COMMANDS = (
    Command("devices list", _list, listed(*_DEVICE)),
    Command("devices add", _add, one(*columns("path")), (argument("path"),)),
    Command(
        "devices change",
        _change,
        one(*_DEVICE),
        (
            _ID,
            argument("--excluded", choices=("yes", "no")),
            argument("--dialect"),
            argument("--speed", type=int),
        ),
    ),
    Command("devices ask", _ask, one(*_DEVICE), (_ID,)),
    Command("devices forget", _forget, done("cli.device_forgotten"), (_ID,)),
    Command("analog-lines list", _lines, listed(*LINE)),
    Command(
        "analog-lines change",
        _change_line,
        one(*LINE),
        (
            _ID,
            argument("--name"),
            argument("--number"),
            argument("--area-code"),
            argument("--group"),
            argument("--prefix"),
            argument("--dials", choices=("yes", "no")),
            *SOUND,
        ),
    ),
    Command("analog-lines remove", _remove_line, done("cli.analog_line_removed"), (_ID,)),
    Command(
        "simulate cid",
        _simulate,
        done("cli.simulated"),
        (
            argument("--line", type=int, default=1),
            argument("--number", default=""),
            argument("--dialect", default="callstar"),
        ),
    ),
)
