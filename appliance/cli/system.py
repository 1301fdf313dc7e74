"""`soribox health`, `soribox settings ...`."""

from __future__ import annotations

import json
from argparse import Namespace

from appliance.cli.command import Command, Json, argument
from appliance.cli.tables import Column, columns, listed
from web.api.client import Client


async def _health(box: Client, _: Namespace) -> Json:
    return await box.ask("GET", "/health")


async def _settings(box: Client, _: Namespace) -> Json:
    return (await box.ask("GET", "/settings"))["items"]


async def _set(box: Client, given: Namespace) -> Json:
    return (await box.ask("PATCH", "/settings", {given.key: _typed(given.value)}))["items"]


def _typed(value: str) -> str | bool | int:
    """Return true, false and whole numbers as such; everything else, and 02, is a text."""
    try:
        read = json.loads(value)
    except ValueError:
        return value
    return read if isinstance(read, bool | int) else value


_SETTING = columns("key", "value", "help")

COMMANDS = (
    Command(
        "health",
        _health,
        lambda answer, words: listed(
            *columns("part"),
            Column("level", lambda row, w: w.one_of("cli.level.", row["level"])),
            *columns("text"),
        )(answer["parts"], words),
    ),
    Command("settings list", _settings, listed(*_SETTING)),
    Command("settings set", _set, listed(*_SETTING), (argument("key"), argument("value"))),
)
