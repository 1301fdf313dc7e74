"""The machine's steps against callers who do not behave: a warning in the call, and the end of it. Pure.

A warning lies over the talk: nobody changes rooms, and afterwards all hear each other as before (`orders.py`). An end
cannot be taken back: from its request on only hanging up is possible, and whatever happens, the call is terminated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from appliance.calls import requests as asks
from appliance.calls.call import Ender, Result, Stage, Warned
from appliance.calls.live_call import LiveCall, Phase, Playing, Time, letting_go
from appliance.calls.outcomes import Handler, Outcome, close, in_time, mine, require
from appliance.calls.parties import Party, Role

TERMINATED = "call.cause.terminated"
LEFT_FIRST = "call.cause.terminated_left"
NOTHING_HEARD = "call.cause.terminated_silent"
KEEPS_PREFIX = "notice-"
_CANCELLED = 487
_GRACE_S = 5  # beyond the announcement's length: its end is told by the voice
_MAY_STILL = (asks.HangupAsked, asks.TerminateAsked)


def must_fit(happening: object) -> None:
    """Raise CannotNow for what cannot be done any more in a call that is being terminated."""
    require(isinstance(happening, _MAY_STILL), "call.cannot.terminating")


def _far(call: LiveCall, extension: str) -> tuple[str, ...]:
    """Return the legs outside with which a desk talks. Raises CannotNow: only talks with somebody outside fit."""
    require(mine(call, extension).role is Role.DESK, "call.cannot.not_yours")
    far = tuple(party.leg for party in call.having(Role.FAR) if party.is_up and party.outside)
    require(call.phase is Phase.TALKING and far, "call.cannot.no_caller")
    return far


def _noted(call: LiveCall, warned: Warned) -> LiveCall:
    return replace(call, warned=(*call.warned, warned))


def _warn_asked(call: LiveCall, ask: asks.WarnAsked, at_ms: int) -> Outcome:
    far = _far(call, ask.extension)
    require(ask.stage in (Stage.FIRST, Stage.SECOND), "call.cannot.no_stage")
    require(call.playing is None or not call.playing.kept, "call.cannot.plays_already")
    require(not call.having(Role.ASKED), "call.cannot.consulting")
    call = _noted(call, Warned(at_ms, ask.stage, ask.reason, ask.extension, ask.by, ask.name if ask.file else ""))
    if not ask.file:
        return call, ()
    apart = ask.apart or bool(call.held_by)
    ears = far if apart else (*far, *(desk.leg for desk in call.having(Role.DESK) if desk.is_up))
    return replace(call, playing=Playing(ask.play, ask.file, ask.name, ears, apart=apart, kept=True)), ()


def _terminate_asked(call: LiveCall, ask: asks.TerminateAsked, at_ms: int) -> Outcome:
    """Once more is once: the announcement goes on."""
    if call.terminating:
        return call, ()
    far = _far(call, ask.extension)
    name = ask.name if ask.file else ""
    call = _noted(call, Warned(at_ms, Stage.END, ask.reason, ask.extension, ask.by, name))
    call = letting_go(call, _coming(call), _CANCELLED, "call ends")
    if not ask.file:
        return close(call, at_ms, Result.TERMINATED, NOTHING_HEARD, Ender.BOX), ()
    playing = Playing(ask.play, ask.file, ask.name, far, last=True, apart=True, kept=True)
    call = replace(call, playing=playing, search=None, back_to="", due=())
    return in_time(call, Time.LAST, at_ms, ask.seconds + _GRACE_S), ()


def _coming(call: LiveCall) -> Iterable[str]:
    """Return the legs that are still being called: nobody joins this call any more."""
    return tuple(party.leg for party in call.parties if not party.is_up)


def left(call: LiveCall, party: Party, at_ms: int) -> LiveCall:
    """Somebody has left a call that is being terminated. Whoever has to hear the announcement hears it without us."""
    if any(one.role is Role.FAR and one.outside for one in call.talkers):
        return call
    by = Ender.CALLER if party.target is None else Ender.CALLED
    return close(call, at_ms, Result.TERMINATED, LEFT_FIRST, by if party.role is Role.FAR else Ender.BOX)


def heard(call: LiveCall, at_ms: int) -> LiveCall:
    """The announcement is over, could not be played, or its time is."""
    return close(call, at_ms, Result.TERMINATED, TERMINATED, Ender.BOX)


def _extend_asked(call: LiveCall, ask: asks.ExtendAsked, at_ms: int) -> Outcome:
    _far(call, ask.extension)
    require(ask.minutes > 0, "call.cannot.extend")
    return replace(call, extra_minutes=call.extra_minutes + ask.minutes), ()


STEPS: dict[type[Any], Handler] = {
    asks.WarnAsked: _warn_asked,
    asks.TerminateAsked: _terminate_asked,
    asks.ExtendAsked: _extend_asked,
}
