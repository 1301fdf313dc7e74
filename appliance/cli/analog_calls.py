"""`soribox analog-lines dials|taken`, `soribox simulate device`: dialling on analog lines, and who has a call there."""

from __future__ import annotations

from argparse import Namespace
from urllib.parse import quote

from appliance.cli.command import Command, Json, argument
from appliance.cli.tables import columns, done, listed
from web.api.client import Client


async def _ways(box: Client, given: Namespace) -> Json:
    return (await box.ask("GET", f"/desks/{quote(given.extension, safe='')}/lines"))["items"]


async def _taken(box: Client, given: Namespace) -> Json:
    sent = {"extension": given.extension, "instead": given.correct}
    return await box.ask("POST", f"/calls/{quote(given.id, safe='')}/line-taken", sent)


async def _trial(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", "/devices/trial", {"on": not given.unplug})


COMMANDS = (
    Command(
        "analog-lines dials",
        _ways,
        listed(*columns("line", "name", "usual")),
        (argument("--extension", required=True),),
    ),
    Command(
        "call line-taken",
        _taken,
        done("cli.done"),
        (argument("id"), argument("--extension", required=True), argument("--correct", action="store_true")),
    ),
    Command("simulate device", _trial, done("cli.done"), (argument("--unplug", action="store_true"),)),
)
