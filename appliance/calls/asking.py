"""The machine's steps while the box speaks with a caller and listens to their keys. Pure.

What a key means says `dialogue.py`; here that becomes what is played, what is waited for, and where the call goes on.
A key stops what is being heard. However somebody presses, a call hears no more than `MOST_HEARD` things so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appliance.calls import dialogue
from appliance.calls import happenings as what
from appliance.calls.call import Ender, Result
from appliance.calls.dialogue import END, Go, Hear, Move, Note, Stage, Stay
from appliance.calls.live_call import Action, LiveCall, Playing, SayNumber, Time, not_due, with_party
from appliance.calls.outcomes import Handler, Outcome, close, in_time, keep_callback
from appliance.calls.parties import Party, Room, moved
from appliance.calls.requests import Goal
from appliance.calls.searching import answered_by_box, callback_way, go_on, listener

MOST_HEARD = 60
LONGEST_PATH = 20
_SOON_S = 1


def _asked(call: LiveCall, asked: what.Asked, at_ms: int) -> Outcome:
    """The caller has come to a step of a menu."""
    if call.search is None:
        return call, ()
    goal = Goal("menu", asked.step)
    search = replace(call.search, goal=goal, waiting=False, deciding=False, missed=(), back=asked.unanswered)
    return _move(_listening(replace(call, search=search, menu_path=_path(call, asked))), dialogue.ask(asked), at_ms)


def _path(call: LiveCall, asked: what.Asked) -> tuple[str, ...]:
    """Return the way by which the caller came: where they have come back to, they are again."""
    if not asked.name or len(call.menu_path) >= LONGEST_PATH:
        return call.menu_path
    if asked.name in call.menu_path:
        return call.menu_path[: call.menu_path.index(asked.name) + 1]
    return (*call.menu_path, asked.name)


def _callback_asked(call: LiveCall, asked: what.CallbackAsked, at_ms: int) -> Outcome:
    """The caller is to say where they want to be called back. Whoever says no more is kept all the same."""
    if call.search is None:
        return call, ()
    call = replace(
        call,
        search=replace(call.search, waiting=False, deciding=False, missed=(), back=None),
        callback_pending=True,
        callback_way=callback_way(call),
        callback_group=call.callback_group or asked.group,
    )
    return _move(_listening(call), dialogue.offer(asked), at_ms)


def _listening(call: LiveCall) -> LiveCall:
    caller = listener(call)
    if caller is not None:
        call = with_party(call, moved(answered_by_box(caller), Room.NOWHERE))
    return not_due(call, Time.RING, Time.QUEUE, Time.SAY)


# ------------------------------------------------------------------------------------------------- what comes of it


def _move(call: LiveCall, move: Move, at_ms: int) -> Outcome:
    if isinstance(move, Stay):
        return call, ()
    if isinstance(move, Hear):
        return _hear(call, move, at_ms)
    if isinstance(move, Go):
        to, back = (move.to, move.back) if call.asked < MOST_HEARD else (END, None)
        return go_on(replace(call, asked=call.asked + 1), to, at_ms, back)
    return _noted(call, move, at_ms)


def _hear(call: LiveCall, hear: Hear, at_ms: int) -> Outcome:
    call = replace(call, dialogue=hear.after, to_hear=hear.files, key_seconds=hear.seconds, playing=None)
    say: tuple[Action, ...] = (SayNumber(hear.read),) if hear.read else ()
    return _next(not_due(call, Time.KEY), at_ms), say


def _next(call: LiveCall, at_ms: int) -> LiveCall:
    """Have the next file heard; after the last of them a key is waited for."""
    caller = listener(call)
    if not call.to_hear or caller is None or call.asked >= MOST_HEARD:
        waiting = replace(call, to_hear=(), playing=None)
        return in_time(waiting, Time.KEY, at_ms, call.key_seconds)
    file, *rest = call.to_hear
    playing = Playing(f"heard-{call.asked}", file, "", (caller.leg,), until_taken=True)
    return replace(call, playing=playing, to_hear=tuple(rest), asked=call.asked + 1)


def _noted(call: LiveCall, move: Move, at_ms: int) -> Outcome:
    """They have said where they want to be called back, or there is nobody to call: the last that they hear."""
    noting = call.dialogue.noting if call.dialogue is not None else None
    assert noting is not None  # noqa: S101 - only this dialogue ends so
    last = noting.thanks if isinstance(move, Note) else noting.sorry
    call = keep_callback(call, move)
    caller = listener(call)
    call = not_due(replace(call, dialogue=None, to_hear=(), search=None), Time.KEY)
    if caller is None or not last:
        result = Result.ANSWERED if call.answered_ms else Result.NO_ANSWER
        return close(call, at_ms, result, "", Ender.BOX, code=480, reason="called back later"), ()
    return replace(call, playing=Playing("callback", last, "", (caller.leg,), last=True)), ()


# --------------------------------------------------------------------------------------------- what the caller does


def key(call: LiveCall, party: Party, pressed: str, at_ms: int) -> Outcome:
    """A key was pressed: what is being said stops."""
    caller = listener(call)
    if call.dialogue is None or caller is None or party.leg != caller.leg:
        return call, ()
    return _move(call, dialogue.pressed(call.dialogue, pressed), at_ms)


def heard(call: LiveCall, at_ms: int) -> Outcome:
    """A file was heard to its end."""
    call = replace(call, playing=None)
    if not call.to_hear and not call.key_seconds and call.dialogue is not None:
        return _move(call, dialogue.late(call.dialogue), at_ms)
    return _next(call, at_ms), ()


def time_up(call: LiveCall, at_ms: int) -> Outcome:
    """No key came in time; a time that was set anew in the same moment is not over yet."""
    due_ms = next((due for time, due in call.due if time is Time.KEY), at_ms)
    call_ = not_due(call, Time.KEY)
    if call.dialogue is None:
        return call_, ()
    if at_ms < due_ms - _SOON_S * 1000:
        return call, ()
    return _move(call_, dialogue.late(call.dialogue), at_ms)


def _read_back(call: LiveCall, read: what.ReadBack, at_ms: int) -> Outcome:
    if call.dialogue is None or read.number not in ("", call.dialogue.number):
        return call, ()  # it was long in being spoken: they have keyed in another one
    return _move(call, dialogue.read_back(call.dialogue, read.file), at_ms)


def resume(call: LiveCall) -> tuple[Action, ...]:
    """Return what must be done again after a restart: a number may not have been spoken."""
    reading = call.dialogue is not None and call.dialogue.stage is Stage.READING
    return (SayNumber(call.dialogue.number),) if call.dialogue is not None and reading else ()


STEPS: dict[type[Any], Handler] = {
    what.Asked: _asked,
    what.CallbackAsked: _callback_asked,
    what.ReadBack: _read_back,
}
