"""What every step of the call machine is made of: its answer, its refusal, and the moves they share. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from appliance.calls.call import Ender, Result
from appliance.calls.causes import cause_of
from appliance.calls.dialogue import Move, Nobody, Note, left_with
from appliance.calls.live_call import (
    CALLER_LEG,
    Action,
    LiveCall,
    Phase,
    Time,
    due_at,
    letting_go,
    next_leg,
    not_due,
    told_closed,
    with_party,
)
from appliance.calls.parties import Errand, Part, Party, Reply, Role, Room, moved
from sip.api import MOST_LEGS, LegAnswered

Outcome: TypeAlias = tuple[LiveCall, tuple[Action, ...]]
"""The call afterwards, and what is to be done beside the orders that follow from it."""

Handler: TypeAlias = Callable[[LiveCall, Any, int], Outcome]


class CannotNow(Exception):
    """A request that does not fit the call as it is; `key` is a catalogue text that says why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def require(fits: object, key: str) -> None:
    """Raise CannotNow unless something holds."""
    if not fits:
        raise CannotNow(key)


def close(
    call: LiveCall,
    at_ms: int,
    result: Result,
    cause: str = "",
    ended_by: Ender = Ender.BOX,
    *,
    code: int = 200,
    reason: str = "",
) -> LiveCall:
    """Return `call` with everything on its way out; legs that do not stand get `code` or are cancelled."""
    call = keep_callback(call, left_with(call.dialogue) if call.dialogue is not None else _own_number(call))
    result, cause = _named(call, result, cause)
    if call.terminating:  # whatever came first: the office has ended this call
        result = Result.TERMINATED
    if call.blocked:
        result, cause = Result.BLOCKED, "call.cause.blocked"
    ended = letting_go(call, (party.leg for party in call.parties), code, reason)
    return replace(
        ended,
        phase=Phase.CLOSING,
        ended_ms=at_ms,
        result=result,
        cause=cause,
        ended_by=ended_by,
        search=None,
        playing=None,
        dictation=None,
        dialogue=None,
        to_hear=(),
        due=(),
        place=0,
        held_by="",
        parts=_parts_ended(call.parts, at_ms),
    )


def keep_callback(call: LiveCall, move: Move) -> LiveCall:
    """Return `call` with what has come of asking the caller where they want to be called back; once and for all."""
    if not call.callback_pending:
        return call
    call = replace(call, callback_pending=False)
    if not isinstance(move, Note) or call.arrived.test:
        return call
    return replace(call, wants_callback=True, callback_number=move.number, callback_sure=move.sure)


def _own_number(call: LiveCall) -> Move:
    """The call ends before they were asked."""
    return Note("", sure=False) if call.arrived.caller_number else Nobody()


_NOBODY_SPOKE = (Result.CANCELLED, Result.NO_ANSWER, Result.UNREACHABLE, Result.AFTER_HOURS)


def _named(call: LiveCall, result: Result, cause: str) -> tuple[Result, str]:
    """Name a call in which nobody spoke for what it was: a callback, or one that came while the office was closed."""
    if result not in _NOBODY_SPOKE:
        return result, cause
    if (closed := call.arrived.closed) is not None and told_closed(call):
        result, cause = Result.AFTER_HOURS, cause_of(closed)
    return (Result.CALLBACK if call.wants_callback else result), cause


def may_call(call: LiveCall) -> None:
    """Raise CannotNow when somebody asks for one more party than a talk has room for."""
    require(len(call.parties) < MOST_LEGS, "call.cannot.too_many")


def called(call: LiveCall, party: Party, at_ms: int) -> tuple[LiveCall, Party]:
    """Return `call` with another leg that the box calls; its name is given here."""
    call, leg = next_leg(call)
    party = replace(party, leg=leg, since_ms=at_ms)
    return with_party(call, party), party


def up(call: LiveCall, fact: LegAnswered, at_ms: int) -> LiveCall:
    """Return `call` with a leg that stands now."""
    party = call.party(fact.leg)
    if party is None:
        return call
    extension, dialog = fact.extension or party.extension, fact.sip_call_id or party.dialog
    return with_party(call, replace(party, up_ms=at_ms, early=False, extension=extension, dialog=dialog))


def talk(call: LiveCall, at_ms: int) -> LiveCall:
    """Return `call` with all its people in one room, and the caller answered: somebody has taken it."""
    people = tuple(moved(party, Room.TALK) for party in call.people)
    call = with_party(call, *people)
    if (caller := call.party(CALLER_LEG)) is not None and caller.reply is not Reply.ANSWERED and caller.target is None:
        call = with_party(call, replace(caller, reply=Reply.ANSWERED))
    call = not_due(call, Time.RING, Time.QUEUE, Time.SAY, Time.TAKE, Time.PARK, Time.KEY)
    if call.playing is not None and call.playing.until_taken:
        call = replace(call, playing=None)
    return replace(
        call,
        phase=Phase.TALKING,
        answered_ms=call.answered_ms or at_ms,
        ringing_ms=call.ringing_ms or at_ms,
        search=None,
        dialogue=None,
        to_hear=(),
        callback_pending=False,
        held_by="",
        place=0,
        back_to="",
    )


def part_of(call: LiveCall, party: Party, at_ms: int) -> LiveCall:
    """Return `call` with the beginning of somebody's talk with the far side noted."""
    if party.role is Role.FAR or any(not p.to_ms and _is_of(p, party) for p in call.parts):
        return call
    part = Part(party.extension, party.number, at_ms)
    return replace(call, parts=(*call.parts, part), extension=party.extension or call.extension)


def part_over(call: LiveCall, party: Party, at_ms: int) -> LiveCall:
    """Return `call` with the end of somebody's talk noted."""
    parts = tuple(replace(p, to_ms=at_ms) if not p.to_ms and _is_of(p, party) else p for p in call.parts)
    return replace(call, parts=parts)


def _is_of(part: Part, party: Party) -> bool:
    return (part.extension, part.number) == (party.extension, party.number)


def _parts_ended(parts: tuple[Part, ...], at_ms: int) -> tuple[Part, ...]:
    return tuple(part if part.to_ms else replace(part, to_ms=at_ms) for part in parts)


def only_music(call: LiveCall, *but: str) -> LiveCall:
    """Return `call` with everybody in the talk hearing music, except these legs."""
    return with_party(call, *(moved(p, Room.MUSIC) for p in call.people if p.leg not in but and p.is_up))


def in_time(call: LiveCall, time: Time, at_ms: int, seconds: int) -> LiveCall:
    """Return `call` with a time that is over in so many seconds."""
    return due_at(call, time, at_ms + seconds * 1000)


def mine(call: LiveCall, extension: str, *, talking: bool = True) -> Party:
    """Return a desk's own party. Raises CannotNow when it is not in the talk (or not even called).

    A supervisor who listens has no say in the talk.
    """
    party = call.desk(extension)
    require(party is None or party.role is not Role.MONITOR, "call.cannot.not_yours")
    require(party is not None and (party.is_up or not talking), "call.cannot.not_yours")
    assert party is not None  # noqa: S101 - required above
    return party


def ringing_for(call: LiveCall, *errands: Errand) -> tuple[Party, ...]:
    """Return the legs that are being called for one of these."""
    return tuple(party for party in call.parties if party.errand in errands and not party.is_up)
