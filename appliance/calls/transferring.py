"""The machine's steps when a call goes from one to another: given away, after asking, by a phone's own keys. Pure.

Labels that agents know: 돌려주기 (blind), 통화 후 돌려주기 (after asking), 3자통화 (three-way).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appliance.calls import happenings as what
from appliance.calls import requests as asks
from appliance.calls.call import Ender, Result
from appliance.calls.live_call import (
    LiveCall,
    Phase,
    Time,
    letting_go,
    not_due,
    with_party,
    without,
)
from appliance.calls.outcomes import (
    Handler,
    Outcome,
    called,
    close,
    in_time,
    may_call,
    mine,
    only_music,
    part_of,
    part_over,
    require,
    ringing_for,
    talk,
)
from appliance.calls.parties import Errand, Party, Role, Room, moved
from appliance.calls.searching import searching
from appliance.calls.talking import RETURN_SECONDS
from sip import api

_CANCELLED = 487
_TWO = 2
_TOLD = (Errand.TRANSFER, Errand.CONSULT)


def party_of(to: asks.Callee, role: Role, errand: Errand, room: Room, asked_by: str = "") -> Party:
    """Return the party that somebody the box can call becomes."""
    return Party(
        "",
        role,
        room,
        errand,
        target=to.target,
        shown=to.shown,
        extension=to.extension,
        number=to.number,
        name=to.name,
        outside=isinstance(to.target, api.Outside),
        asked_by=asked_by,
    )


def _may_go_on(call: LiveCall, extension: str) -> Party:
    desk = mine(call, extension)
    require(call.phase is Phase.TALKING and len(call.talkers) > 1, "call.cannot.nobody_there")
    require(_is_at_rest(call), "call.cannot.under_way")
    require(len(call.people) == _TWO or call.having(Role.ASKED), "call.cannot.with_three")
    return desk


def _is_at_rest(call: LiveCall) -> bool:
    return call.search is None and not ringing_for(call, *_TOLD, Errand.RETURN, Errand.PHONE_TRANSFER)


# ---------------------------------------------------------------------------------------------------- given away


def _give_asked(call: LiveCall, ask: asks.GiveAsked, at_ms: int) -> Outcome:
    """Let the desk go at once; the others hear music until somebody takes the call, or it comes back."""
    desk = _may_go_on(call, ask.extension)
    require(not call.having(Role.ASKED), "call.cannot.consulting")
    require(ask.to.extension != ask.extension, "call.cannot.yourself")
    call = part_over(letting_go(call, (desk.leg,), 200, "call given away"), desk, at_ms)
    call = replace(only_music(call), held_by="", back_to=ask.extension)
    if ask.goal is not None:
        return searching(call, ask.goal, at_ms, but=ask.extension)
    call, _ = called(call, party_of(ask.to, Role.DESK, Errand.TRANSFER, Room.TALK, ask.extension), at_ms)
    return in_time(call, Time.TAKE, at_ms, ask.seconds), ()


def _given_not_taken(call: LiveCall, subject: tuple[Party, api.LegEnded], at_ms: int) -> Outcome:
    """Bring the call back to who gave it."""
    return come_back(not_due(call, Time.TAKE), at_ms)


def come_back(call: LiveCall, at_ms: int) -> Outcome:
    """Call whoever gave the call away, or parked it."""
    if not call.talkers:
        return close(call, at_ms, Result.ANSWERED, "", Ender.BOX), ()
    if not call.back_to:
        return look_for_anybody(call, at_ms)
    back, call = call.back_to, replace(call, back_to="")
    party = Party(
        "",
        Role.DESK,
        errand=Errand.RETURN,
        target=api.Extensions((back,)),
        shown=call.far_identity,
        extension=back,
        name="",
        asked_by=back,
    )
    call, _ = called(call, party, at_ms)
    return in_time(call, Time.TAKE, at_ms, RETURN_SECONDS), ()


def look_for_anybody(call: LiveCall, at_ms: int) -> Outcome:
    """Nobody took it back either: whoever else may take calls of this kind is called. Nobody is left hanging."""
    goal = call.arrived.goal
    if goal is not None and goal.kind == "group":
        return searching(call, goal, at_ms)
    return close(call, at_ms, Result.ANSWERED, "call.cause.nobody_took_it_back", Ender.BOX), ()


def _returned_not_taken(call: LiveCall, subject: tuple[Party, api.LegEnded], at_ms: int) -> Outcome:
    return look_for_anybody(not_due(call, Time.TAKE), at_ms)


# -------------------------------------------------------------------------------------------------- after asking


def _consult_asked(call: LiveCall, ask: asks.ConsultAsked, at_ms: int) -> Outcome:
    desk = _may_go_on(call, ask.extension)
    require(not call.having(Role.ASKED), "call.cannot.consulting")
    require(ask.to.extension != ask.extension, "call.cannot.yourself")
    call = replace(only_music(call, desk.leg), held_by="")
    call = with_party(call, moved(desk, Room.ASIDE))
    may_call(call)
    call, _ = called(call, party_of(ask.to, Role.ASKED, Errand.CONSULT, Room.ASIDE, ask.extension), at_ms)
    return in_time(call, Time.TAKE, at_ms, ask.seconds), ()


def _consulting(call: LiveCall, extension: str) -> tuple[Party, Party]:
    """Return the desk and whom it asks. Raises CannotNow."""
    desk = mine(call, extension)
    asked = next(iter(call.having(Role.ASKED)), None)
    require(asked is not None and asked.asked_by == extension, "call.cannot.asked_nobody")
    assert asked is not None  # noqa: S101 - required above
    return desk, asked


def _consult_turned(call: LiveCall, ask: asks.ConsultTurned, at_ms: int) -> Outcome:
    """Talk with the one side while the other hears music."""
    desk, asked = _consulting(call, ask.extension)
    require(asked.is_up, "call.cannot.still_rings")
    if desk.room is Room.ASIDE:
        others = tuple(moved(party, Room.TALK) for party in call.in_room(Room.MUSIC))
        return with_party(call, moved(desk, Room.TALK), moved(asked, Room.MUSIC), *others), ()
    call = only_music(call, desk.leg, asked.leg)
    return with_party(call, moved(desk, Room.ASIDE), moved(asked, Room.ASIDE)), ()


def _consult_joined(call: LiveCall, ask: asks.ConsultJoined, at_ms: int) -> Outcome:
    """Have all of them in one talk. Whom was asked is one of them from now on."""
    _, asked = _consulting(call, ask.extension)
    require(asked.is_up, "call.cannot.still_rings")
    call = with_party(call, replace(asked, role=Role.DESK))
    call = talk(call, at_ms)
    joined = call.party(asked.leg)
    return (part_of(call, joined, at_ms) if joined is not None else call), ()


def _consult_done(call: LiveCall, ask: asks.ConsultDone, at_ms: int) -> Outcome:
    """Leave the call to whom was asked; one who does not answer yet goes on ringing, as if it had been given away."""
    desk, asked = _consulting(call, ask.extension)
    call = part_over(letting_go(call, (desk.leg,), 200, "call given away"), desk, at_ms)
    if not asked.is_up:
        given = replace(asked, role=Role.DESK, errand=Errand.TRANSFER, room=Room.TALK)
        call = only_music(with_party(call, given), given.leg)
        return in_time(replace(call, back_to=ask.extension), Time.TAKE, at_ms, RETURN_SECONDS), ()
    call = talk(with_party(call, replace(asked, role=Role.DESK)), at_ms)
    taker = call.party(asked.leg)
    return (part_of(call, taker, at_ms) if taker is not None else call), ()


def _consult_dropped(call: LiveCall, ask: asks.ConsultDropped, at_ms: int) -> Outcome:
    _, asked = _consulting(call, ask.extension)
    code = 200 if asked.is_up else _CANCELLED
    return talk(letting_go(call, (asked.leg,), code), at_ms), ()


def _asked_not_there(call: LiveCall, subject: tuple[Party, api.LegEnded], at_ms: int) -> Outcome:
    """Whom was asked does not answer: the desk is back with the others."""
    return talk(call, at_ms), ()


# --------------------------------------------------------------------------------------------- the phone's own keys


def _transfer_asked(call: LiveCall, fact: api.TransferAsked, at_ms: int) -> Outcome:
    """A phone gives its call away by REFER: the voice calls whom it names already; the others wait meanwhile."""
    desk = call.party(fact.leg)
    fits = desk is not None and desk.role is Role.DESK and len(call.people) == _TWO and _is_at_rest(call)
    if desk is None or not fits or call.phase is not Phase.TALKING or call.place:
        return call, (api.Hangup(fact.new_leg, _CANCELLED),)
    party = Party(
        fact.new_leg,
        Role.DESK,
        errand=Errand.PHONE_TRANSFER,
        target=None,
        name=fact.target,
        asked_by=desk.extension,
        since_ms=at_ms,
        dialog=fact.sip_call_id,
    )
    call = only_music(call, desk.leg)
    call = with_party(replace(call, held_by="", back_to=desk.extension), party)
    return in_time(call, Time.TAKE, at_ms, RETURN_SECONDS), ()


def _transfer_leads(call: LiveCall, leads: what.TransferLeads, at_ms: int) -> Outcome:
    """It is known who is being called."""
    party = call.party(leads.leg)
    require(party is not None and party.errand is Errand.PHONE_TRANSFER and not party.is_up, "call.cannot.over")
    assert party is not None  # noqa: S101 - required above
    return with_party(call, _become(party, leads.to)), ()


def _become(party: Party, somebody: asks.Callee) -> Party:
    outside = bool(somebody.number)
    return replace(party, extension=somebody.extension, number=somebody.number, name=somebody.name, outside=outside)


def _phone_transfer_failed(call: LiveCall, subject: tuple[Party, api.LegEnded], at_ms: int) -> Outcome:
    party, _ = subject
    return _back_at_the_phone(not_due(call, Time.TAKE), party, at_ms)


def _back_at_the_phone(call: LiveCall, party: Party, at_ms: int) -> Outcome:
    """The phone still has its call, or has hung up already: then it is called back."""
    if any(one.extension == party.asked_by and one.is_up for one in call.people):
        return talk(call, at_ms), ()
    return come_back(call, at_ms)


def _replaced(call: LiveCall, fact: api.LegReplaced, at_ms: int) -> Outcome:
    """Another leg stands where this one stood (RFC 3891): whoever was to come, or the same phone once more."""
    party = call.party(fact.leg)
    if party is None:
        return call, ()
    kept = replace(party, leg=fact.by, target=None, sip_call_id="", dialog=fact.sip_call_id, replacement=None)
    call = _hears_on(without(call, fact.leg), fact.leg, fact.by)
    if party.replacement is None:
        return with_party(call, kept), ()
    call = part_over(call, party, at_ms)
    kept = replace(_become(kept, party.replacement), up_ms=at_ms, far_hold=False, room=Room.TALK)
    return part_of(talk(with_party(call, kept), at_ms), kept, at_ms), ()


def _hears_on(call: LiveCall, leg: str, by: str) -> LiveCall:
    """What a leg was hearing, the one in its place goes on hearing."""
    if call.playing is None:
        return call
    legs = tuple(by if one == leg else one for one in call.playing.legs)
    return replace(call, playing=replace(call.playing, legs=legs))


def _joined(call: LiveCall, joined: what.Joined, at_ms: int) -> Outcome:
    """A phone is about to bring its two calls together: this one goes on as a part of the other."""
    party = call.party(joined.leg)
    require(party is not None and party.is_up and len(call.people) == _TWO, "call.cannot.under_way")
    assert party is not None  # noqa: S101 - required above
    return with_party(replace(call, joined_to=joined.call), replace(party, replacement=joined.to)), ()


# ------------------------------------------------------------------------------------------------------------ times


def take_over(call: LiveCall, at_ms: int) -> Outcome:
    """Whoever was to take the call, or was asked, has had time enough."""
    call = not_due(call, Time.TAKE)
    asked = ringing_for(call, Errand.CONSULT)
    if asked:
        return talk(letting_go(call, (asked[0].leg,), _CANCELLED, "no answer"), at_ms), ()
    given, back = ringing_for(call, Errand.TRANSFER, Errand.PHONE_TRANSFER), ringing_for(call, Errand.RETURN)
    call = letting_go(call, (party.leg for party in (*given, *back)), _CANCELLED, "no answer")
    if back:
        return look_for_anybody(call, at_ms)
    if not given:
        return call, ()
    by_phone = given[0].errand is Errand.PHONE_TRANSFER
    return _back_at_the_phone(call, given[0], at_ms) if by_phone else come_back(call, at_ms)


NOT_TAKEN: dict[Errand, Handler] = {
    Errand.TRANSFER: _given_not_taken,
    Errand.RETURN: _returned_not_taken,
    Errand.CONSULT: _asked_not_there,
    Errand.PHONE_TRANSFER: _phone_transfer_failed,
}

STEPS: dict[type[Any], Handler] = {
    asks.GiveAsked: _give_asked,
    asks.ConsultAsked: _consult_asked,
    asks.ConsultTurned: _consult_turned,
    asks.ConsultJoined: _consult_joined,
    asks.ConsultDone: _consult_done,
    asks.ConsultDropped: _consult_dropped,
    api.TransferAsked: _transfer_asked,
    api.LegReplaced: _replaced,
    what.TransferLeads: _transfer_leads,
    what.Joined: _joined,
}
