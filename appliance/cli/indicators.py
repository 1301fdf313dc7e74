"""`soribox indicators ...`, `soribox simulate button`, `soribox rescue-code`: lamps and buttons on the box."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator

from appliance.cli.command import Command, Json, Words, argument
from appliance.cli.tables import Column, columns, done, listed, moment, one
from web.api.client import Client

_BUTTONS = ("panic", "night", "reset")


async def _lamps(box: Client, _: Namespace) -> Json:
    return (await box.ask("GET", "/indicators"))["lamps"]


async def _buttons(box: Client, _: Namespace) -> Json:
    return (await box.ask("GET", "/indicators"))["buttons"]


async def _test(box: Client, _: Namespace) -> Json:
    return await box.ask("POST", "/indicators/test")


async def _desk(box: Client, given: Namespace) -> Json:
    return await box.ask("PATCH", f"/indicators/buttons/{given.button}", {"desk": given.desk})


async def _press(box: Client, given: Namespace) -> Json:
    sent = {"button": given.button, "desk": given.desk, "seconds": given.seconds}
    return await box.ask("POST", "/indicators/press", sent)


async def _rescue_code(box: Client, _: Namespace) -> Json:
    return await box.ask("GET", "/rescue")


def _show_result(pressed: Json, words: Words) -> Iterator[str]:
    yield words(f"indicators.result.{pressed['result'] or 'let_go'}")


def _show_code(state: Json, words: Words) -> Iterator[str]:
    yield state["code"] or words("cli.no_rescue")


_LAMP = (
    Column("lamp", lambda row, words: words(f"indicators.lamp.{row['lamp']}")),
    Column("state", lambda row, words: words(f"indicators.pattern.{row['pattern']}")),
    *columns("pin"),
)
_BUTTON = (
    *columns("name"),
    Column("kind", lambda row, words: words(f"indicators.kind.{row['kind']}")),
    *columns("pin", "desk", "pressed"),
    Column("when", moment("last_ms")),
    Column("result", lambda row, words: words.one_of("indicators.result.", row["last"])),
)

COMMANDS = (
    Command("indicators lamps", _lamps, listed(*_LAMP)),
    Command("indicators buttons", _buttons, listed(*_BUTTON)),
    Command("indicators test", _test, done("cli.lamps_tested")),
    Command("indicators desk", _desk, one(*_BUTTON), (argument("button"), argument("desk"))),
    Command(
        "simulate button",
        _press,
        _show_result,
        (
            argument("button", choices=_BUTTONS),
            argument("--seconds", type=float, default=0.0),
            argument("--desk", default=""),
        ),
    ),
    Command("rescue-code", _rescue_code, _show_code),
)
