"""`soribox analog-lines add|level`, `soribox sound-cards`: what sound cards hear of analog lines."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from appliance.cli.command import Command, Json, Words, argument
from appliance.cli.tables import Column, columns, listed, one
from web.api.client import Client

SOUND = (
    argument("--card"),
    argument("--side", type=int),
    argument("--gain-db", type=int),
    argument("--recorded", choices=("automatic", "by_hand", "never")),
    argument("--listens", choices=("yes", "no")),
)
"""The options of a line's sound."""

LINE = columns(
    "id", "name", "number", "area_code", "group", "channel", "prefix", "dials", "card", "side", "gain_db", "recorded"
)


def sound_of(given: Namespace) -> dict[str, Any]:
    """Return what was said of a line's sound."""
    names = ("card", "side", "gain_db", "recorded", "listens")
    said = {name: value for name in names if (value := getattr(given, name)) is not None}
    if "listens" in said:
        said["listens"] = said["listens"] == "yes"
    return said


async def _cards(box: Client, given: Namespace) -> Json:
    return (await box.ask("GET", "/sound-cards"))["items"]


async def _add(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", "/analog-lines", {"name": given.name} | sound_of(given))


async def _level(box: Client, given: Namespace) -> Json:
    return await box.ask("GET", f"/analog-lines/{given.id}/level")


def _condition(row: Any, words: Words) -> str:
    return words(f"devices.card.{row['condition']}")


COMMANDS = (
    Command(
        "sound-cards", _cards, listed(*columns("name", "title"), Column("state", _condition), *columns("overruns"))
    ),
    Command("analog-lines add", _add, one(*LINE), (argument("name"), *SOUND)),
    Command("analog-lines level", _level, one(*columns("line", "peak_db", "rms_db", "clipped")), (argument("id"),)),
)
