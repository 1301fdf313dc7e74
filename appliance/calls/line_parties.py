"""Who of ours has a call on an analog line: said by people, or plain from who is there. Pure.

The telephone itself is out of reach; a desk that has the call counts as talking, and its talk is a part of the call.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.calls import line_recording
from appliance.calls.call import Direction, Result
from appliance.calls.live_call import LINE_LEG, LiveCall, Phase, Time, due_at
from appliance.calls.outcomes import Outcome, require
from appliance.calls.parties import Part, Party, Role
from appliance.calls.requests import LineTakenBy

LONGEST_TALK_MS = 4 * 3600 * 1000
LONGEST_UNTOLD_MS = 3600 * 1000  # where the device does not tell of the end


def waiting(call: LiveCall, extension: str, at_ms: int) -> LiveCall:
    """Return `call` with the desk that is about to lift the handset, and is engaged by that."""
    desk = Party(LINE_LEG, Role.DESK, extension=extension, since_ms=at_ms)
    return replace(call, parties=(desk,), extension=extension)


def talking(call: LiveCall, at_ms: int) -> LiveCall:
    """Return `call` with its handset up, recorded if it is to be by itself; the desk that has it, if known, talks."""
    begins = not call.answered_ms and call.arrived.line_recorded == line_recording.AUTOMATIC
    longest = LONGEST_TALK_MS if call.arrived.line_tells else LONGEST_UNTOLD_MS
    talks = replace(call, phase=Phase.LINE_TALKING, answered_ms=call.answered_ms or at_ms, taping=call.taping or begins)
    talks = due_at(talks, Time.LINE, talks.answered_ms + longest)
    return _at(talks, talks.extension, talks.answered_ms) if talks.extension else talks


def over(call: LiveCall, at_ms: int) -> LiveCall:
    """Return `call` without its desk, whose part has ended; who was about to take what nobody took has not had it."""
    parts = tuple(replace(p, to_ms=p.to_ms or at_ms) for p in call.parts)
    missed = call.direction is Direction.IN and not call.answered_ms
    return replace(call, parties=(), parts=parts, extension="" if missed else call.extension)


def taken(call: LiveCall, ask: LineTakenBy, at_ms: int) -> Outcome:
    """A desk says that it has the call that rings, or whose handset is up. Raises CannotNow when another has it.

    Where the device will tell of the handset, the talk begins with that, and until then another may be quicker.
    """
    if call.extension == ask.extension:
        return call, ()
    if call.phase is Phase.LINE and call.arrived.line_tells:
        return waiting(call, ask.extension, at_ms), ()
    require(not call.extension or ask.instead, "call.cannot.taken_by_another")
    return talking(replace(call, extension=ask.extension), at_ms), ()


def taken_later(call: LiveCall, ask: LineTakenBy, at_ms: int) -> Outcome:
    """The same when the call is over: its row says who had it. What nobody told of its times stays unknown."""
    if call.extension == ask.extension:
        return call, ()
    require(call.arrived.line and not call.joined_to, "call.cannot.not_on_line")
    require(call.answered_ms or call.result is Result.UNKNOWN, "call.cannot.nobody_talked")
    require(not call.extension or ask.instead, "call.cannot.taken_by_another")
    parts = (Part(ask.extension, "", call.answered_ms, call.ended_ms),) if call.answered_ms else ()
    return replace(call, extension=ask.extension, parts=parts, result=Result.ANSWERED, cause=""), ()


def _at(call: LiveCall, extension: str, at_ms: int) -> LiveCall:
    """Return `call` with one desk in the talk, since `at_ms`."""
    desk = Party(LINE_LEG, Role.DESK, extension=extension, since_ms=at_ms, up_ms=at_ms)
    return replace(call, parties=(desk,), parts=(Part(extension, "", at_ms),))
