"""The machine's steps for calls that somebody else takes: picked up, parked and fetched, answered by mouse, refused.

Pure. Labels that agents know: 당겨받기 (pick-up), 맡기기 (park).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appliance.calls import happenings as what
from appliance.calls import requests as asks
from appliance.calls.live_call import LiveCall, Phase, Time, due_at, letting_go, not_due, with_party
from appliance.calls.outcomes import (
    Handler,
    Outcome,
    called,
    in_time,
    may_call,
    mine,
    only_music,
    part_over,
    require,
    ringing_for,
    talk,
)
from appliance.calls.parties import Errand, Party, Reply, Role, Room
from appliance.calls.searching import again
from appliance.calls.transferring import come_back, look_for_anybody, party_of
from sip import api

_CANCELLED = 487
_TO_PICK_UP_MS = 15_000  # for a phone that does not answer by itself
_RINGS = (Errand.OFFER, Errand.TRANSFER, Errand.RETURN)  # what others may take as well


def rings_at(call: LiveCall, extension: str) -> Party | None:
    """Return the leg that rings an extension's phone, if it is one that this extension may take or refuse."""
    return next((p for p in ringing_for(call, *_RINGS, Errand.CONSULT) if extension in phones_of(p)), None)


def phones_of(party: Party) -> tuple[str, ...]:
    """Return the extensions that a leg calls, or has been known to ring."""
    targets = party.target.numbers if isinstance(party.target, api.Extensions) else ()
    return tuple(dict.fromkeys((*targets, *party.ringing, *((party.extension,) if party.extension else ()))))


# ------------------------------------------------------------------------------------------------ fetched by others


def _fetch_asked(call: LiveCall, ask: asks.FetchAsked, at_ms: int) -> Outcome:
    """Call the fetcher's phone so that it answers by itself, or expect its INVITE; what rings goes on until then."""
    require(call.place or ringing_for(call, *_RINGS), "call.cannot.nothing_to_fetch")
    require(call.desk(ask.extension) is None or call.place, "call.cannot.yours_already")
    require(not ringing_for(call, Errand.PICK_UP), "call.cannot.fetched_already")
    party = party_of(ask.to, Role.DESK, Errand.PICK_UP, Room.TALK, ask.extension)
    if ask.sip_call_id:
        party = replace(party, target=None, sip_call_id=ask.sip_call_id)
    may_call(call)
    call, _ = called(call, replace(party, answers_itself=not ask.sip_call_id), at_ms)
    return call, ()


def _answer_asked(call: LiveCall, ask: asks.AnswerAsked, at_ms: int) -> Outcome:
    """Let whatever rings be silent, and call the desk's own phone so that it answers by itself where it can.

    A phone is asked by a new INVITE: what else there is (NOTIFY with "talk") ends the ringing on phones that do not
    know it.
    """
    rings = rings_at(call, ask.extension)
    require(rings, "call.cannot.does_not_ring")
    assert rings is not None  # noqa: S101 - required above
    if rings.answers_itself:
        return call, ()
    call = letting_go(call, (rings.leg,), _CANCELLED, "answered from the panel")
    asked_by = rings.asked_by if rings.errand is Errand.CONSULT else ask.extension
    party = party_of(ask.to, rings.role, rings.errand, rings.room, asked_by)
    call, _ = called(call, replace(party, answers_itself=True), at_ms)
    times = [(time, max(due_ms, at_ms + _TO_PICK_UP_MS)) for time, due_ms in call.due if time in (Time.RING, Time.TAKE)]
    for time, due_ms in times:
        call = due_at(call, time, due_ms)
    return call, ()


def _refuse_asked(call: LiveCall, ask: asks.RefuseAsked, at_ms: int) -> Outcome:
    """Let the phone fall silent and look on; phones that rang with it ring again."""
    party = rings_at(call, ask.extension)
    require(party, "call.cannot.does_not_ring")
    assert party is not None  # noqa: S101 - required above
    others = tuple(phone for phone in phones_of(party) if phone != ask.extension)
    call = letting_go(call, (party.leg,), _CANCELLED, "call completed elsewhere")
    if others:
        again_ringing = replace(party, target=api.Extensions(others), ringing=(), extension="")
        call, _ = called(call, again_ringing, at_ms)
        return call, ()
    if party.errand is Errand.OFFER:
        return again(not_due(call, Time.RING), ask.extension)
    call = not_due(call, Time.TAKE)
    if party.errand is Errand.CONSULT:  # whoever asked is back with the others
        return talk(call, at_ms), ()
    return come_back(call, at_ms) if party.errand is Errand.TRANSFER else look_for_anybody(call, at_ms)


def arrived(call: LiveCall, fact: api.LegArrived, at_ms: int) -> Outcome:
    """The fetcher's INVITE is here: it is answered at once."""
    party = call.party(fact.leg)
    if party is None or not party.sip_call_id:
        return call, ()
    return with_party(call, replace(party, reply=Reply.ANSWERED, dialog=fact.sip_call_id)), ()


def _fetcher_left(call: LiveCall, left: what.FetcherLeft, at_ms: int) -> Outcome:
    """Whoever dialled the code did not wait. What rang goes on ringing."""
    legs = (p.leg for p in ringing_for(call, Errand.PICK_UP) if p.sip_call_id == left.sip_call_id)
    return letting_go(call, legs, _CANCELLED), ()


# ---------------------------------------------------------------------------------------------------------- parking


def _park_asked(call: LiveCall, ask: asks.ParkAsked, at_ms: int) -> Outcome:
    """Leave the call at a place. A phone's transfer key that led to the place has done its work with that."""
    desk = mine(call, ask.extension)
    led_here = [party for party in ringing_for(call, Errand.PHONE_TRANSFER) if party.asked_by == ask.extension]
    require(call.phase is Phase.TALKING and not call.having(Role.ASKED) and call.search is None, "call.cannot.park")
    require(len(call.talkers) > 1, "call.cannot.nobody_there")
    require(len(call.people) - len(led_here) == 2, "call.cannot.with_three")
    call = part_over(letting_go(call, (desk.leg,), 200, "call parked"), desk, at_ms)
    call = not_due(letting_go(call, (party.leg for party in led_here), _CANCELLED), Time.TAKE)
    call = replace(only_music(call), place=ask.place, held_by="", back_to=ask.extension)
    return in_time(call, Time.PARK, at_ms, ask.seconds), ()


def park_over(call: LiveCall, at_ms: int) -> Outcome:
    """Nobody has fetched it: whoever parked it is called."""
    return come_back(replace(not_due(call, Time.PARK), place=0), at_ms)


STEPS: dict[type[Any], Handler] = {
    asks.FetchAsked: _fetch_asked,
    asks.AnswerAsked: _answer_asked,
    asks.RefuseAsked: _refuse_asked,
    asks.ParkAsked: _park_asked,
    what.FetcherLeft: _fetcher_left,
}
