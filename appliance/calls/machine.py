"""The call machine: (call, happening) → (call, actions). Pure; the only place where a call's phase changes.

Rows of `TRANSITIONS` are (phase, happening, fact or note) → what to do. What is not in the table is normal in telephony
(a late ringing, a second hang-up): it is logged and the call stays as it is. Rows of calls that the edge handles alone
stand in `alone_steps.py`.

Orders name their legs and repeating one is harmless, so after a crash `resume` gives all of them again that the call's
phase asks for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from appliance.calls import alone_steps
from appliance.calls import happenings as what
from appliance.calls.call import Direction, Ender, Result, Track
from appliance.calls.causes import answer_for, result_of
from appliance.calls.live_call import (
    CALLED_LEG,
    CALLER_LEG,
    WITH_THE_EDGE,
    Action,
    EndDialogs,
    LiveCall,
    Phase,
    StartRingTimer,
    with_track,
)
from sip import api

log = logging.getLogger(__name__)

_CANCELLED = 487

Outcome: TypeAlias = tuple[LiveCall, tuple[Action, ...]]
Handler: TypeAlias = Callable[[LiveCall, Any, int], Outcome]


def begin(call_id: str, first: what.Arrived | what.TurnedAway, at_ms: int) -> LiveCall:
    """Return the call that the first line of a timeline makes."""
    if isinstance(first, what.Arrived):
        return LiveCall(call_id, first, at_ms, extension=first.extension)
    return LiveCall(
        call_id,
        first.arrived,
        at_ms,
        phase=Phase.OVER,
        extension=first.arrived.extension,
        ended_ms=at_ms,
        result=result_of(first.code, first.cause),
        cause=first.cause,
        ended_by=Ender.BOX,
    )


def step(call: LiveCall, happening: what.Happening, at_ms: int) -> Outcome:
    """Return the call after `happening`, and what is to be done about it."""
    if isinstance(happening, what.Noted):
        return _noted(call, happening, at_ms)
    subject: object = happening
    if isinstance(happening, what.Heard):
        if happening.number <= call.heard:  # told again after a reconnect
            return call, ()
        call = replace(call, heard=happening.number)
        subject = happening.fact
    handler = TRANSITIONS.get((call.phase, type(subject)))
    if handler is None and call.phase not in _NO_WORKERS:
        handler = ALWAYS.get(type(subject))
    if handler is None:
        log.info("call %s: %s in phase %s changes nothing", call.id, type(subject).__name__, call.phase)
        return call, ()
    after, actions = handler(call, subject, at_ms)
    log.info("call %s: %s, %s → %s", call.id, type(subject).__name__, call.phase, after.phase)
    return after, actions


def _noted(call: LiveCall, happening: what.Noted, at_ms: int) -> Outcome:
    """Return the call after a note of the edge: the same one when the note was read before, or says nothing new."""
    handler = TRANSITIONS.get((call.phase, type(happening.note)))
    if handler is None or happening.number <= call.noted:
        return call, ()
    told = alone_steps.told(call, happening)
    after, actions = handler(told, happening.note, at_ms)
    if after is told:
        return call, ()
    log.info("call %s: %s, %s → %s", call.id, type(happening.note).__name__, call.phase, after.phase)
    return after, actions


def _close(call: LiveCall, at_ms: int, result: Result, cause: str, ended_by: Ender, *actions: Action) -> Outcome:
    closed = replace(
        call,
        phase=Phase.CLOSING,
        ended_ms=at_ms,
        result=result,
        cause=cause,
        ended_by=ended_by,
        held=frozenset(),
    )
    return closed, actions


# ------------------------------------------------------------------------------------------- before the talk


def opening(call: LiveCall) -> tuple[api.Order, ...]:
    """Return what the voice does by itself when the caller's leg arrives: it follows from the call's first line."""
    return (api.Originate(CALLED_LEG, call.arrived.target, call.arrived.shown, rings=CALLER_LEG),)


def _arrived(call: LiveCall, fact: api.LegArrived, at_ms: int) -> Outcome:
    calling = replace(call, phase=Phase.CALLING, delivered=True)
    return calling, (StartRingTimer(call.arrived.ring_seconds),)


def _progress(call: LiveCall, fact: api.LegProgress, at_ms: int) -> Outcome:
    if fact.leg != CALLED_LEG or fact.code < 180:  # 100 Trying says nothing of a phone
        return call, ()
    ringing = call.ringing
    if fact.extension and fact.extension not in ringing:
        ringing = (*ringing, fact.extension)
    call = replace(call, ringing=ringing, ringing_ms=call.ringing_ms or at_ms)
    if fact.early_media and isinstance(call.arrived.target, api.Outside) and not call.early_media:
        # Carrier announcements and ring-back tones come before the answer and are meant to be heard.
        early = (api.EarlyMedia(CALLER_LEG), api.Bridge(CALLER_LEG, CALLED_LEG))
        return replace(call, early_media=True), early
    if call.ring_sent or call.early_media:
        return call, ()
    # A phone's own early sound is not passed on, and so its ringing is not either, unless it is ordered.
    return replace(call, ring_sent=True), (api.Ring(CALLER_LEG),) if fact.early_media else ()


def _answered(call: LiveCall, fact: api.LegAnswered, at_ms: int) -> Outcome:
    if fact.leg != CALLED_LEG:
        return call, ()
    extension = call.extension if call.direction is Direction.OUT else fact.extension
    talking = replace(
        call,
        phase=Phase.TALKING,
        answered_ms=at_ms,
        ringing_ms=call.ringing_ms or at_ms,
        extension=extension or call.extension,
    )
    return talking, (api.Answer(CALLER_LEG), api.Bridge(CALLER_LEG, CALLED_LEG, end_together=True))


def _calling_ended(call: LiveCall, fact: api.LegEnded, at_ms: int) -> Outcome:
    if fact.leg not in (CALLER_LEG, CALLED_LEG):  # a transfer that a phone asked for came to nothing
        return call, ()
    if fact.leg == CALLER_LEG:
        gone = api.Hangup(CALLED_LEG, 487, "caller gave up")
        return _close(call, at_ms, Result.CANCELLED, "", Ender.CALLER, gone)
    rang = bool(call.ringing_ms)
    result = result_of(fact.code, rang=rang)
    refusal = api.Hangup(CALLER_LEG, answer_for(result, fact.code), fact.reason)
    cause = f"{fact.code} {fact.reason}".strip()
    return _close(call, at_ms, result, cause, Ender.CALLED, refusal)


def _waiting_ended(call: LiveCall, fact: object, at_ms: int) -> Outcome:
    return _close(call, at_ms, Result.CANCELLED, "", Ender.CALLER)


def _rang_too_long(call: LiveCall, happening: what.RangTooLong, at_ms: int) -> Outcome:
    stop = (api.Hangup(CALLED_LEG, 487, "no answer"), api.Hangup(CALLER_LEG, 480, "no answer"))
    result = Result.NO_ANSWER if call.ringing_ms else Result.UNREACHABLE
    return _close(call, at_ms, result, "", Ender.BOX, *stop)


def _lease_unused(call: LiveCall, fact: api.LeaseUnused, at_ms: int) -> Outcome:
    closed, actions = _close(call, at_ms, Result.FAILED, "call.cause.not_delivered", Ender.BOX)
    return replace(closed, phase=Phase.OVER), actions


# ------------------------------------------------------------------------------------------------- in the talk


def _talk_ended(call: LiveCall, fact: api.LegEnded, at_ms: int) -> Outcome:
    if fact.leg not in (CALLER_LEG, CALLED_LEG):
        return call, ()
    by_caller = fact.leg == CALLER_LEG
    if by_caller and fact.code == _CANCELLED:  # gave up in the moment of the answer: there was no talk
        return _close(replace(call, answered_ms=0), at_ms, Result.CANCELLED, "", Ender.CALLER, api.Hangup(CALLED_LEG))
    other = CALLED_LEG if by_caller else CALLER_LEG
    ender = Ender.CALLER if by_caller else Ender.CALLED
    if not fact.by_far:
        ender = Ender.BOX
    cause = "" if fact.code in (0, 200) else f"{fact.code} {fact.reason}".strip()
    return _close(call, at_ms, Result.ANSWERED, cause, ender, api.Hangup(other, 200))


def _held(call: LiveCall, fact: api.LegHeld, at_ms: int) -> Outcome:
    return replace(call, held=call.held | {fact.leg}), ()


def _resumed(call: LiveCall, fact: api.LegResumed, at_ms: int) -> Outcome:
    return replace(call, held=call.held - {fact.leg}), ()


def _digit(call: LiveCall, fact: api.DigitHeard, at_ms: int) -> Outcome:
    """Keys pressed on one side are meant for the other: a menu at the bank, a door opener."""
    other = CALLED_LEG if fact.leg == CALLER_LEG else CALLER_LEG
    return call, (api.SendDigits(other, fact.digit),)


def _early_digit(call: LiveCall, fact: api.DigitHeard, at_ms: int) -> Outcome:
    return _digit(call, fact, at_ms) if call.early_media else (call, ())


# ------------------------------------------------------------------------------------------------ at any time


def resume(call: LiveCall, now_ms: int) -> tuple[Action, ...]:
    """Return what brings the world to where `call` is, after a restart: orders may have been lost with the process.

    The voice leaves alone what it has done already.
    """
    if call.phase is Phase.CALLING:
        left = max(1, call.arrived.ring_seconds - (now_ms - call.started_ms) // 1000)
        actions: tuple[Action, ...] = (*opening(call), StartRingTimer(left))
        if call.early_media:
            return (*actions, api.EarlyMedia(CALLER_LEG), api.Bridge(CALLER_LEG, CALLED_LEG))
        return (*actions, api.Ring(CALLER_LEG)) if call.ring_sent else actions
    if call.phase is Phase.TALKING:
        return api.Answer(CALLER_LEG), api.Bridge(CALLER_LEG, CALLED_LEG, end_together=True)
    if call.phase is Phase.CLOSING:
        return api.Hangup(CALLED_LEG, _CANCELLED), api.Hangup(CALLER_LEG, 480)
    return ()


def _came_too_late(call: LiveCall, fact: api.LegArrived, at_ms: int) -> Outcome:
    return call, (api.Hangup(CALLED_LEG, _CANCELLED), api.Hangup(CALLER_LEG, 480))


def _recording_started(call: LiveCall, fact: api.RecordingStarted, at_ms: int) -> Outcome:
    return with_track(call, Track(fact.leg, fact.file, fact.started_ms, 0)), ()


def _recording_closed(call: LiveCall, fact: api.RecordingClosed, at_ms: int) -> Outcome:
    started = next((t.started_ms for t in call.tracks if t.file == fact.file), at_ms - fact.duration_ms)
    return with_track(call, Track(fact.leg, fact.file, started, fact.duration_ms)), ()


def _hang_up_asked(call: LiveCall, happening: what.HangupAsked, at_ms: int) -> Outcome:
    talked = call.phase is Phase.TALKING
    result = Result.ANSWERED if talked else Result.CANCELLED
    legs = (api.Hangup(CALLED_LEG, 200 if talked else 487), api.Hangup(CALLER_LEG, 200 if talked else 480))
    return _close(call, at_ms, result, "call.cause.ended_from_panel", Ender.BOX, *legs)


def _box_stopped(call: LiveCall, happening: what.BoxStopped, at_ms: int) -> Outcome:
    legs = (api.Hangup(CALLED_LEG, 503), api.Hangup(CALLER_LEG, 503))
    return _close(call, at_ms, Result.STOPPED, "call.cause.box_stopped", Ender.BOX, *legs)


def _order_failed(call: LiveCall, fact: api.OrderFailed, at_ms: int) -> Outcome:
    if fact.order != api.Originate.__name__ or call.phase is not Phase.CALLING:
        return call, ()
    refusal = api.Hangup(CALLER_LEG, 500)
    return _close(call, at_ms, Result.FAILED, fact.reason, Ender.BOX, refusal)


def _conversation_ended(call: LiveCall, fact: object, at_ms: int) -> Outcome:
    if call.phase is not Phase.CLOSING:  # every leg is gone, yet no LegEnded came
        call, _ = _close(call, at_ms, Result.FAILED, "call.cause.no_leg_left", Ender.BOX)
    return replace(call, phase=Phase.OVER), ()


def _conversation_lost(call: LiveCall, fact: api.ConversationLost, at_ms: int) -> Outcome:
    if call.phase is not Phase.CLOSING:
        call, _ = _close(call, at_ms, Result.LOST, fact.why or "call.cause.worker_lost", Ender.BOX)
    clean_up = (EndDialogs(fact.sip_contact),) if fact.sip_contact else ()
    return replace(call, phase=Phase.OVER), clean_up


def _vanished(call: LiveCall, happening: what.Vanished, at_ms: int) -> Outcome:
    if call.phase is not Phase.CLOSING:
        call, _ = _close(call, at_ms, Result.LOST, "call.cause.vanished", Ender.BOX)
    return replace(call, phase=Phase.OVER), ()


_LIVE = (Phase.WAITING, Phase.CALLING, Phase.TALKING)
_NO_WORKERS = WITH_THE_EDGE | {Phase.OVER}  # what a worker tells is about nothing any more

TRANSITIONS: dict[tuple[Phase, type[Any]], Handler] = {
    **alone_steps.TRANSITIONS,
    (Phase.WAITING, api.LegArrived): _arrived,
    (Phase.WAITING, api.LegEnded): _waiting_ended,
    (Phase.WAITING, what.CallerLeft): _waiting_ended,
    (Phase.WAITING, api.LeaseUnused): _lease_unused,
    (Phase.CLOSING, api.LeaseUnused): _conversation_ended,
    (Phase.CLOSING, what.NoWorkerFree): _conversation_ended,
    (Phase.CLOSING, api.LegArrived): _came_too_late,
    (Phase.CALLING, api.LegProgress): _progress,
    (Phase.CALLING, api.LegAnswered): _answered,
    (Phase.CALLING, api.LegEnded): _calling_ended,
    (Phase.CALLING, what.RangTooLong): _rang_too_long,
    (Phase.CALLING, api.DigitHeard): _early_digit,
    (Phase.TALKING, api.DigitHeard): _digit,
    (Phase.TALKING, api.LegEnded): _talk_ended,
    (Phase.TALKING, api.LegHeld): _held,
    (Phase.TALKING, api.LegResumed): _resumed,
    **{(phase, what.HangupAsked): _hang_up_asked for phase in _LIVE},
    **{(phase, what.BoxStopped): _box_stopped for phase in _LIVE},
    **{(phase, api.OrderFailed): _order_failed for phase in _LIVE},
}

ALWAYS: dict[type[Any], Handler] = {
    api.RecordingStarted: _recording_started,
    api.RecordingClosed: _recording_closed,
    api.ConversationEnded: _conversation_ended,
    api.ConversationLost: _conversation_lost,
    what.Vanished: _vanished,
}
