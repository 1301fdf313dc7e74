"""The call machine: (call, happening) → (call, actions). Pure; the only place where a call's phase changes.

The steps stand in files by what they are about (`searching.py`, `talking.py`, `transferring.py` …) and say only what
the call is afterwards; what the voice must do for that follows (`orders.py`). What is in no table is normal in
telephony (a late ringing, a second hang-up): the call stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from appliance.calls import (
    alone_steps,
    asking,
    dictation,
    fetching,
    line_recording,
    line_steps,
    monitoring,
    pausing,
    searching,
    talking,
    transferring,
    warning,
)
from appliance.calls import happenings as what
from appliance.calls.beginning import begin, opening
from appliance.calls.call import Ender, Result, Track
from appliance.calls.live_call import (
    CALLER_LEG,
    ON_A_LINE,
    WITHOUT_WORKER,
    Action,
    Decide,
    Dictate,
    DictationStep,
    EndDialogs,
    LiveCall,
    Phase,
    Time,
    with_track,
    without,
)
from appliance.calls.orders import orders
from appliance.calls.outcomes import CannotNow, Handler, Outcome, close
from appliance.calls.parties import Errand
from appliance.calls.quality import report
from appliance.calls.requests import HangupAsked, LineTakenBy, Request
from sip import api

__all__ = ["FIRST", "CannotNow", "begin", "opening", "resume", "step"]

FIRST = what.Arrived | what.TurnedAway
"""What a timeline begins with."""


def step(call: LiveCall, happening: what.Happening, at_ms: int) -> Outcome:
    """Return the call after `happening`, and what is to be done. Raises CannotNow for a request that does not fit."""
    if isinstance(happening, what.Noted):
        return _noted(call, happening, at_ms)
    subject: object = happening
    if isinstance(happening, what.Heard):
        if happening.number <= call.heard:  # told again after a reconnect
            return call, ()
        call = replace(call, heard=happening.number)
        subject = happening.fact
    handler = _handler(call.phase, type(subject))
    if handler is None:
        if isinstance(happening, Request | what.PhoneTransfer) and not isinstance(happening, HangupAsked):
            raise CannotNow(_why_not(call, happening))
        return call, ()
    if call.terminating and isinstance(happening, Request | what.PhoneTransfer):
        warning.must_fit(happening)
    if dictation.is_for(call) and isinstance(happening, Request | what.PhoneTransfer):
        dictation.must_fit(happening)
    after, extras = handler(call, subject, at_ms)
    after = pausing.settled(after, at_ms)
    return after, (*_orders(call, after), *extras)


def _why_not(call: LiveCall, asked: what.Happening) -> str:
    if call.phase in ON_A_LINE:
        return "call.cannot.on_line"
    return "call.cannot.over" if not isinstance(asked, LineTakenBy) else "call.cannot.not_on_line"


def _orders(before: LiveCall, after: LiveCall) -> tuple[Action, ...]:
    if after.phase in _NO_WORKERS or before.phase in WITHOUT_WORKER:
        return ()
    return orders(before, after)


def _handler(phase: Phase, subject: type[Any]) -> Handler | None:
    if (handler := TRANSITIONS.get((phase, subject))) is not None:
        return handler
    if phase in _LIVE and (handler := LIVE.get(subject)) is not None:
        return handler
    return ALWAYS.get(subject) if phase not in _NO_WORKERS else None


def _noted(call: LiveCall, happening: what.Noted, at_ms: int) -> Outcome:
    """Return the call after a note of the edge: the same one when the note was read before, or says nothing new."""
    handler = TRANSITIONS.get((call.phase, type(happening.note)))
    if handler is None or happening.number <= call.noted:
        return call, ()
    told = alone_steps.told(call, happening)
    after, actions = handler(told, happening.note, at_ms)
    if after is told:
        return call, ()
    return after, actions


def resume(call: LiveCall) -> tuple[Action, ...]:
    """Return what brings the world to where `call` is, after a restart: orders may have been lost with the process.

    The voice leaves alone what it has done already.
    """
    if call.phase in _NO_WORKERS:
        return ()
    decide: tuple[Action, ...] = (Decide(),) if call.search is not None and call.search.deciding else ()
    if call.phase is Phase.WAITING and not call.arrived.own_phone:
        return decide
    return (*orders(None, call), *decide, *asking.resume(call), *_dictate(call))


def _dictate(call: LiveCall) -> tuple[Action, ...]:
    here = call.dictation
    if here is None:
        return ()
    asked = here.complete if here.step is DictationStep.PREPARING else here.step is DictationStep.KEEPING
    return (Dictate(),) if asked else ()


# ----------------------------------------------------------------------------------------------- legs that end


def _leg_ended(call: LiveCall, fact: api.LegEnded, at_ms: int) -> Outcome:
    """A leg is gone: one that was let go, one that never stood, or one that talked."""
    call = _reported(call, fact, at_ms)
    if any(ending.leg == fact.leg for ending in call.ending):
        return replace(call, ending=tuple(one for one in call.ending if one.leg != fact.leg)), ()
    party = call.party(fact.leg)
    if party is None:
        return call, ()
    if party.is_up:
        return dictation.left(call, at_ms) if dictation.is_for(call) else talking.left(call, party, fact, at_ms)
    if party.leg == CALLER_LEG and party.target is None:
        return searching.gave_up(call, at_ms)
    handler = NOT_TAKEN.get(party.errand)
    gone = without(call, party.leg)
    return handler(gone, (party, fact), at_ms) if handler is not None else (gone, ())


def _reported(call: LiveCall, fact: api.LegEnded, at_ms: int) -> LiveCall:
    """Note how well a leg was heard."""
    party = call.party(fact.leg) or next((one.party for one in call.ending if one.leg == fact.leg), None)
    if fact.quality is None or party is None or not party.is_up:
        return call
    seconds = (at_ms - max(party.up_ms, call.answered_ms)) / 1000
    return replace(call, reports=(*call.reports, report(fact.leg, party.extension, fact.quality, seconds)))


def _waiting_ended(call: LiveCall, fact: object, at_ms: int) -> Outcome:
    """The caller gave up. Whether their INVITE was on its way to the worker is not known."""
    return close(replace(call, parties=()), at_ms, Result.CANCELLED, "", Ender.CALLER), (api.Release(),)


def _leg_arrived(call: LiveCall, fact: api.LegArrived, at_ms: int) -> Outcome:
    return fetching.arrived(call, fact, at_ms)


def _came_too_late(call: LiveCall, fact: api.LegArrived, at_ms: int) -> Outcome:
    """The call was over before its INVITE came, which has made the worker call others."""
    others = tuple(party.leg for party in begin(call.id, call.arrived, call.started_ms).parties)
    return call, tuple(api.Hangup(leg, 480 if leg == fact.leg else 487) for leg in (*others[1:], fact.leg))


def _no_worker(call: LiveCall, happening: what.NoWorkerFree, at_ms: int) -> Outcome:
    """Nobody can carry it: the edge does what it can with a call that came in; one from the panel does not begin."""
    if call.arrived.own_phone or call.blocked or call.arrived.barred:
        closed = close(replace(call, parties=()), at_ms, Result.FAILED, "call.cause.no_worker", Ender.BOX)
        return replace(closed, phase=Phase.OVER), ()
    return alone_steps.taken(call, happening, at_ms)


def _lease_unused(call: LiveCall, fact: api.LeaseUnused, at_ms: int) -> Outcome:
    closed = close(replace(call, parties=()), at_ms, Result.FAILED, "call.cause.not_delivered", Ender.BOX)
    return replace(closed, phase=Phase.OVER), ()


# ------------------------------------------------------------------------------------------------- at any time


def _time_up(call: LiveCall, up: what.TimeUp, at_ms: int) -> Outcome:
    time = Time(up.timer)
    if not any(due is time for due, _ in call.due):  # it was called off in the same moment
        return call, ()
    if time is Time.TAKE:
        return transferring.take_over(call, at_ms)
    if time is Time.DICTATE:
        return dictation.time_up(call, at_ms)
    if time is Time.LAST:
        return warning.heard(call, at_ms), ()
    if time is Time.KEY:
        return asking.time_up(call, at_ms)
    if time is Time.PARK:
        return fetching.park_over(call, at_ms)
    return searching.time_up(call, time, at_ms)


def _rang_too_long(call: LiveCall, happening: what.RangTooLong, at_ms: int) -> Outcome:
    return searching.time_up(call, Time.RING, at_ms)


def _recording_started(call: LiveCall, fact: api.RecordingStarted, at_ms: int) -> Outcome:
    if dictation.is_for(call):
        return dictation.file_begun(call, fact), ()
    return with_track(call, Track(fact.leg, fact.file, fact.started_ms, 0)), ()


def _recording_closed(call: LiveCall, fact: api.RecordingClosed, at_ms: int) -> Outcome:
    if dictation.is_for(call):
        return dictation.file_complete(call, fact)
    started = next((t.started_ms for t in call.tracks if t.file == fact.file), at_ms - fact.duration_ms)
    return with_track(call, Track(fact.leg, fact.file, started, fact.duration_ms)), ()


def _box_stopped(call: LiveCall, happening: what.BoxStopped, at_ms: int) -> Outcome:
    return close(call, at_ms, Result.STOPPED, "call.cause.box_stopped", Ender.BOX, code=503), ()


def _order_failed(call: LiveCall, fact: api.OrderFailed, at_ms: int) -> Outcome:
    """A leg that could not be called is a leg that was not taken."""
    if fact.order == api.Play.__name__ and call.playing is not None:  # its file is gone: nobody waits in silence
        return talking.play_ended(call, api.PlayEnded(call.playing.play, whole=False), at_ms)
    if fact.order == "record" and dictation.is_for(call):
        return dictation.not_recorded(call)
    party = call.party(fact.leg)
    if fact.order != api.Originate.__name__ or party is None or party.is_up:
        return call, ()
    if party.errand in (Errand.OFFER, Errand.DIAL) and call.search is None:
        return close(without(call, party.leg), at_ms, Result.FAILED, fact.reason, Ender.BOX, code=500), ()
    return _leg_ended(call, api.LegEnded(fact.leg, 500, fact.reason, by_far=False), at_ms)


def _conversation_ended(call: LiveCall, fact: object, at_ms: int) -> Outcome:
    if call.phase is not Phase.CLOSING:  # every leg is gone, yet no LegEnded came
        call = close(replace(call, parties=()), at_ms, Result.FAILED, "call.cause.no_leg_left", Ender.BOX)
    return replace(call, phase=Phase.OVER, ending=()), ()


def _conversation_lost(call: LiveCall, fact: api.ConversationLost, at_ms: int) -> Outcome:
    if call.phase is not Phase.CLOSING:
        call = close(call, at_ms, Result.LOST, fact.why or "call.cause.worker_lost", Ender.BOX)
    clean_up = (EndDialogs(fact.sip_contact),) if fact.sip_contact else ()
    return replace(call, phase=Phase.OVER, ending=()), clean_up


def _vanished(call: LiveCall, happening: what.Vanished, at_ms: int) -> Outcome:
    if call.phase is not Phase.CLOSING:
        call = close(call, at_ms, Result.LOST, "call.cause.vanished", Ender.BOX)
    return replace(call, phase=Phase.OVER, ending=()), ()


_LIVE = (Phase.WAITING, Phase.CALLING, Phase.TALKING)
_NO_WORKERS = WITHOUT_WORKER | {Phase.OVER}  # what a worker tells is about nothing any more

NOT_TAKEN: Mapping[Errand, Handler] = {**searching.NOT_TAKEN, **transferring.NOT_TAKEN}

TRANSITIONS: Mapping[tuple[Phase, type[Any]], Handler] = {
    **alone_steps.TRANSITIONS,
    **line_steps.TRANSITIONS,
    **line_recording.TRANSITIONS,
    (Phase.WAITING, api.LegArrived): searching.arrived,
    (Phase.WAITING, api.LegEnded): _waiting_ended,
    (Phase.WAITING, what.CallerLeft): _waiting_ended,
    (Phase.WAITING, what.NoWorkerFree): _no_worker,
    (Phase.WAITING, api.LeaseUnused): _lease_unused,
    (Phase.CLOSING, api.LeaseUnused): _conversation_ended,
    (Phase.CLOSING, what.NoWorkerFree): _conversation_ended,
    (Phase.CLOSING, api.LegArrived): _came_too_late,
    (Phase.CLOSING, api.LegEnded): _leg_ended,
    (Phase.CALLING, api.LegArrived): _leg_arrived,
    (Phase.TALKING, api.LegArrived): _leg_arrived,
}

LIVE: Mapping[type[Any], Handler] = {
    **searching.STEPS,
    **asking.STEPS,
    **talking.STEPS,
    **transferring.STEPS,
    **fetching.STEPS,
    **monitoring.STEPS,
    **warning.STEPS,
    **dictation.STEPS,
    **pausing.STEPS,
    **line_recording.STEPS,
    api.LegEnded: _leg_ended,
    api.OrderFailed: _order_failed,
    what.TimeUp: _time_up,
    what.RangTooLong: _rang_too_long,
    what.BoxStopped: _box_stopped,
}
"""What is dealt with alike in every phase in which a call is alive."""

ALWAYS: Mapping[type[Any], Handler] = {
    api.RecordingStarted: _recording_started,
    api.RecordingClosed: _recording_closed,
    api.ConversationEnded: _conversation_ended,
    api.ConversationLost: _conversation_lost,
    what.Vanished: _vanished,
}
