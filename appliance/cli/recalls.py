"""`soribox recalls ...`: calls that were promised for a time."""

from __future__ import annotations

from argparse import Namespace

from appliance.cli.calls import day_or_moment
from appliance.cli.command import Command, Json, argument
from appliance.cli.tables import Column, columns, listed, moment, one
from appliance.core.numbers import show as shown
from web.api.client import Client

_OUTCOMES = ("reached", "not_reached", "cancelled")


async def _list(box: Client, given: Namespace) -> Json:
    query = {"state": given.recall_state, "agent": given.agent or None, "limit": given.limit}
    period = {"from_ms": given.from_ms or None, "to_ms": given.to_ms or None}
    return (await box.ask("GET", "/recalls", query=query | period))["items"]


async def _add(box: Client, given: Namespace) -> Json:
    sent = {"at_ms": given.at, "agent": given.agent, "number": given.number, "name": given.name, "note": given.note}
    return await box.ask("POST", "/recalls", sent | {"customer": given.customer, "call": given.call})


async def _show(box: Client, given: Namespace) -> Json:
    return await box.ask("GET", f"/recalls/{given.id}")


async def _change(box: Client, given: Namespace) -> Json:
    told = {"at_ms": given.at, "agent": given.agent, "number": given.number, "name": given.name, "note": given.note}
    sent = {name: value for name, value in told.items() if value is not None}
    return await box.ask("PATCH", f"/recalls/{given.id}", sent)


async def _put_off(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", f"/recalls/{given.id}/put-off", {"minutes": given.minutes})


async def _call(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", f"/recalls/{given.id}/call", {"extension": given.extension})


async def _done(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", f"/recalls/{given.id}/done", {"result": given.outcome, "note": given.note})


_RECALL = (
    *columns("id"),
    Column("at", moment("at_ms")),
    *columns("agent"),
    Column("number", lambda row, _: shown(row["number"])),
    *columns("name", "note"),
    Column("state", lambda row, words: words.one_of("recalls.state.", row["state"])),
    Column("result", lambda row, words: words.one_of("recalls.result.", row["result"])),
)
_ID, _AT = argument("id", type=int), argument("--at", type=day_or_moment)
_SAID = (argument("--number"), argument("--name"), argument("--note"))

COMMANDS = (
    Command(
        "recalls list",
        _list,
        listed(*_RECALL),
        (
            argument("--recall-state", choices=("open", "done", "all"), default="open"),
            argument("--agent", default=""),
            argument("--from", dest="from_ms", type=day_or_moment, default=0),
            argument("--to", dest="to_ms", type=day_or_moment, default=0),
            argument("--limit", type=int, default=50),
        ),
    ),
    Command(
        "recalls add",
        _add,
        one(*_RECALL),
        (
            argument("--at", type=day_or_moment, required=True),
            argument("--agent", required=True),
            argument("--number", default=""),
            argument("--name", default=""),
            argument("--note", default=""),
            argument("--customer", type=int, default=0),
            argument("--call", default=""),
        ),
    ),
    Command("recalls show", _show, one(*_RECALL), (_ID,)),
    Command("recalls change", _change, one(*_RECALL), (_ID, _AT, argument("--agent"), *_SAID)),
    Command("recalls put-off", _put_off, one(*_RECALL), (_ID, argument("--minutes", type=int, default=10))),
    Command("recalls call", _call, one(*columns("call")), (_ID, argument("--extension", required=True))),
    Command(
        "recalls done",
        _done,
        one(*_RECALL),
        (_ID, argument("--outcome", choices=_OUTCOMES, default=""), argument("--note", default="")),
    ),
)
