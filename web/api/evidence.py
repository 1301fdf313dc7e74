"""Calls that are kept as evidence, and packages of them, over the API. Knows the feature's service."""

from __future__ import annotations

from aiohttp import web
from msgspec import Struct

from appliance.evidence.service import Export, Hold, Key, Problem
from appliance.recordings.service import Sent
from web.api.address import PREFIX
from web.api.calls import get_call
from web.api.operation import Asked
from web.api.operation import Sent as File
from web.api.shapes import Request
from web.sounds import sound_response

ZIP = "application/zip"


class ReasonSent(Request, frozen=True):
    """Why: it is kept with the call."""

    reason: str


class ExportSent(Request, frozen=True):
    """Why, and in which language the report is ("": the office's)."""

    reason: str
    language: str = ""


class ExportSeen(Struct, frozen=True):
    """A package: who made it, when and why; `package` is where its file is, "" when it was removed."""

    id: str
    call: str
    at_ms: int
    by: str
    reason: str
    language: str
    size: int
    sha256: str
    removed_ms: int
    package: str


class VerdictSeen(Struct, frozen=True):
    """What was found in a package: `own`: it is signed with this box's key. No problems: it is genuine."""

    genuine: bool
    own: bool
    problems: tuple[Problem, ...]
    fingerprint: str
    files: int
    call: str
    made: str
    office: str


class EvidenceSeen(Struct, frozen=True):
    """What is kept of a call: whether it must not be deleted, why, what was exported, what its caller was sent."""

    call: str
    held: bool
    holds: tuple[Hold, ...]
    exports: tuple[ExportSeen, ...]
    sent: tuple[Sent, ...]


async def get_evidence(asked: Asked, call: str) -> EvidenceSeen:
    """Get why a call is kept, what was exported of it, and what its caller was sent while they were told something."""
    await get_call(asked, call)
    kept = await asked.services.evidence.of_call(call)
    sent = await asked.services.recordings.sent(call)
    return EvidenceSeen(call, kept.held, kept.holds, tuple(_seen(one) for one in kept.exports), sent)


async def keep_evidence(asked: Asked, call: str, body: ReasonSent) -> EvidenceSeen:
    """Keep a call until it is released."""
    await get_call(asked, call)
    await asked.services.evidence.keep(call, asked.asker.name, body.reason)
    await asked.services.access.note(asked.asker.actor, "evidence_kept", call)
    return await get_evidence(asked, call)


async def release_evidence(asked: Asked, call: str, body: ReasonSent) -> EvidenceSeen:
    """Let a call go: its packages are removed, and it may be deleted like any other."""
    await get_call(asked, call)
    await asked.services.evidence.release(call, asked.asker.name, body.reason)
    await asked.services.access.note(asked.asker.actor, "evidence_released", call)
    return await get_evidence(asked, call)


async def export_evidence(asked: Asked, call: str, body: ExportSent) -> ExportSeen:
    """Make a package of a call, which is kept from then on. Takes some seconds."""
    await get_call(asked, call)
    made = await asked.services.evidence.export(call, asked.asker.name, body.reason, body.language)
    await asked.services.access.note(asked.asker.actor, "evidence_exported", call)
    return _seen(made)


async def get_package(asked: Asked, call: str, export: str) -> web.FileResponse:
    """Get the file of a package."""
    await get_call(asked, call)
    made, path = await asked.services.evidence.package(call, export)
    await asked.services.access.note(asked.asker.actor, "evidence_downloaded", call)
    return sound_response(path, ZIP, made.file)


async def get_key(asked: Asked) -> Key:
    """Get the public key of this box, with which packages are checked."""
    return await asked.services.evidence.key()


async def verify_package(asked: Asked, body: File) -> VerdictSeen:
    """Say whether a package, which is the body, is genuine, and if not, which of its files was altered."""
    evidence = asked.services.evidence
    async with evidence.incoming() as incoming:
        await incoming.take(body.pieces)
        found = await evidence.verified(incoming.path)
    own = found.fingerprint == (await evidence.key()).fingerprint
    told = (found.problems, found.fingerprint, found.files, found.call, found.made, found.office)
    return VerdictSeen(found.genuine, own, *told)


def _seen(made: Export) -> ExportSeen:
    return ExportSeen(
        id=made.id,
        call=made.call,
        at_ms=made.at_ms,
        by=made.by,
        reason=made.reason,
        language=made.language,
        size=made.size,
        sha256=made.sha256,
        removed_ms=made.removed_ms,
        package="" if made.removed_ms else f"{PREFIX}/calls/{made.call}/evidence/exports/{made.id}",
    )
