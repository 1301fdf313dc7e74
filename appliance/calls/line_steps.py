"""Calls on analog lines: the machine's steps for what a caller-ID device tells of telephones that are not ours. Pure.

Nothing can be ordered there. A device may tell of handsets or not, and forget the end: then time ends the call. Who of
ours has it is in `line_parties.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appliance.calls import happenings as what
from appliance.calls import line_parties, line_recording
from appliance.calls.call import Direction, Ender, Result
from appliance.calls.live_call import LiveCall, Phase, Time, due_at
from appliance.calls.outcomes import Handler, Outcome, require
from appliance.calls.requests import HangupAsked, LineTakenBy, RecordAsked
from sip import api

NOT_TOLD = "call.cause.line_not_told"
_FROM_PANEL = "call.cause.ended_from_panel"

_UNREACHED = {
    "busy": (Result.BUSY, ""),
    "no_answer": (Result.NO_ANSWER, ""),
    "cancelled": (Result.CANCELLED, _FROM_PANEL),
    "not_lifted": (Result.CANCELLED, "call.cause.line_not_lifted"),
    "not_told": (Result.UNKNOWN, NOT_TOLD),
    "away": (Result.FAILED, "call.cause.line_away"),
    "silent": (Result.FAILED, "call.cause.line_silent"),
    "no_dialtone": (Result.FAILED, "call.cause.line_no_dialtone"),
    "no_carrier": (Result.FAILED, "call.cause.line_no_carrier"),
}
"""What comes of a number that was dialled in vain, by what the device says."""

_NOT_DIALLED = (Result.FAILED, "call.cause.line_error")


def begun(call_id: str, first: what.Arrived, at_ms: int) -> LiveCall:
    """Return the call that begins to ring on a line, or whose number its device dials."""
    if first.direction == Direction.OUT:
        dials = LiveCall(call_id, first, at_ms, Phase.LINE_DIALLING)
        dials = line_parties.waiting(dials, first.extension, at_ms)
        return due_at(dials, Time.LINE, at_ms + first.ring_seconds * 1000)
    rings_at = first.target.numbers if isinstance(first.target, api.Extensions) else ()
    call = LiveCall(call_id, first, at_ms, Phase.LINE, ringing=rings_at, ringing_ms=at_ms)
    return due_at(call, Time.LINE, at_ms + first.ring_seconds * 1000)


def _picked_up(call: LiveCall, happening: object, at_ms: int) -> Outcome:
    return line_parties.talking(call, at_ms), ()


def _record_asked(call: LiveCall, ask: RecordAsked, at_ms: int) -> Outcome:
    """Whoever has a line recorded that rings talks on it, told or not."""
    line_recording.may_record(call)
    if not ask.on:
        return call, ()
    theirs = replace(call, extension=call.extension or ask.extension)
    return replace(line_parties.talking(theirs, at_ms), taping=True), ()


def _record_dialled(call: LiveCall, ask: RecordAsked, at_ms: int) -> Outcome:
    """Whoever had a number dialled wants it recorded: their handset is up, unless the device will tell of that."""
    line_recording.may_record(call)
    line_recording.its_own(call, ask.extension)
    wanted = replace(call, taping=ask.on)
    return (wanted if call.arrived.line_tells or not ask.on else line_parties.talking(wanted, at_ms)), ()


def _given_up(call: LiveCall, happening: object, at_ms: int) -> Outcome:
    return _over(call, at_ms, Result.CANCELLED, ended_by=Ender.CALLER)


def _silent(call: LiveCall, happening: object, at_ms: int) -> Outcome:
    """Nothing more was told: nobody answered, if the device would have said so."""
    if call.arrived.line_tells:
        return _over(call, at_ms, Result.NO_ANSWER)
    return _over(call, at_ms, Result.UNKNOWN, NOT_TOLD)


def _put_down(call: LiveCall, happening: object, at_ms: int) -> Outcome:
    return _over(call, at_ms, Result.ANSWERED)


def _another_call(call: LiveCall, happening: object, at_ms: int) -> Outcome:
    """The line is somebody else's now: where the device does not tell of the end, this is it."""
    return (call, ()) if call.arrived.line_tells else _never_put_down(call, happening, at_ms)


def _never_put_down(call: LiveCall, happening: object, at_ms: int) -> Outcome:
    return _over(call, at_ms, Result.ANSWERED, NOT_TOLD)


def _put_away(call: LiveCall, ask: HangupAsked, at_ms: int) -> Outcome:
    """Somebody says in the panel that it is over; the telephone itself is out of our reach."""
    line_recording.its_own(call, ask.extension)
    return _over(call, at_ms, Result.ANSWERED if call.answered_ms else Result.UNKNOWN, _FROM_PANEL)


def _seen_twice(call: LiveCall, seen: what.SeenTwice, at_ms: int) -> Outcome:
    return _over(replace(call, joined_to=seen.call), at_ms, Result.UNKNOWN)


def _dialled(call: LiveCall, happening: object, at_ms: int) -> Outcome:
    return replace(call, ringing_ms=call.ringing_ms or at_ms), ()


def _dial_failed(call: LiveCall, failed: what.LineDialFailed, at_ms: int) -> Outcome:
    return _over(call, at_ms, *_UNREACHED.get(failed.why, _NOT_DIALLED))


def _dial_silent(call: LiveCall, happening: object, at_ms: int) -> Outcome:
    return _over(call, at_ms, Result.UNKNOWN, NOT_TOLD)


def _crossed(call: LiveCall, happening: object, at_ms: int) -> Outcome:
    """Somebody calls on the line in the moment in which it was to dial: it must not, or they would be answered."""
    return _over(call, at_ms, Result.FAILED, "call.cause.line_crossed")


def _dial_withdrawn(call: LiveCall, ask: HangupAsked, at_ms: int) -> Outcome:
    line_recording.its_own(call, ask.extension)
    return _over(call, at_ms, Result.CANCELLED, _FROM_PANEL)


def _handset_up(call: LiveCall, ask: LineTakenBy, at_ms: int) -> Outcome:
    """Whoever had the number dialled says that their handset is up."""
    require(ask.extension == call.extension, "call.cannot.taken_by_another")
    return line_parties.talking(call, at_ms), ()


def _over(call: LiveCall, at_ms: int, result: Result, cause: str = "", ended_by: Ender = Ender.NOBODY) -> Outcome:
    over = replace(
        line_parties.over(call, at_ms),
        phase=Phase.LINE_CLOSING if line_recording.runs(call) else Phase.OVER,
        due=(),
        ended_ms=at_ms,
        result=result,
        cause=cause,
        ended_by=ended_by,
        taping=False,
        pauses=line_recording.pauses_over(call, at_ms),
    )
    return over, ()


TRANSITIONS: dict[tuple[Phase, type[Any]], Handler] = {
    (Phase.LINE, what.LinePickedUp): _picked_up,
    (Phase.LINE, what.LinePutDown): _given_up,
    (Phase.LINE, what.LineTaken): _silent,
    (Phase.LINE, what.TimeUp): _silent,
    (Phase.LINE, what.SeenTwice): _seen_twice,
    (Phase.LINE, LineTakenBy): line_parties.taken,
    (Phase.LINE_TALKING, LineTakenBy): line_parties.taken,
    (Phase.LINE_CLOSING, LineTakenBy): line_parties.taken_later,
    (Phase.OVER, LineTakenBy): line_parties.taken_later,
    (Phase.LINE_TALKING, what.LineTaken): _another_call,
    (Phase.LINE_DIALLING, what.LineDialled): _dialled,
    (Phase.LINE_DIALLING, what.LineDialFailed): _dial_failed,
    (Phase.LINE_DIALLING, what.LinePickedUp): _picked_up,
    (Phase.LINE_DIALLING, what.LineTaken): _crossed,
    (Phase.LINE_DIALLING, what.TimeUp): _dial_silent,
    (Phase.LINE_DIALLING, LineTakenBy): _handset_up,
    (Phase.LINE_DIALLING, HangupAsked): _dial_withdrawn,
    (Phase.LINE_DIALLING, RecordAsked): _record_dialled,
    (Phase.LINE, RecordAsked): _record_asked,
    (Phase.LINE_TALKING, what.LinePutDown): _put_down,
    (Phase.LINE_TALKING, what.TimeUp): _never_put_down,
    **{(phase, HangupAsked): _put_away for phase in (Phase.LINE, Phase.LINE_TALKING)},
}
