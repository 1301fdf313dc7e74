"""The machine's steps that record an analog line: who wants it, and which file is being written. Pure.

Whether the line is to be recorded is the call's (`taping`); whoever has the sound brings its files in accord with that.
A call that ends waits for its file to be closed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appliance.calls import happenings as what
from appliance.calls.call import Track
from appliance.calls.live_call import LINE_LEG, LiveCall, Pause, Phase, with_track
from appliance.calls.outcomes import CannotNow, Handler, Outcome, require
from appliance.calls.requests import PauseAsked, RecordAsked

AUTOMATIC, BY_HAND, NEVER = "automatic", "by_hand", "never"


def runs(call: LiveCall) -> str:
    """Return the file that is being written, "" when there is none."""
    return next((one.file for one in call.tracks if one.leg == LINE_LEG and not one.duration_ms), "")


def may_record(call: LiveCall) -> None:
    """Raise CannotNow unless the call's line can and may be recorded."""
    require(call.arrived.line_recorded in (AUTOMATIC, BY_HAND), "call.cannot.record")


def pauses_over(call: LiveCall, at_ms: int) -> tuple[Pause, ...]:
    """Return the call's pauses, none of which goes on; the end may be known to have been before one of them."""
    return tuple(one if one.to_ms else replace(one, to_ms=max(one.from_ms, at_ms)) for one in call.pauses)


def its_own(call: LiveCall, extension: str) -> None:
    """Raise CannotNow for a desk when another has the call; while nobody is known to, any that sees it may.

    "" is whoever may do so for anybody.
    """
    require(not extension or call.extension in ("", extension), "call.cannot.not_yours")


def _asked(call: LiveCall, ask: RecordAsked, at_ms: int) -> Outcome:
    may_record(call)
    its_own(call, ask.extension)
    return replace(call, taping=ask.on, pauses=call.pauses if ask.on else pauses_over(call, at_ms)), ()


def _not_a_line(call: LiveCall, ask: RecordAsked, at_ms: int) -> Outcome:
    raise CannotNow("call.cannot.record")


def _pause(call: LiveCall, ask: PauseAsked, at_ms: int) -> Outcome:
    """Twice is once."""
    its_own(call, ask.extension)
    require(call.taping or not ask.on, "call.cannot.pause")
    if ask.on == call.paused:
        return call, ()
    pauses = (*call.pauses, Pause(ask.extension, at_ms)) if ask.on else pauses_over(call, at_ms)
    return replace(call, pauses=pauses), ()


def _begun(call: LiveCall, tape: what.LineTapeBegun, at_ms: int) -> Outcome:
    return with_track(call, Track(LINE_LEG, tape.file, tape.started_ms, 0)), ()


def _closed(call: LiveCall, tape: what.LineTapeClosed, at_ms: int) -> Outcome:
    """A file with nothing in it has never been; a disk that cannot take it is not tried again in this call."""
    begun = next((one for one in call.tracks if one.file == tape.file), None)
    if begun is None:
        return call, ()
    if tape.duration_ms:
        call = with_track(call, replace(begun, duration_ms=tape.duration_ms))
    else:
        call = replace(call, tracks=tuple(one for one in call.tracks if one is not begun))
    call = replace(call, taping=call.taping and tape.why != "disk")
    return (replace(call, phase=Phase.OVER) if call.phase is Phase.LINE_CLOSING and not runs(call) else call), ()


TRANSITIONS: dict[tuple[Phase, type[Any]], Handler] = {
    (Phase.LINE_TALKING, RecordAsked): _asked,
    (Phase.LINE_TALKING, PauseAsked): _pause,
    (Phase.LINE_TALKING, what.LineTapeBegun): _begun,
    (Phase.LINE_TALKING, what.LineTapeClosed): _closed,
    (Phase.LINE_CLOSING, what.LineTapeClosed): _closed,
}

STEPS: dict[type[Any], Handler] = {RecordAsked: _not_a_line}
