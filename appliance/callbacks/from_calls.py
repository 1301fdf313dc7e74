"""What a call means for callbacks: somebody is to be called back, was called in vain, or was talked with. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.callbacks.types import Ask, Talk, Try, Way
from appliance.calls.call import CallView, Direction, Result

_TURNED_AWAY = (Result.OPEN, Result.ANSWERED, Result.REFUSED, Result.MENU, Result.UNKNOWN)
_OWN_PHONE = "call.cause.own_phone"


@dataclass(frozen=True)
class Rules:
    """From which calls the office makes callbacks though nobody asked for one."""

    missed: bool = False
    abandoned: bool = False


def ask_of(call: CallView, at_ms: int, rules: Rules) -> Ask | None:
    """Return whom a call makes us call back, if anybody, and if there is a number to call."""
    way = _way(call, rules)
    number = call.callback_number or call.far_number
    if way is None or not number or call.joined_to or call.test:
        return None
    name = call.caller_name if number == call.caller_number else ""
    return Ask(
        call.id,
        number,
        name,
        call.group,
        way,
        at_ms,
        caller=call.far_number if number != call.far_number else "",
        menu=" → ".join(call.menu_path),
        sure=call.callback_sure,
    )


def _way(call: CallView, rules: Rules) -> Way | None:
    if call.wants_callback:
        return Way(call.callback_way) if call.callback_way in frozenset(Way) else Way.ASKED
    if call.direction is not Direction.IN or not call.ended_ms or call.answered_ms or call.result in _TURNED_AWAY:
        return None
    if call.result is Result.CANCELLED:
        return Way.ABANDONED if rules.abandoned else None
    return Way.MISSED if rules.missed else None


def talk_of(call: CallView) -> Talk | None:
    """Return the last talk of one of ours with the far side of a call that has ended, if there was one."""
    if not call.ended_ms or not call.answered_ms or not call.far_number:
        return None
    ours = [part for part in call.parts if part.extension]
    if ours:
        return Talk(call.id, call.far_number, ours[-1].extension, ours[-1].from_ms, call.ended_ms)
    if call.parts or not call.extension:  # it was sent on outside
        return None
    return Talk(call.id, call.far_number, call.extension, call.answered_ms, call.ended_ms)


def calls_out(call: CallView) -> bool:
    """Say whether one of ours calls a number outside."""
    return call.direction is Direction.OUT and bool(call.far_number) and bool(call.extension)


def try_of(call: CallView) -> Try | None:
    """Return the call out without an answer that a call was, if it was one: the far side must have been called."""
    if not calls_out(call) or not call.ended_ms or call.answered_ms or call.result in _TURNED_AWAY:
        return None
    given_up = call.result is Result.CANCELLED and not call.ringing_ms
    if call.cause == _OWN_PHONE or given_up:
        return None
    return Try(call.id, call.far_number, call.extension, call.started_ms, call.ended_ms)
