"""The tables of call control, and everything that is asked of them. Knows no SIP; plain objects go in and out.

`Happening` is the truth: one row for each thing that happened to a call, written before anything is done about it.
`Call` is made from it in the same transaction, so that lists need not fold timelines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from peewee import BigIntegerField, CharField, IntegerField, TextField

from appliance.calls.call import CallView, Direction, Ender, Result, State
from appliance.calls.happenings import Happening
from appliance.calls.live_call import LiveCall, Phase, view
from appliance.store.base import BaseModel

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Happening)


class CallRow(BaseModel):
    """One call as lists show it. `over` = its timeline is complete; `handed_over` = the recorder has its tracks."""

    id = CharField(primary_key=True, max_length=40)
    direction = CharField(max_length=10)
    state = CharField(max_length=10)
    over = IntegerField(default=0)
    handed_over = IntegerField(default=0)
    caller_number = CharField(max_length=40)
    caller_name = CharField(max_length=200)
    presentation = CharField(max_length=12)
    called_number = CharField(max_length=40)
    far_number = CharField(max_length=40)
    trunk = CharField(max_length=40)
    number = CharField(max_length=40)
    group = CharField(max_length=40, column_name="ring_group")
    extensions = TextField()
    extension = CharField(max_length=10)
    started_ms = BigIntegerField()
    ringing_ms = BigIntegerField()
    answered_ms = BigIntegerField()
    ended_ms = BigIntegerField()
    result = CharField(max_length=16)
    cause = TextField()
    ended_by = CharField(max_length=10)

    class Meta:
        """The table's name and its indexes."""

        table_name = "call"


class HappeningRow(BaseModel):
    """One line of a call's timeline, numbered from 1 within the call."""

    call = CharField(max_length=40)
    place = IntegerField()
    at_ms = BigIntegerField()
    what = TextField()

    class Meta:
        """The table's name; a call's line has one place."""

        table_name = "call_happening"
        primary_key = False
        indexes = ((("call", "place"), True),)


@dataclass(frozen=True)
class Line:
    """One happening with its moment."""

    at_ms: int
    what: Happening


@dataclass(frozen=True)
class CallFilter:
    """What the call log is asked for. Zero and empty mean "any". `number` is part of a number, digits only."""

    from_ms: int = 0
    to_ms: int = 0
    direction: str = ""
    result: str = ""
    extension: str = ""
    number: str = ""
    group: str = ""


def append(call: LiveCall, lines: Iterable[tuple[int, Line]]) -> None:
    """Write lines of a timeline at their places, and what the call has become by them."""
    rows = [
        {"call": call.id, "place": place, "at_ms": line.at_ms, "what": _encoder.encode(line.what).decode()}
        for place, line in lines
    ]
    HappeningRow.insert_many(rows).execute()
    columns = _columns(call)
    if not CallRow.update(**columns).where(CallRow.id == call.id).execute():
        CallRow.insert(id=call.id, **columns).execute()


def _columns(call: LiveCall) -> dict[str, Any]:
    seen = view(call)
    return {
        "direction": seen.direction.value,
        "state": seen.state.value,
        "over": int(call.phase is Phase.OVER),
        "caller_number": seen.caller_number,
        "caller_name": seen.caller_name,
        "presentation": str(seen.presentation),
        "called_number": seen.called_number,
        "far_number": seen.far_number,
        "trunk": seen.trunk,
        "number": seen.number,
        "group": seen.group,
        "extensions": " ".join(seen.extensions),
        "extension": seen.extension,
        "started_ms": seen.started_ms,
        "ringing_ms": seen.ringing_ms,
        "answered_ms": seen.answered_ms,
        "ended_ms": seen.ended_ms,
        "result": seen.result.value,
        "cause": seen.cause,
        "ended_by": seen.ended_by.value,
    }


def timeline(call_id: str) -> tuple[Line, ...]:
    """Return a call's happenings in order."""
    rows = HappeningRow.select().where(HappeningRow.call == call_id).order_by(HappeningRow.place)
    return tuple(Line(row.at_ms, _decoder.decode(row.what)) for row in rows)


def unfinished() -> tuple[str, ...]:
    """Return the ids of calls that are not over, or over but not handed over; the oldest first."""
    rows = CallRow.select(CallRow.id).where(CallRow.handed_over == 0).order_by(CallRow.started_ms)
    return tuple(row.id for row in rows)


def mark_handed_over(call_id: str) -> None:
    """Note that nothing is left to do for a call."""
    CallRow.update(handed_over=1).where(CallRow.id == call_id).execute()


def find(call_id: str) -> CallView | None:
    """Return one call, or None."""
    row = CallRow.get_or_none(CallRow.id == call_id)
    return _view(row) if row else None


def last_with(number: str, before_ms: int) -> CallView | None:
    """Return the last call with `number` (stored form) that began before a moment."""
    mine = (CallRow.far_number == number) & (CallRow.started_ms < before_ms)
    row = CallRow.select().where(mine).order_by(CallRow.started_ms.desc()).first()
    return _view(row) if row else None


def search(wanted: CallFilter, before: tuple[int, str] | None, limit: int) -> tuple[CallView, ...]:
    """Return calls that fit, the newest first, starting below `before` (started_ms, id)."""
    query = CallRow.select()
    for condition in _conditions(wanted):
        query = query.where(condition)
    if before is not None:
        started, call_id = before
        older = (CallRow.started_ms < started) | ((CallRow.started_ms == started) & (CallRow.id < call_id))
        query = query.where(older)
    rows = query.order_by(CallRow.started_ms.desc(), CallRow.id.desc()).limit(limit)
    return tuple(_view(row) for row in rows)


def _conditions(wanted: CallFilter) -> Iterable[Any]:
    if wanted.from_ms:
        yield CallRow.started_ms >= wanted.from_ms
    if wanted.to_ms:
        yield CallRow.started_ms < wanted.to_ms
    if wanted.direction:
        yield CallRow.direction == wanted.direction
    if wanted.result:
        yield CallRow.result == wanted.result
    if wanted.group:
        yield CallRow.group == wanted.group
    if wanted.number:
        yield CallRow.far_number.contains(wanted.number)
    if wanted.extension:
        rang = CallRow.extensions == wanted.extension
        for pattern in (f"{wanted.extension} %", f"% {wanted.extension}", f"% {wanted.extension} %"):
            rang |= CallRow.extensions**pattern
        own = CallRow.extension == wanted.extension
        yield own | ((CallRow.extension == "") & rang)


def _view(row: Any) -> CallView:
    return CallView(
        id=row.id,
        direction=Direction(row.direction),
        state=State(row.state),
        caller_number=row.caller_number,
        caller_name=row.caller_name,
        presentation=row.presentation,
        called_number=row.called_number,
        trunk=row.trunk,
        number=row.number,
        group=row.group,
        extensions=tuple(row.extensions.split()),
        extension=row.extension,
        started_ms=row.started_ms,
        ringing_ms=row.ringing_ms,
        answered_ms=row.answered_ms,
        ended_ms=row.ended_ms,
        result=Result(row.result),
        cause=row.cause,
        ended_by=Ender(row.ended_by),
    )
