"""The machine's steps of a call in which somebody speaks an announcement for the box to keep. Pure.

One phone and the box: it says what to do, a tone sounds, somebody speaks up to the key #, hears what the box has made
of it, and keeps it (1), speaks again (2) or drops it (3). Nothing changes before 1 was pressed. How sound becomes an
announcement is not known here: whoever does that tells `DictationPrepared` and `DictationKept`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from appliance.calls.call import Direction, Ender, Result
from appliance.calls.happenings import Arrived, DictationBegun, DictationKept, DictationPrepared
from appliance.calls.live_call import Dictate, Dictation, DictationStep, LiveCall, Playing, Time, not_due, with_party
from appliance.calls.outcomes import Handler, Outcome, close, in_time, require
from appliance.calls.parties import Reply, Room, moved
from appliance.calls.requests import Goal, HangupAsked
from sip import api

GOAL = "dictation"
LONGEST_S = 300  # of speaking; what was said by then is prepared
ASKED_AGAIN_AFTER_S = 12
ASKED_AT_MOST = 3
_KEEP, _AGAIN, _DROP = "1", "2", "3"
_DONE_KEYS = frozenset("#*")
KEPT, DROPPED, LEFT = "call.cause.dictated", "call.cause.dictation_dropped", "call.cause.dictation_left"


class Said(StrEnum):
    """What the box plays in such a call; each is a file of `DictationSounds`."""

    BEGIN = "begin"
    TONE = "tone"
    ASK = "ask"
    NOTHING = "nothing"
    KEPT = "kept"
    DROPPED = "dropped"
    FAILED = "failed"


@dataclass(frozen=True)
class _After:
    """What follows the end of something that was played."""

    step: DictationStep
    said: Said | None


_WHEN_PLAYED: Mapping[DictationStep, _After] = {
    DictationStep.INVITING: _After(DictationStep.TONE, Said.TONE),
    DictationStep.TONE: _After(DictationStep.SPEAKING, None),
    DictationStep.REVIEWING: _After(DictationStep.CHOOSING, Said.ASK),
}


def is_for(call: LiveCall) -> bool:
    """Whether a call is there to speak an announcement."""
    return call.arrived.goal is not None and call.arrived.goal.kind == GOAL


def of(call: LiveCall) -> str:
    """Return which announcement is spoken in a call."""
    goal = call.arrived.goal
    return goal.target if goal is not None and goal.kind == GOAL else ""


def stands_at(call: LiveCall) -> str:
    """Return where somebody is who speaks, for screens: a step, or what has become of it; "" in other calls."""
    if not is_for(call):
        return ""
    if call.ended_ms:
        return "kept" if call.cause == KEPT else "dropped"
    return call.dictation.step.value if call.dictation is not None else "ringing"


def arrived(extension: str, name: str, announcement: str, code: str, by: str) -> Arrived:
    """Return the first line of such a call that the box places to a phone, which displays `code`."""
    return Arrived(
        direction=Direction.INTERNAL,
        caller_number=extension,
        caller_name=name,
        presentation="shown",
        called_number=code,
        trunk="",
        number="",
        group="",
        extension=extension,
        target=api.Extensions(()),
        shown=api.Identity(code),
        ring_seconds=0,
        goal=Goal(GOAL, announcement),
        own_phone=True,
        by=by,
    )


def must_fit(happening: object) -> None:
    """Raise CannotNow for what makes no sense in such a call: there is nobody but the box."""
    require(isinstance(happening, HangupAsked), "call.cannot.dictating")


def begun(call: LiveCall, begun: DictationBegun, at_ms: int) -> Outcome:
    """The phone is there, and what is to be played to it is known: begin."""
    if call.dictation is not None or not call.parties:
        return call, ()
    (party, *_) = call.parties
    if party.target is None:
        party = replace(party, reply=Reply.ANSWERED)
    call = with_party(replace(call, search=None), moved(party, Room.NOWHERE))
    call = replace(not_due(call, Time.RING), dictation=Dictation(begun.sounds, party.leg))
    return _say(call, DictationStep.INVITING, Said.BEGIN), ()


def played(call: LiveCall, fact: api.PlayEnded, at_ms: int) -> Outcome:
    """What was played is over; with the last words the call is, too."""
    here, playing = call.dictation, call.playing
    if here is None or playing is None or playing.play != fact.play:
        return call, ()
    call = replace(call, playing=None)
    if here.step is DictationStep.DONE:
        return _over(call, here, at_ms), ()
    if here.step is DictationStep.CHOOSING:
        return in_time(call, Time.DICTATE, at_ms, ASKED_AGAIN_AFTER_S), ()
    after = _WHEN_PLAYED.get(here.step)
    if after is None:
        return call, ()
    if after.said is not None:
        return _say(call, after.step, after.said), ()
    speaking = replace(here, step=after.step, take=here.take + 1, file="", started_ms=0, ended_ms=0)
    return in_time(replace(call, dictation=speaking), Time.DICTATE, at_ms, LONGEST_S), ()


def key(call: LiveCall, fact: api.DigitHeard, at_ms: int) -> Outcome:
    """A key was pressed; one that means nothing now is nothing."""
    here = call.dictation
    if here is None or fact.leg != here.leg:
        return call, ()
    if here.step is DictationStep.SPEAKING and fact.digit in _DONE_KEYS and here.file:  # else nothing was said yet
        return _spoken(call, here, at_ms), ()
    if here.step in (DictationStep.REVIEWING, DictationStep.CHOOSING):
        return _chosen(call, here, fact.digit, at_ms)
    return call, ()


def _spoken(call: LiveCall, here: Dictation, at_ms: int) -> LiveCall:
    """Somebody has finished speaking: the recording ends, and is prepared when its file is complete."""
    ended = replace(here, step=DictationStep.PREPARING, ended_ms=at_ms)
    return replace(not_due(call, Time.DICTATE), dictation=ended)


def _chosen(call: LiveCall, here: Dictation, digit: str, at_ms: int) -> Outcome:
    if digit not in (_KEEP, _AGAIN, _DROP):
        return call, ()
    call = replace(not_due(call, Time.DICTATE), playing=None)
    if digit == _KEEP:
        return replace(call, dictation=replace(here, step=DictationStep.KEEPING)), (Dictate(),)
    if digit == _AGAIN:
        return _say(call, DictationStep.TONE, Said.TONE), ()
    return _say(call, DictationStep.DONE, Said.DROPPED), ()


def file_begun(call: LiveCall, fact: api.RecordingStarted) -> LiveCall:
    """The voice writes what is spoken to this file."""
    here = call.dictation
    if here is None or fact.leg != here.leg or here.step is not DictationStep.SPEAKING:
        return call
    return replace(call, dictation=replace(here, file=fact.file, started_ms=fact.started_ms))


def file_complete(call: LiveCall, fact: api.RecordingClosed) -> Outcome:
    """The file can be read: have the announcement made of it."""
    here = call.dictation
    if here is None or fact.file != here.file or here.step is not DictationStep.PREPARING:
        return call, ()
    return replace(call, dictation=replace(here, complete=True)), (Dictate(),)


def prepared(call: LiveCall, prepared: DictationPrepared, at_ms: int) -> Outcome:
    """Let them hear what was made of it, or speak again when nothing was heard."""
    here = call.dictation
    if here is None or here.step is not DictationStep.PREPARING or prepared.take != here.take:
        return call, ()
    call = replace(call, dictation=replace(here, complete=False))
    if not prepared.file:
        return _say(call, DictationStep.INVITING, Said.NOTHING), ()
    return _play(call, DictationStep.REVIEWING, prepared.file), ()


def kept(call: LiveCall, kept: DictationKept, at_ms: int) -> Outcome:
    """It is stored, or could not be."""
    here = call.dictation
    if here is None or here.step is not DictationStep.KEEPING:
        return call, ()
    call = replace(call, dictation=replace(here, kept=kept.well))
    return _say(call, DictationStep.DONE, Said.KEPT if kept.well else Said.FAILED), ()


def time_up(call: LiveCall, at_ms: int) -> Outcome:
    """They have spoken for too long, or say nothing of what they heard: then it is dropped in the end."""
    here = call.dictation
    call = not_due(call, Time.DICTATE)
    if here is None:
        return call, ()
    if here.step is DictationStep.SPEAKING:
        return (_spoken(call, here, at_ms) if here.file else _say(call, DictationStep.INVITING, Said.NOTHING)), ()
    if here.step is not DictationStep.CHOOSING:
        return call, ()
    call = replace(call, dictation=replace(here, asked=here.asked + 1))
    if here.asked + 1 >= ASKED_AT_MOST:
        return _say(call, DictationStep.DONE, Said.DROPPED), ()
    return _say(call, DictationStep.CHOOSING, Said.ASK), ()


def not_recorded(call: LiveCall) -> Outcome:
    """The voice could not write a file: say so, and end."""
    return (_say(call, DictationStep.DONE, Said.FAILED) if call.dictation is not None else call), ()


def left(call: LiveCall, at_ms: int) -> Outcome:
    """They have hung up. What was kept stays, anything else is gone."""
    here = call.dictation
    cause = KEPT if here is not None and here.kept else LEFT
    if here is not None and here.step is DictationStep.KEEPING:
        cause = KEPT
    return close(call, at_ms, Result.ANSWERED, cause, Ender.CALLER), ()


def _over(call: LiveCall, here: Dictation, at_ms: int) -> LiveCall:
    return close(call, at_ms, Result.ANSWERED, KEPT if here.kept else DROPPED)


def _say(call: LiveCall, step: DictationStep, said: Said) -> LiveCall:
    here = call.dictation
    file = getattr(here.sounds, said.value) if here is not None else ""
    return _play(call, step, file)


def _play(call: LiveCall, step: DictationStep, file: str) -> LiveCall:
    """Play a file as the part of a step. Each play has a name of its own: the voice plays none twice."""
    here = call.dictation
    assert here is not None  # noqa: S101 - whoever plays in it has looked
    here = replace(here, step=step, plays=here.plays + 1)
    playing = Playing(f"dictation-{here.plays}", file, "", (here.leg,))
    return replace(call, dictation=here, playing=playing)


STEPS: dict[type[Any], Handler] = {DictationBegun: begun, DictationPrepared: prepared, DictationKept: kept}
