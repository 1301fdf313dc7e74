"""The machine's steps that pause a recording while a card number is said, and go on with it. Pure.

Everybody goes on hearing each other; the recording holds silence meanwhile (`orders.py`). A pause ends by itself with
the part of the desk that asked for it: nobody else knows that they would have to.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appliance.calls import requests as asks
from appliance.calls.live_call import LiveCall, Pause, Phase
from appliance.calls.outcomes import Handler, Outcome, mine, require
from appliance.calls.parties import Role


def _asked(call: LiveCall, ask: asks.PauseAsked, at_ms: int) -> Outcome:
    """Twice is once; whoever talks may end a colleague's pause."""
    require(mine(call, ask.extension).role is not Role.MONITOR, "call.cannot.not_yours")
    require(call.phase is Phase.TALKING and not call.terminating, "call.cannot.pause")
    if ask.on == call.paused:
        return call, ()
    if ask.on:
        return replace(call, pauses=(*call.pauses, Pause(ask.extension, at_ms))), ()
    return _over(call, at_ms), ()


def _over(call: LiveCall, at_ms: int) -> LiveCall:
    return replace(call, pauses=tuple(one if one.to_ms else replace(one, to_ms=at_ms) for one in call.pauses))


def settled(call: LiveCall, at_ms: int) -> LiveCall:
    """Return `call` with its pause over if whoever asked for it talks in it no more."""
    if not call.paused:
        return call
    if call.phase is Phase.LINE_TALKING:
        return call  # who has the handset is known only where somebody has said so
    desk = call.desk(call.pauses[-1].extension)
    stays = desk is not None and desk.is_up and call.phase is Phase.TALKING
    return call if stays else _over(call, at_ms)


def in_recording(call: LiveCall) -> tuple[tuple[int, int], ...]:
    """Return when the recording is paused, in ms from its beginning; a pause that goes on ends with 0."""
    begins = min((track.started_ms for track in call.tracks), default=call.started_ms)
    since = (max(0, one.from_ms - begins) for one in call.pauses)
    return tuple(
        (at, max(0, one.to_ms - begins) if one.to_ms else 0) for at, one in zip(since, call.pauses, strict=True)
    )


STEPS: dict[type[Any], Handler] = {asks.PauseAsked: _asked}
