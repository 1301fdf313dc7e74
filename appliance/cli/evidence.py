"""`soribox evidence ...`: calls that are kept, packages of them, and whether a package is genuine."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from urllib.parse import quote

from appliance.cli.command import Command, Json, Words, argument, here
from appliance.cli.tables import Column, columns, listed, moment, one
from appliance.core.errors import Conflict
from appliance.evidence import verifying
from appliance.evidence.keys import grouped
from web.api.client import Client


def _path(given: Namespace, *more: str) -> str:
    return "/".join((f"/calls/{quote(given.id, safe='')}/evidence", *more))


async def _show(box: Client, given: Namespace) -> Json:
    return await box.ask("GET", _path(given))


async def _keep(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", _path(given, "keep"), {"reason": given.because})


async def _release(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", _path(given, "release"), {"reason": given.because})


async def _export(box: Client, given: Namespace) -> Json:
    sent = {"reason": given.because, "language": given.language or ""}
    made = await box.ask("POST", _path(given, "exports"), sent)
    to = here(given.to).absolute()
    file = to / f"soribox-evidence-{made['id']}.zip" if await asyncio.to_thread(to.is_dir) else to
    try:
        await box.fetch(_path(given, "exports", made["id"]), file)
    except FileExistsError as error:
        raise Conflict("cli.file_exists", file=file) from error
    return made | {"file": str(file)}


async def _key(box: Client, _: Namespace) -> Json:
    return await box.ask("GET", "/evidence/key")


async def _verify(_: Client, given: Namespace) -> Json:
    found = await asyncio.to_thread(verifying.verify, here(given.package), given.fingerprint)
    return asdict(found) | {"genuine": found.genuine}


def _kept(seen: Json, words: Words) -> Iterator[str]:
    yield words("evidence.held" if seen["held"] else "evidence.not_held")
    yield from listed(*_EXPORT)(seen["exports"], words)


def _verdict(found: Json, words: Words) -> Iterator[str]:
    yield words("evidence.genuine" if found["genuine"] else "evidence.not_genuine")
    for problem in found["problems"]:
        yield "  " + ": ".join(filter(None, (words(f"evidence.fault.{problem['fault']}"), problem["file"])))
    if found["genuine"]:
        yield words("evidence.compared", n=found["files"], call=found["call"], made=found["made"])
    if found["fingerprint"]:
        yield f"{words('evidence.fingerprint')}: {grouped(found['fingerprint'])}"


_EXPORT = (*columns("id"), Column("time", moment("at_ms")), *columns("by", "reason", "size", "sha256"))
_BECAUSE = argument("--because", required=True)
_ID = argument("id")

COMMANDS = (
    Command("evidence show", _show, _kept, (_ID,)),
    Command("evidence keep", _keep, _kept, (_ID, _BECAUSE)),
    Command("evidence release", _release, _kept, (_ID, _BECAUSE)),
    Command(
        "evidence export",
        _export,
        one(*columns("file", "size", "sha256")),
        (_ID, _BECAUSE, argument("--language", choices=("ko", "en")), argument("--to", default="")),
    ),
    Command(
        "evidence key", _key, one(Column("fingerprint", lambda row, _: grouped(row["fingerprint"])), *columns("pem"))
    ),
    Command(
        "evidence verify",
        _verify,
        _verdict,
        (argument("package"), argument("--fingerprint", default="")),
        alone=True,
        fails=lambda found: not found["genuine"],
    ),
)
