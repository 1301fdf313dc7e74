"""`soribox incidents`, `soribox blocks`, `soribox block ...`: callers who do not behave, from the command line."""

from __future__ import annotations

from argparse import Namespace

from appliance.cli.command import Command, Json, argument, here
from appliance.cli.tables import Column, columns, done, listed, moment, one
from appliance.core.numbers import show as shown
from web.api.client import Client


async def _incidents(box: Client, given: Namespace) -> Json:
    query = {"login": given.login or None, "number": given.number or None, "limit": given.limit}
    return (await box.ask("GET", "/incidents", query=query))["items"]


async def _counts(box: Client, given: Namespace) -> Json:
    return (await box.ask("GET", "/incidents/counts", query={"by": given.count_by, "days": given.past_days}))["items"]


async def _blocks(box: Client, _: Namespace) -> Json:
    return (await box.ask("GET", "/blocks"))["items"]


async def _add(box: Client, given: Namespace) -> Json:
    sent = {
        "kind": given.block_kind,
        "number": given.number,
        "reason": given.because,
        "until": given.until,
        "action": given.action,
        "menu": given.menu,
    }
    return await box.ask("POST", "/blocks", sent)


async def _remove(box: Client, given: Namespace) -> Json:
    return await box.ask("DELETE", f"/blocks/{given.id}")


async def _restore(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", f"/blocks/{given.id}/restore")


async def _import(box: Client, given: Namespace) -> Json:
    return await box.send("POST", "/blocks/import", here(given.csv_file))


_INCIDENT = (
    Column("time", moment("at_ms")),
    *columns("stage"),
    Column("reason", lambda row, words: words.one_of("call.reason.", row["reason"])),
    Column("number", lambda row, _: shown(row["number"])),
    *columns("extension", "login", "by", "call"),
)
_BLOCK = (
    *columns("id"),
    Column("kind", lambda row, words: words.one_of("abuse.kind.", row["kind"])),
    Column("number", lambda row, _: shown(row["pattern"]) if row["kind"] == "number" else row["pattern"]),
    *columns("reason"),
    Column("action", lambda row, words: words.one_of("abuse.action.", row["action"])),
    Column("until", moment("until_ms")),
    *columns("hits", "by"),
)

COMMANDS = (
    Command(
        "incidents list",
        _incidents,
        listed(*_INCIDENT),
        (argument("--login", default=""), argument("--number", default=""), argument("--limit", type=int, default=50)),
    ),
    Command(
        "incidents counts",
        _counts,
        listed(*columns("who", "warned", "terminated")),
        (
            argument("--count-by", choices=("agent", "caller"), default="agent"),
            argument("--past-days", type=int, default=30),
        ),
    ),
    Command("blocks", _blocks, listed(*_BLOCK)),
    Command(
        "block add",
        _add,
        one(*_BLOCK),
        (
            argument("number", nargs="?", default=""),
            argument("--block-kind", choices=("number", "prefix", "withheld"), default="number"),
            argument("--because", default=""),
            argument("--until", default=""),
            argument("--action", choices=("announcement", "busy", "menu"), default="announcement"),
            argument("--menu", default=""),
        ),
    ),
    Command("block remove", _remove, done("cli.done"), (argument("id", type=int),)),
    Command("block restore", _restore, one(*_BLOCK), (argument("id", type=int),)),
    Command("block import", _import, one(*columns("added")), (argument("csv_file"),)),
)
