"""The tables of call control, and everything that is asked of them. Knows no SIP; plain objects go in and out.

`CallHappening` is the truth: one row for each thing that happened to a call, written before anything is done about it.
`PhoneCall` is made from it in the same transaction, so that lists need not fold timelines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Any

import msgspec
from peewee import BigIntegerField, BooleanField, CompositeKey, IntegerField, TextField

from appliance.calls.call import CallView, Direction, Ender, PartView, Result, State, Warned
from appliance.calls.happenings import Happening
from appliance.calls.live_call import LiveCall, Phase
from appliance.calls.view import ASKED, view
from appliance.store.base import BaseModel

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Happening)


class PhoneCall(BaseModel):
    """One call as lists show it. `over` = its timeline is complete; `handed_over` = the recorder has its tracks."""

    id = TextField(primary_key=True)
    direction = TextField()
    state = TextField()
    over = BooleanField()
    handed_over = BooleanField()
    caller_number = TextField()
    caller_name = TextField()
    presentation = TextField()
    called_number = TextField()
    far_number = TextField()
    trunk = TextField()
    number = TextField()
    ring_group = TextField()
    extensions = TextField()
    extension = TextField()
    started_ms = BigIntegerField()
    ringing_ms = BigIntegerField()
    answered_ms = BigIntegerField()
    ended_ms = BigIntegerField()
    result = TextField()
    cause = TextField()
    ended_by = TextField()
    sip_call_id = TextField()
    parts = TextField(default="")  # JSON: [[extension, number, from_ms, to_ms], …]
    talked = TextField(default="")  # the extensions of the parts, " 101 102 "
    joined_to = TextField(default="")
    mos_hundredths = IntegerField(default=0)
    warned = TextField(default="")  # JSON: [[at_ms, stage, reason, extension, by, name], …]
    callback_way = TextField(default="")
    pauses = TextField(default="")  # JSON: [[from, to], …] in ms from the recording's beginning
    callback_number = TextField(default="")
    callback_sure = BooleanField(default=True)
    menu_path = TextField(default="")  # JSON: [name, …]
    test = BooleanField(default=False)
    line = TextField(default="")

    class Meta:
        """The table's name and its indexes: the log is read by time, the pop asks for a number's last call.

        What the edge notes of a call names it by its SIP Call-ID.
        """

        table_name = "phone_call"
        indexes = (
            (("started_ms", "id"), False),
            (("far_number", "started_ms"), False),
            (("handed_over",), False),
            (("sip_call_id",), False),
        )


class CallHappening(BaseModel):
    """One line of a call's timeline, numbered from 1 within the call."""

    phone_call = TextField()
    place = IntegerField()
    at_ms = BigIntegerField()
    what = TextField()

    class Meta:
        """The table's name; a call's line has one place."""

        table_name = "call_happening"
        primary_key = CompositeKey("phone_call", "place")


@dataclass(frozen=True)
class Line:
    """One happening with its moment."""

    at_ms: int
    what: Happening


@dataclass(frozen=True)
class CallFilter:
    """What the call log is asked for. Zero and empty mean "any".

    `number` is part of a number, `numbers` are whole ones (stored form) of which any may be the far side's;
    `result` may name several, separated by spaces; `warned`: only calls whose caller was warned; `wants_callback`: only
    those in which a callback was wanted.
    """

    from_ms: int = 0
    to_ms: int = 0
    direction: str = ""
    result: str = ""
    extension: str = ""
    number: str = ""
    group: str = ""
    numbers: tuple[str, ...] = ()
    warned: bool = False
    wants_callback: bool = False


def append(call: LiveCall, lines: Iterable[tuple[int, Line]]) -> None:
    """Write lines of a timeline at their places, and what the call has become by them."""
    rows = [
        {"phone_call": call.id, "place": place, "at_ms": line.at_ms, "what": _encoder.encode(line.what).decode()}
        for place, line in lines
    ]
    CallHappening.insert_many(rows).on_conflict_ignore().execute()  # a write may be tried again
    columns = _columns(call)
    if call.phase is not Phase.OVER:
        columns["handed_over"] = False  # a call that had been over may turn out to go on at the edge
    if not PhoneCall.update(**columns).where(PhoneCall.id == call.id).execute():
        PhoneCall.insert(**{"id": call.id, "handed_over": False} | columns).execute()


def _columns(call: LiveCall) -> dict[str, Any]:
    seen = view(call)
    return {
        "direction": seen.direction.value,
        "state": seen.state.value,
        "over": call.phase is Phase.OVER,
        "caller_number": seen.caller_number,
        "caller_name": seen.caller_name,
        "presentation": str(seen.presentation),
        "called_number": seen.called_number,
        "far_number": seen.far_number,
        "trunk": seen.trunk,
        "number": seen.number,
        "ring_group": seen.group,
        "extensions": " ".join(seen.extensions),
        "extension": seen.extension,
        "started_ms": seen.started_ms,
        "ringing_ms": seen.ringing_ms,
        "answered_ms": seen.answered_ms,
        "ended_ms": seen.ended_ms,
        "result": seen.result.value,
        "cause": seen.cause,
        "ended_by": seen.ended_by.value,
        "sip_call_id": call.arrived.sip_call_id,
        "parts": _encoder.encode([astuple(part) for part in seen.parts]).decode() if seen.parts else "",
        "talked": _listed(part.extension for part in seen.parts if part.extension),
        "joined_to": seen.joined_to,
        "mos_hundredths": round(seen.mos * 100),
        "warned": _encoder.encode([astuple(one) for one in seen.warned]).decode() if seen.warned else "",
        "callback_way": seen.callback_way,
        "pauses": _encoder.encode(seen.pauses).decode() if seen.pauses else "",
        "callback_number": seen.callback_number,
        "callback_sure": seen.callback_sure,
        "menu_path": _encoder.encode(seen.menu_path).decode() if seen.menu_path else "",
        "test": seen.test,
        "line": seen.line,
    }


def _listed(extensions: Iterable[str]) -> str:
    """Return extensions so that each can be found between two spaces."""
    listed = " ".join(dict.fromkeys(extensions))
    return f" {listed} " if listed else ""


def timeline(call_id: str) -> tuple[Line, ...]:
    """Return a call's happenings in order."""
    rows = CallHappening.select().where(CallHappening.phone_call == call_id).order_by(CallHappening.place)
    return tuple(Line(row.at_ms, _decoder.decode(row.what)) for row in rows)


def unfinished() -> tuple[str, ...]:
    """Return the ids of calls that are not over, or over but not handed over; the oldest first."""
    rows = PhoneCall.select(PhoneCall.id).where(PhoneCall.handed_over == False)  # noqa: E712 - peewee's way.order_by(PhoneCall.started_ms)
    return tuple(row.id for row in rows)


def mark_handed_over(call_id: str) -> None:
    """Note that nothing is left to do for a call."""
    PhoneCall.update(handed_over=True).where(PhoneCall.id == call_id).execute()


def find(call_id: str) -> CallView | None:
    """Return one call, or None."""
    row = PhoneCall.get_or_none(PhoneCall.id == call_id)
    return _view(row) if row else None


def named(sip_call_id: str) -> tuple[tuple[str, int], ...]:
    """Return id and beginning of the calls with a SIP Call-ID, the newest first: some callers use one again."""
    rows = PhoneCall.select(PhoneCall.id, PhoneCall.started_ms).where(PhoneCall.sip_call_id == sip_call_id)
    return tuple((row.id, row.started_ms) for row in rows.order_by(PhoneCall.started_ms.desc()).limit(10))


def last_with(number: str, before_ms: int) -> CallView | None:
    """Return the last call with `number` (stored form) that began before a moment."""
    mine = (PhoneCall.far_number == number) & (PhoneCall.started_ms < before_ms) & _once()
    row = PhoneCall.select().where(mine).order_by(PhoneCall.started_ms.desc()).first()
    return _view(row) if row else None


def search(wanted: CallFilter, before: tuple[int, str] | None, limit: int) -> tuple[CallView, ...]:
    """Return calls that fit, the newest first, starting below `before` (started_ms, id)."""
    query = PhoneCall.select()
    for condition in _conditions(wanted):
        query = query.where(condition)
    if before is not None:
        started, call_id = before
        older = (PhoneCall.started_ms < started) | ((PhoneCall.started_ms == started) & (PhoneCall.id < call_id))
        query = query.where(older)
    rows = query.order_by(PhoneCall.started_ms.desc(), PhoneCall.id.desc()).limit(limit)
    return tuple(_view(row) for row in rows)


def _once() -> Any:
    """Leave out what an analog line has told of a call that stands in the log as a trunk's."""
    return (PhoneCall.line == "") | (PhoneCall.joined_to == "")


def _conditions(wanted: CallFilter) -> Iterable[Any]:
    yield _once()
    if wanted.from_ms:
        yield PhoneCall.started_ms >= wanted.from_ms
    if wanted.to_ms:
        yield PhoneCall.started_ms < wanted.to_ms
    if wanted.direction:
        yield PhoneCall.direction == wanted.direction
    if wanted.result:
        yield PhoneCall.result.in_(wanted.result.split())
    if wanted.group:
        yield PhoneCall.ring_group == wanted.group
    if wanted.warned:
        yield PhoneCall.warned != ""
    if wanted.number:
        yield PhoneCall.far_number.contains(wanted.number)
    if wanted.numbers:
        yield PhoneCall.far_number.in_(wanted.numbers)
    if wanted.wants_callback:
        yield (PhoneCall.callback_way != "") | (PhoneCall.result == Result.CALLBACK.value)
    if wanted.extension:
        rang = PhoneCall.extensions == wanted.extension
        for pattern in (f"{wanted.extension} %", f"% {wanted.extension}", f"% {wanted.extension} %"):
            rang |= PhoneCall.extensions**pattern
        own = (PhoneCall.extension == wanted.extension) | PhoneCall.talked.contains(f" {wanted.extension} ")
        yield own | ((PhoneCall.extension == "") & rang)


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
        group=row.ring_group,
        extensions=tuple(row.extensions.split()),
        extension=row.extension,
        started_ms=row.started_ms,
        ringing_ms=row.ringing_ms,
        answered_ms=row.answered_ms,
        ended_ms=row.ended_ms,
        result=Result(row.result),
        cause=row.cause,
        ended_by=Ender(row.ended_by),
        parts=tuple(PartView(*part) for part in msgspec.json.decode(row.parts)) if row.parts else (),
        wants_callback=bool(row.callback_way) or row.result == Result.CALLBACK,
        line=row.line,
        callback_way=row.callback_way or (ASKED if row.result == Result.CALLBACK else ""),
        joined_to=row.joined_to,
        mos=row.mos_hundredths / 100,
        warned=tuple(Warned(*one) for one in msgspec.json.decode(row.warned)) if row.warned else (),
        pauses=tuple((begins, ends) for begins, ends in msgspec.json.decode(row.pauses)) if row.pauses else (),
        menu_path=tuple(msgspec.json.decode(row.menu_path)) if row.menu_path else (),
        callback_number=row.callback_number,
        callback_sure=row.callback_sure,
        test=row.test,
    )
