"""The tables of evidence, and everything that is asked of them. Plain objects go in and out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from peewee import BigAutoField, BigIntegerField, TextField

from appliance.core.errors import NotFound
from appliance.evidence.types import ClockState, Export, Hold, Kept
from appliance.store.base import BaseModel


class HoldRow(BaseModel):
    """Why a call is kept, until when, and who let it go."""

    id = BigAutoField()
    phone_call = TextField()
    since_ms = BigIntegerField()
    until_ms = BigIntegerField()
    made_by = TextField()
    reason = TextField()
    clock = TextField()  # JSON: a ClockState
    released_ms = BigIntegerField()
    released_by = TextField()
    released_for = TextField()

    class Meta:
        """Name of the table and its index: all of a call are asked for."""

        table_name = "evidence_hold"
        indexes = ((("phone_call", "id"), False),)


class ExportRow(BaseModel):
    """One package that was made of a call."""

    id = TextField(primary_key=True)
    phone_call = TextField()
    at_ms = BigIntegerField()
    made_by = TextField()
    reason = TextField()
    language = TextField()
    size = BigIntegerField()
    sha256 = TextField()
    removed_ms = BigIntegerField()

    class Meta:
        """Name of the table and its index: all of a call are asked for."""

        table_name = "evidence_export"
        indexes = ((("phone_call", "at_ms"), False),)


def hold(wanted: Hold, now_ms: int) -> bool:
    """Keep a call. False: it is kept for that already, or the box itself has kept it once and somebody let it go."""
    mine = HoldRow.select().where((HoldRow.phone_call == wanted.call) & (HoldRow.made_by == wanted.by))
    if any(not wanted.by or _hold(row).holds(now_ms) for row in mine):
        return False
    HoldRow.create(
        phone_call=wanted.call,
        since_ms=wanted.since_ms,
        until_ms=wanted.until_ms,
        made_by=wanted.by,
        reason=wanted.reason,
        clock=json.dumps(asdict(wanted.clock)),
        released_ms=0,
        released_by="",
        released_for="",
    )
    return True


def release(call: str, by: str, reason: str, now_ms: int) -> tuple[Export, ...]:
    """Let a call go, and its packages with it: returns those whose files are to be removed."""
    held = (HoldRow.phone_call == call) & (HoldRow.released_ms == 0)
    HoldRow.update(released_ms=now_ms, released_by=by, released_for=reason).where(held).execute()
    there = (ExportRow.phone_call == call) & (ExportRow.removed_ms == 0)
    gone = tuple(_export(row) for row in ExportRow.select().where(there))
    ExportRow.update(removed_ms=now_ms).where(there).execute()
    return gone


def of_call(call: str, now_ms: int) -> Kept:
    """Return all that is known of a call."""
    holds = tuple(_hold(row) for row in HoldRow.select().where(HoldRow.phone_call == call).order_by(HoldRow.id.desc()))
    rows = ExportRow.select().where(ExportRow.phone_call == call).order_by(ExportRow.at_ms.desc(), ExportRow.id)
    return Kept(holds, tuple(_export(row) for row in rows), any(one.holds(now_ms) for one in holds))


def held(calls: Iterable[str], now_ms: int) -> frozenset[str]:
    """Return which of some calls must not be deleted."""
    rows = HoldRow.select().where(HoldRow.phone_call.in_(list(calls)) & (HoldRow.released_ms == 0))
    return frozenset(row.phone_call for row in rows if _hold(row).holds(now_ms))


def add_export(made: Export) -> None:
    """Note a package. It is offered from now on."""
    ExportRow.create(
        id=made.id,
        phone_call=made.call,
        at_ms=made.at_ms,
        made_by=made.by,
        reason=made.reason,
        language=made.language,
        size=made.size,
        sha256=made.sha256,
        removed_ms=0,
    )


def export(made: str) -> Export:
    """Return one export. Raises NotFound."""
    row = ExportRow.get_or_none(ExportRow.id == made)
    if row is None:
        raise NotFound("evidence.no_such_export")
    return _export(row)


def offered() -> frozenset[str]:
    """Return the ids of all packages whose files are there."""
    return frozenset(row.id for row in ExportRow.select(ExportRow.id).where(ExportRow.removed_ms == 0))


def _hold(row: Any) -> Hold:
    return Hold(
        id=row.id,
        call=row.phone_call,
        since_ms=row.since_ms,
        until_ms=row.until_ms,
        by=row.made_by,
        reason=row.reason,
        clock=ClockState(**json.loads(row.clock)),
        released_ms=row.released_ms,
        released_by=row.released_by,
        released_for=row.released_for,
    )


def _export(row: Any) -> Export:
    return Export(
        id=row.id,
        call=row.phone_call,
        at_ms=row.at_ms,
        by=row.made_by,
        reason=row.reason,
        language=row.language,
        size=row.size,
        sha256=row.sha256,
        removed_ms=row.removed_ms,
    )
