"""The machine's steps in a talk: hold, mute, keys, announcements, and what becomes of it when somebody leaves. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appliance.calls import asking, dictation, warning
from appliance.calls import requests as asks
from appliance.calls.call import Ender, Result
from appliance.calls.live_call import (
    CALLER_LEG,
    LiveCall,
    Phase,
    Playing,
    Time,
    letting_go,
    not_due,
    with_party,
    without,
)
from appliance.calls.outcomes import (
    Handler,
    Outcome,
    close,
    in_time,
    mine,
    only_music,
    part_of,
    part_over,
    require,
    ringing_for,
    talk,
)
from appliance.calls.parties import Errand, Party, Role, Room
from appliance.calls.searching import callback_wanted
from sip import api

_CANCELLED = 487
RETURN_SECONDS = 25
_CALL_ME_BACK = "1"
_OWN = (Errand.NONE, Errand.OWN_PHONE, Errand.MONITOR)  # a leg that does not stand yet is ended by who caused it
_COMING = (Errand.TRANSFER, Errand.RETURN, Errand.PHONE_TRANSFER, Errand.OFFER, Errand.PICK_UP)


# -------------------------------------------------------------------------------------------------- somebody leaves


def left(call: LiveCall, party: Party, fact: api.LegEnded, at_ms: int) -> Outcome:
    """A leg that stood has ended."""
    call = part_over(without(call, party.leg), party, at_ms)
    if party.role is Role.MONITOR:
        return call, ()
    if call.terminating:
        return warning.left(call, party, at_ms), ()
    asked = next(iter(call.having(Role.ASKED)), None)
    if party.role is Role.ASKED:
        return talk(call, at_ms), ()
    if party.role is Role.DESK and asked is not None:
        return _desk_left_consulting(call, party, asked, at_ms), ()
    if len(call.talkers) >= 2:
        return _those_who_stay(call, asked, at_ms), ()
    if call.talkers and _somebody_comes(call):
        return _still_coming(call, party), ()
    return _over(call, party, fact, at_ms), ()


def _desk_left_consulting(call: LiveCall, desk: Party, asked: Party, at_ms: int) -> LiveCall:
    """Whoever hangs up while they ask a colleague has given the call away."""
    if asked.is_up:
        call = with_party(call, replace(asked, role=Role.DESK))
        return _took(call, asked.leg, at_ms)
    given = replace(asked, role=Role.DESK, errand=Errand.TRANSFER, room=Room.TALK)
    call = only_music(with_party(call, given), given.leg)
    return in_time(replace(call, back_to=desk.extension, held_by=""), Time.TAKE, at_ms, RETURN_SECONDS)


def _took(call: LiveCall, leg: str, at_ms: int) -> LiveCall:
    """Somebody who stands already has the call now."""
    call = talk(call, at_ms)
    party = call.party(leg)
    return part_of(call, party, at_ms) if party is not None else call


def _those_who_stay(call: LiveCall, asked: Party | None, at_ms: int) -> LiveCall:
    """The far side left a desk and whom it asked: they go on together."""
    if asked is not None:
        call = with_party(call, replace(asked, role=Role.FAR))
    return talk(call, at_ms)


def _somebody_comes(call: LiveCall) -> bool:
    """Whether the one who is left waits for somebody, and is not the one who wanted to give the call to them."""
    coming = ringing_for(call, *_COMING)
    givers = {party.asked_by for party in coming if party.errand is Errand.PHONE_TRANSFER}
    return bool(call.place or call.search is not None or coming) and call.talkers[0].extension not in givers - {""}


def _still_coming(call: LiveCall, party: Party) -> LiveCall:
    """One waits, and somebody is on the way: a phone's own transfer, or one from the panel."""
    call = only_music(call)
    return replace(call, back_to=call.back_to or party.extension, held_by="")


def _over(call: LiveCall, party: Party, fact: api.LegEnded, at_ms: int) -> LiveCall:
    first = party.leg == CALLER_LEG
    if (first and fact.code == _CANCELLED) or not call.answered_ms:  # gave up waiting, or as somebody answered
        return close(replace(call, answered_ms=0), at_ms, Result.CANCELLED, "", Ender.CALLER)
    cause = "" if fact.code in (0, 200) else f"{fact.code} {fact.reason}".strip()
    ender = Ender.CALLER if first else Ender.CALLED
    return close(call, at_ms, Result.ANSWERED, cause, ender if fact.by_far else Ender.BOX)


# ------------------------------------------------------------------------------------------------- hold and the like


def _held(call: LiveCall, fact: api.LegHeld, at_ms: int) -> Outcome:
    party = call.party(fact.leg)
    return (with_party(call, replace(party, far_hold=True)) if party is not None else call), ()


def _resumed(call: LiveCall, fact: api.LegResumed, at_ms: int) -> Outcome:
    party = call.party(fact.leg)
    return (with_party(call, replace(party, far_hold=False)) if party is not None else call), ()


def _digit(call: LiveCall, fact: api.DigitHeard, at_ms: int) -> Outcome:
    """Keys pressed on one side are meant for the others: a menu at the bank, a door opener."""
    if dictation.is_for(call):
        return dictation.key(call, fact, at_ms)
    party = call.party(fact.leg)
    if party is None or not party.hears:
        return call, ()
    if call.dialogue is not None:
        return asking.key(call, party, fact.digit, at_ms)
    if call.search is not None and call.search.waiting and call.search.callback and fact.digit == _CALL_ME_BACK:
        return callback_wanted(call, at_ms)
    return call, _digits_for_others(call, party, fact.digit)


def _digits_for_others(call: LiveCall, party: Party, digits: str) -> tuple[api.SendDigits, ...]:
    others = (other for other in call.people if other.leg != party.leg and other.hears and other.room is party.room)
    return tuple(api.SendDigits(other.leg, digits) for other in others)


def _hold_asked(call: LiveCall, ask: asks.HoldAsked, at_ms: int) -> Outcome:
    desk = mine(call, ask.extension)
    if call.held_by == ask.extension:
        return call, ()
    require(call.phase is Phase.TALKING and not call.held_by and not call.having(Role.ASKED), "call.cannot.hold")
    require(len(call.in_room(Room.TALK)) > 1, "call.cannot.hold")
    return replace(only_music(call, desk.leg), held_by=ask.extension), ()


def _retrieve_asked(call: LiveCall, ask: asks.RetrieveAsked, at_ms: int) -> Outcome:
    mine(call, ask.extension)
    if not call.held_by:
        return call, ()
    require(call.held_by == ask.extension, "call.cannot.not_yours")
    return talk(call, at_ms), ()


def _mute_asked(call: LiveCall, ask: asks.MuteAsked, at_ms: int) -> Outcome:
    return with_party(call, replace(mine(call, ask.extension), muted=ask.on)), ()


def _digits_asked(call: LiveCall, ask: asks.DigitsAsked, at_ms: int) -> Outcome:
    desk = mine(call, ask.extension)
    orders = _digits_for_others(call, desk, ask.digits)
    require(orders, "call.cannot.digits")
    return call, orders


# ----------------------------------------------------------------------------------------------------- announcements


def _play_asked(call: LiveCall, ask: asks.PlayAsked, at_ms: int) -> Outcome:
    desk = mine(call, ask.extension)
    require(call.playing is None, "call.cannot.plays_already")
    legs = tuple(party.leg for party in call.people if party.is_up and party.room is desk.room)
    require(len(legs) > 1, "call.cannot.nobody_there")
    return replace(call, playing=Playing(ask.play, ask.file, ask.name, legs)), ()


def _play_stop_asked(call: LiveCall, ask: asks.PlayStopAsked, at_ms: int) -> Outcome:
    mine(call, ask.extension)
    stays = call.playing is None or call.playing.last or call.dialogue is not None  # a dialogue goes on by its end
    return (call if stays else replace(call, playing=None)), ()


def play_ended(call: LiveCall, fact: api.PlayEnded, at_ms: int) -> Outcome:
    """What was played has ended; with the last of it the call does."""
    if dictation.is_for(call):
        return dictation.played(call, fact, at_ms)
    playing = call.playing
    if playing is None or playing.play != fact.play:
        return call, ()
    if call.dialogue is not None and not playing.last:
        return asking.heard(call, at_ms)
    call = replace(call, playing=None)
    if call.terminating:
        return warning.heard(call, at_ms), ()
    if playing.last:
        if (goal := call.arrived.goal) is not None and goal.kind == "tone":  # with the box itself, which was there
            return close(call, at_ms, Result.ANSWERED, "call.cause.code"), ()
        result = Result.ANSWERED if call.answered_ms else Result.NO_ANSWER
        return close(call, at_ms, result, "call.cause.announced"), ()
    return call, ()


# ------------------------------------------------------------------------------------------------------- hanging up


def _hang_up_asked(call: LiveCall, ask: asks.HangupAsked, at_ms: int) -> Outcome:
    """End one's own part, as if one's phone had hung up; or the whole call.

    What only rings at a desk is not its to end (`RefuseAsked`), and a talk is not a supervisor's who hears it.
    """
    party = call.desk(ask.extension) if ask.extension else None
    if ask.extension:
        mine_to_end = party is not None and (party.is_up or party.errand in _OWN)
        require(mine_to_end, "call.cannot.not_yours")
    if party is not None and party.role is Role.MONITOR:
        return letting_go(call, (party.leg,), 200 if party.is_up else _CANCELLED), ()
    if party is not None and party.is_up and (len(call.people) > 2 or call.place or call.terminating):
        call = letting_go(call, (party.leg,), 200)
        return left(call, party, api.LegEnded(party.leg, 200, by_far=False), at_ms)
    talked = call.phase is Phase.TALKING
    result = Result.ANSWERED if talked and call.answered_ms else Result.CANCELLED
    return close(call, at_ms, result, "call.cause.ended_from_panel", Ender.BOX, code=200 if talked else 480), ()


def time_up(call: LiveCall, time: Time, at_ms: int) -> Outcome:
    """Nothing of a plain talk has a time."""
    return not_due(call, time), ()


STEPS: dict[type[Any], Handler] = {
    api.LegHeld: _held,
    api.LegResumed: _resumed,
    api.DigitHeard: _digit,
    api.PlayEnded: play_ended,
    asks.HoldAsked: _hold_asked,
    asks.RetrieveAsked: _retrieve_asked,
    asks.MuteAsked: _mute_asked,
    asks.DigitsAsked: _digits_asked,
    asks.PlayAsked: _play_asked,
    asks.PlayStopAsked: _play_stop_asked,
    asks.HangupAsked: _hang_up_asked,
}
