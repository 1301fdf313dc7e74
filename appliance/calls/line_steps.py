"""Calls on analog lines: the machine's steps for what a caller-ID device tells of telephones that are not ours. Pure.

Nothing can be ordered there. A device may tell of handsets or not, and forget the end: then time ends the call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from appliance.calls import happenings as what
from appliance.calls import line_recording
from appliance.calls.call import Ender, Result
from appliance.calls.live_call import LiveCall, Phase, Time, due_at
from appliance.calls.requests import HangupAsked, RecordAsked
from sip import api

LONGEST_TALK_MS = 4 * 3600 * 1000
NOT_TOLD = "call.cause.line_not_told"
_FROM_PANEL = "call.cause.ended_from_panel"

Outcome: TypeAlias = tuple[LiveCall, tuple[api.Order, ...]]
Handler: TypeAlias = Callable[[LiveCall, Any, int], Outcome]


def begun(call_id: str, first: what.Arrived, at_ms: int) -> LiveCall:
    """Return the call that begins to ring on a line."""
    rings_at = first.target.numbers if isinstance(first.target, api.Extensions) else ()
    call = LiveCall(call_id, first, at_ms, Phase.LINE, ringing=rings_at, ringing_ms=at_ms)
    return due_at(call, Time.LINE, at_ms + first.ring_seconds * 1000)


def _picked_up(call: LiveCall, happening: object, at_ms: int) -> Outcome:
    recorded = call.arrived.line_recorded == line_recording.AUTOMATIC
    talking = replace(call, phase=Phase.LINE_TALKING, answered_ms=at_ms, taping=recorded)
    return due_at(talking, Time.LINE, at_ms + LONGEST_TALK_MS), ()


def _record_asked(call: LiveCall, ask: RecordAsked, at_ms: int) -> Outcome:
    """Whoever has a line recorded that rings talks on it, told or not."""
    line_recording.may_record(call)
    if not ask.on:
        return call, ()
    talking, _ = _picked_up(call, ask, at_ms)
    return replace(talking, taping=True), ()


def _given_up(call: LiveCall, happening: object, at_ms: int) -> Outcome:
    return _over(call, at_ms, Result.CANCELLED, ended_by=Ender.CALLER)


def _silent(call: LiveCall, happening: object, at_ms: int) -> Outcome:
    """Nothing more was told: nobody answered, if the device would have said so."""
    if call.arrived.line_tells:
        return _over(call, at_ms, Result.NO_ANSWER)
    return _over(call, at_ms, Result.UNKNOWN, NOT_TOLD)


def _put_down(call: LiveCall, happening: object, at_ms: int) -> Outcome:
    return _over(call, at_ms, Result.ANSWERED)


def _never_put_down(call: LiveCall, happening: object, at_ms: int) -> Outcome:
    return _over(call, at_ms, Result.ANSWERED, NOT_TOLD)


def _put_away(call: LiveCall, happening: object, at_ms: int) -> Outcome:
    """Somebody says in the panel that it is over; the telephone itself is out of our reach."""
    return _over(call, at_ms, Result.ANSWERED if call.answered_ms else Result.UNKNOWN, _FROM_PANEL)


def _seen_twice(call: LiveCall, seen: what.SeenTwice, at_ms: int) -> Outcome:
    return _over(replace(call, joined_to=seen.call), at_ms, Result.UNKNOWN)


def _over(call: LiveCall, at_ms: int, result: Result, cause: str = "", ended_by: Ender = Ender.NOBODY) -> Outcome:
    over = replace(
        call,
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
    (Phase.LINE, RecordAsked): _record_asked,
    (Phase.LINE_TALKING, what.LinePutDown): _put_down,
    (Phase.LINE_TALKING, what.TimeUp): _never_put_down,
    **{(phase, HangupAsked): _put_away for phase in (Phase.LINE, Phase.LINE_TALKING)},
}
