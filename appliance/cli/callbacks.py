"""`soribox callbacks`: who is to be called back. `soribox callback done ID`: somebody has dealt with it."""

from __future__ import annotations

from argparse import Namespace

from appliance.cli.command import Command, Json, argument
from appliance.cli.tables import Column, columns, listed, moment, one
from appliance.core.numbers import show as shown
from web.api.client import Client


async def _list(box: Client, given: Namespace) -> Json:
    query = {"state": given.which, "group": given.group or None, "limit": given.limit}
    return (await box.ask("GET", "/callbacks", query=query))["items"]


async def _done(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", f"/callbacks/{given.id}/done")


_CALLBACK = (
    *columns("id"),
    Column("number", lambda row, _: shown(row["number"])),
    *columns("name", "group"),
    Column("asked", lambda row, _: str(row["asked"])),
    Column("since", moment("first_ms")),
    Column("last_asked", moment("last_ms")),
    Column("state", lambda row, words: words.one_of("callbacks.state.", row["state"])),
    *columns("done_by"),
)

COMMANDS = (
    Command(
        "callbacks",
        _list,
        listed(*_CALLBACK),
        (
            argument("--which", choices=("open", "done", "all"), default="open"),
            argument("--group", default=""),
            argument("--limit", type=int, default=50),
        ),
    ),
    Command("callback done", _done, one(*_CALLBACK), (argument("id", type=int),)),
)
