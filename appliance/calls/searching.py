"""The machine's steps while somebody is being found for the caller: phones ring, the caller waits, nobody comes. Pure.

Whom the search calls next is decided by `hunting.py` from how the desks are; the decisions come in as happenings.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appliance.calls import happenings as what
from appliance.calls.call import Direction, Ender, Result
from appliance.calls.causes import answer_for, result_of
from appliance.calls.live_call import (
    CALLER_LEG,
    Decide,
    LiveCall,
    Phase,
    Playing,
    SayPlace,
    Search,
    Time,
    due_at,
    letting_go,
    not_due,
    told_closed,
    with_party,
    without,
)
from appliance.calls.outcomes import (
    Handler,
    Outcome,
    called,
    close,
    in_time,
    part_of,
    part_over,
    ringing_for,
    talk,
    up,
)
from appliance.calls.parties import NOBODY, Errand, Party, Reply, Role, Room, moved
from appliance.calls.requests import Goal
from sip import api

RINGING = 180
_FIRST_WORD_S = 1
_CANCELLED = 487
_TWO = 2
_FOUND = (Errand.OFFER, Errand.RETURN, Errand.TRANSFER, Errand.PICK_UP, Errand.DIAL, Errand.PHONE_TRANSFER)


def searching(call: LiveCall, goal: Goal, at_ms: int, *, but: str = "") -> Outcome:
    """Begin a search for a goal, but not at one desk; the caller hears music if somebody has talked with them."""
    search = Search(goal, (but,) if but else (), since_ms=at_ms, deciding=True)
    return replace(call, search=search), (Decide(),)


def go_on(call: LiveCall, goal: Goal, at_ms: int, back: Goal | None = None) -> Outcome:
    """Look for somebody else, after a menu or because nobody was there; nobody: the caller goes on at `back`.

    They hear it ring, or music if they have talked with somebody.
    """
    listening = listener(call)
    if listening is not None:
        call = with_party(call, moved(listening, Room.MUSIC if call.answered_ms else Room.TALK))
    call = replace(call, dialogue=None, to_hear=(), playing=None, group=goal.target if goal.kind == "group" else "")
    if goal.kind == "callback":
        call = replace(call, callback_pending=True, callback_way=call.callback_way or "menu")
    call = not_due(call, Time.RING, Time.QUEUE, Time.SAY, Time.KEY)
    return replace(call, search=Search(goal, since_ms=at_ms, deciding=True, back=back)), (Decide(),)


def listener(call: LiveCall) -> Party | None:
    """Return whom the box speaks with: the far side, or whoever tries how that is."""
    far = [party for party in call.having(Role.FAR) if party.is_up or party.target is None]
    return far[0] if far else None


def again(call: LiveCall, *missed: str, code: int = 0, reason: str = "") -> Outcome:
    """Have the search say what comes next; `missed` are those who were called in vain, with what answer."""
    if call.search is None:
        return call, ()
    search = replace(call.search, deciding=True, missed=missed, code=code, reason=reason)
    return replace(call, search=search), (Decide(),)


# ------------------------------------------------------------------------------------------ what the search says


def _offered(call: LiveCall, offer: what.Offered, at_ms: int) -> Outcome:
    if call.search is None or ringing_for(call, Errand.OFFER):
        return call, ()
    search = replace(
        call.search, goal=offer.goal, tried=offer.tried, round=offer.round, hops=offer.hops, deciding=False, missed=()
    )
    party = Party(
        "",
        Role.FAR if call.arrived.own_phone and not call.arrived.test else Role.DESK,
        errand=Errand.OFFER,
        target=offer.target,
        shown=offer.shown,
        extension=offer.extension,
        number=offer.number,
        name=offer.name,
        outside=isinstance(offer.target, api.Outside),
    )
    call, _ = called(replace(call, search=search), party, at_ms)
    return in_time(call, Time.RING, at_ms, offer.seconds), ()


def _queued(call: LiveCall, queued: what.Queued, at_ms: int) -> Outcome:
    """Let the caller wait with music. The time they may wait runs from the first moment, whatever rings in between."""
    if call.search is None:
        return call, ()
    search = replace(call.search, goal=queued.goal, hops=queued.hops, waiting=True, deciding=False, missed=())
    call = replace(call, search=_waits(search, queued))
    if (caller := listener(call)) is not None:
        call = with_party(call, moved(answered_by_box(caller), Room.MUSIC))
    if not any(time is Time.QUEUE for time, _ in call.due):
        call = in_time(call, Time.QUEUE, at_ms, queued.seconds)
    if queued.say_every and not any(time is Time.SAY for time, _ in call.due):
        call = in_time(call, Time.SAY, at_ms, _FIRST_WORD_S)
    return call, ()


def _waits(search: Search, queued: what.Queued) -> Search:
    return replace(search, say_every=queued.say_every, callback=queued.callback, music=queued.music, asks=queued.asks)


def _announced(call: LiveCall, announced: what.Announced, at_ms: int) -> Outcome:
    """The last that a caller hears, when nobody is there."""
    if call.search is None:
        return call, ()
    caller = listener(call)
    if caller is None:
        return _nobody(call, what.NobodyLeft(), at_ms)
    call = with_party(call, moved(answered_by_box(caller), Room.NOWHERE))
    call = replace(call, search=None, playing=Playing("last", announced.file, announced.name, (caller.leg,), last=True))
    return not_due(call, Time.RING, Time.QUEUE, Time.SAY), ()


def _said(call: LiveCall, said: what.Said, at_ms: int) -> Outcome:
    if call.search is None or not call.search.waiting or call.playing is not None:
        return call, ()
    return replace(call, playing=Playing(f"said-{at_ms}", said.file, "", (CALLER_LEG,), until_taken=True)), ()


def _callback_noted(call: LiveCall, noted: what.CallbackNoted, at_ms: int) -> Outcome:
    """Nobody can take the call: the caller will be called back, and is told so if there is a way to tell them."""
    if call.search is None:  # somebody has taken it in the same moment
        return call, ()
    call = replace(
        call,
        search=None,
        wants_callback=not call.arrived.test,
        callback_group=noted.group,
        callback_way=callback_way(call),
        callback_pending=False,
    )
    caller = listener(call)
    if caller is None or not noted.file:
        result = Result.ANSWERED if call.answered_ms else Result.NO_ANSWER
        return close(call, at_ms, result, "", Ender.BOX, code=480, reason="called back later"), ()
    call = with_party(call, moved(answered_by_box(caller), Room.NOWHERE))
    call = replace(call, playing=Playing("callback", noted.file, "", (caller.leg,), last=True))
    return not_due(call, Time.RING, Time.QUEUE, Time.SAY), ()


def callback_way(call: LiveCall) -> str:
    """Return how it comes that somebody is to be called back, for whom nobody was found."""
    return call.callback_way or ("closed" if told_closed(call) else "menu" if call.menu_path else "overflow")


def answered_by_box(party: Party) -> Party:
    """Return whom the box speaks with, as one who was answered: a leg that came in may wait for that still."""
    return replace(party, reply=Reply.ANSWERED) if party.target is None and not party.is_up else party


def callback_wanted(call: LiveCall, at_ms: int) -> Outcome:
    """The caller would rather be called back than wait: that is noted, confirmed, and the call ends."""
    assert call.search is not None  # noqa: S101 - only those who wait can ask
    search, leg = call.search, (listener(call) or call.parties[0]).leg
    call = letting_go(call, (party.leg for party in ringing_for(call, Errand.OFFER)), _CANCELLED, "called back later")
    call = not_due(call, Time.RING, Time.QUEUE, Time.SAY)
    call = replace(call, callback_group=search.goal.target, callback_way="key")
    if search.asks:
        return go_on(replace(call, callback_pending=True), Goal("callback", ""), at_ms)
    playing = Playing("callback", search.callback, "", (leg,), last=True)
    return replace(call, wants_callback=not call.arrived.test, search=None, playing=playing), ()


def _nobody(call: LiveCall, nobody: what.NobodyLeft, at_ms: int) -> Outcome:
    """The search is over. What the last who was called answered is what the caller hears, if nothing else is known."""
    search = call.search
    if search is None:
        return call, ()
    if search.back is not None and call.talkers:
        return go_on(call, search.back, at_ms)
    if call.answered_ms:  # it was on its way from one to another
        return close(call, at_ms, Result.ANSWERED, nobody.cause or "call.cause.nobody_took_it_back", Ender.BOX), ()
    if search.code and not nobody.cause:
        result = result_of(search.code, rang=bool(call.ringing_ms))
        code, cause = answer_for(result, search.code), f"{search.code} {search.reason}".strip()
        return close(call, at_ms, result, cause, Ender.CALLED, code=code, reason=search.reason), ()
    result = result_of(480, nobody.cause) if nobody.cause else _no_answer(call)
    return close(call, at_ms, result, nobody.cause, Ender.BOX, code=480, reason="no answer"), ()


def _no_answer(call: LiveCall) -> Result:
    return Result.NO_ANSWER if call.ringing_ms else Result.UNREACHABLE


def _ring_over(call: LiveCall, at_ms: int) -> Outcome:
    """The step has rung long enough: let the phones go and look on; without a search the call ends."""
    offers = ringing_for(call, Errand.OFFER, Errand.DIAL, Errand.RETURN, Errand.OWN_PHONE)
    call = not_due(letting_go(call, (party.leg for party in offers), _CANCELLED, "no answer"), Time.RING)
    if any(party.errand is Errand.OWN_PHONE for party in offers):
        return close(call, at_ms, Result.CANCELLED, "call.cause.own_phone", Ender.CALLER), ()
    if call.search is not None:
        return again(call, *(_phones(offers)))
    return close(call, at_ms, _no_answer(call), code=480, reason="no answer"), ()


def _phones(parties: tuple[Party, ...]) -> tuple[str, ...]:
    rang = {phone for party in parties for phone in (*party.ringing, party.extension) if phone}
    return tuple(sorted(rang))


# ----------------------------------------------------------------------------------------------- what phones do


def arrived(call: LiveCall, fact: api.LegArrived, at_ms: int) -> Outcome:
    """The caller's INVITE has reached its worker, which has begun to call already."""
    call = replace(call, phase=Phase.CALLING, delivered=True)
    if (caller := call.party(fact.leg)) is not None:
        call = with_party(call, replace(caller, dialog=fact.sip_call_id))
    if call.search is not None and call.search.deciding:
        return call, (Decide(),)
    return in_time(call, Time.RING, at_ms, call.arrived.ring_seconds), ()


def progress(call: LiveCall, fact: api.LegProgress, at_ms: int) -> Outcome:
    """A phone rings, or a carrier's announcement comes: that is meant to be heard before the answer."""
    party = call.party(fact.leg)
    if party is None or party.is_up or fact.code < RINGING:  # 100 Trying says nothing of a phone
        return call, ()
    if fact.extension and fact.extension not in party.ringing:
        party = replace(party, ringing=(*party.ringing, fact.extension))
    party = replace(party, rings=True, early=party.early or (fact.early_media and party.outside))
    call = with_party(call, party)
    if party.errand in (Errand.OFFER, Errand.DIAL):
        call = replace(call, ringing=_with(call.ringing, fact.extension), ringing_ms=call.ringing_ms or at_ms)
    caller = call.party(CALLER_LEG)
    if not fact.early_media or caller is None or caller.reply is Reply.ANSWERED or party.room is not Room.TALK:
        return call, ()
    # A phone's own early sound is not passed on, and so its ringing is not either, unless it is ordered.
    return with_party(call, replace(caller, reply=Reply.EARLY if party.outside else Reply.RINGING)), ()


def _with(ringing: tuple[str, ...], extension: str) -> tuple[str, ...]:
    return ringing if not extension or extension in ringing else (*ringing, extension)


def answered(call: LiveCall, fact: api.LegAnswered, at_ms: int) -> Outcome:
    """A leg stands. What that means its errand says."""
    party = call.party(fact.leg)
    if party is None or party.up_ms:
        return call, ()
    call = up(call, fact, at_ms)
    return _ANSWERS[party.errand](call, fact, at_ms)


def _stands(call: LiveCall, fact: api.LegAnswered, at_ms: int) -> Outcome:
    return call, ()


def _found(call: LiveCall, fact: api.LegAnswered, at_ms: int) -> Outcome:
    """Somebody has taken the call: whoever else is still called for it is let go."""
    others = (party.leg for party in ringing_for(call, *_FOUND) if party.leg != fact.leg)
    call = letting_go(call, others, _CANCELLED, "answered elsewhere")
    call = talk(_without_the_giver(call, fact.leg, at_ms), at_ms)
    for party in call.people:
        if party.is_up or party.leg == CALLER_LEG:
            call = part_of(call, party, at_ms) if party.role is Role.DESK else call
    return call, ()


def _without_the_giver(call: LiveCall, leg: str, at_ms: int) -> LiveCall:
    """A phone that gave its call away by its own key is to hang up then (RFC 5589, section 6); some wait for us.

    Whoever has taken it is not left alone: of two legs of that phone one stays.
    """
    taker = call.party(leg)
    if taker is None or taker.errand is not Errand.PHONE_TRANSFER:
        return call
    for giver in call.having(Role.DESK):
        if giver.extension == taker.asked_by and giver.is_up and giver.leg != leg and len(call.talkers) > _TWO:
            call = part_over(letting_go(call, (giver.leg,), 200, "call given away"), giver, at_ms)
    return call


def _own_phone(call: LiveCall, fact: api.LegAnswered, at_ms: int) -> Outcome:
    """The agent has picked up: now the far side is called, or the box says what it wants to."""
    first = call.arrived
    if call.search is not None and (first.test or first.target == NOBODY):
        deciding = replace(call, phase=Phase.CALLING, search=replace(call.search, deciding=True))
        return not_due(deciding, Time.RING), (Decide(),)
    far = Party(
        "",
        Role.FAR,
        errand=Errand.OFFER if call.search is not None else Errand.DIAL,
        target=first.target,
        shown=first.shown,
        number="" if isinstance(first.target, api.Extensions) else first.called_number,
        extension=first.called_number if isinstance(first.target, api.Extensions) else "",
        outside=isinstance(first.target, api.Outside),
    )
    call, _ = called(call, far, at_ms)
    return in_time(replace(call, phase=Phase.CALLING), Time.RING, at_ms, first.ring_seconds), ()


def _asked(call: LiveCall, fact: api.LegAnswered, at_ms: int) -> Outcome:
    """Who is consulted has picked up."""
    return not_due(call, Time.TAKE), ()


_ANSWERS: dict[Errand, Handler] = {
    **dict.fromkeys(_FOUND, _found),
    Errand.NONE: _stands,
    Errand.OWN_PHONE: _own_phone,
    Errand.CONSULT: _asked,
    Errand.MONITOR: _stands,
}


# ----------------------------------------------------------------------------------------- legs that did not stand


def gave_up(call: LiveCall, at_ms: int) -> Outcome:
    """The caller did not wait for an answer."""
    gone = without(call, CALLER_LEG)
    gone = letting_go(gone, (party.leg for party in gone.parties), _CANCELLED, "caller gave up")
    return close(gone, at_ms, Result.CANCELLED, "", Ender.CALLER), ()


def _offer_missed(call: LiveCall, subject: tuple[Party, api.LegEnded], at_ms: int) -> Outcome:
    party, fact = subject
    if call.search is not None:
        return again(not_due(call, Time.RING), *_phones((party,)), code=fact.code, reason=fact.reason)
    return _dial_failed(call, subject, at_ms)


def _dial_failed(call: LiveCall, subject: tuple[Party, api.LegEnded], at_ms: int) -> Outcome:
    _, fact = subject
    result = result_of(fact.code, rang=bool(call.ringing_ms))
    cause = f"{fact.code} {fact.reason}".strip()
    call = letting_go(call, (p.leg for p in call.parties), answer_for(result, fact.code), fact.reason)
    return close(call, at_ms, result, cause, Ender.CALLED), ()


def _own_phone_missed(call: LiveCall, subject: tuple[Party, api.LegEnded], at_ms: int) -> Outcome:
    return close(call, at_ms, Result.CANCELLED, "call.cause.own_phone", Ender.CALLER), ()


NOT_TAKEN: dict[Errand, Handler] = {
    Errand.OFFER: _offer_missed,
    Errand.DIAL: _dial_failed,
    Errand.OWN_PHONE: _own_phone_missed,
}
"""What it means that a leg of this errand ended before it stood; handlers get the party and the fact."""

STEPS: dict[type[Any], Handler] = {
    what.Offered: _offered,
    what.Queued: _queued,
    what.Announced: _announced,
    what.CallbackNoted: _callback_noted,
    what.Said: _said,
    what.NobodyLeft: _nobody,
    api.LegProgress: progress,
    api.LegAnswered: answered,
}


def time_up(call: LiveCall, time: Time, at_ms: int) -> Outcome:
    """RING, QUEUE or SAY is over."""
    if time is Time.RING:
        return _ring_over(call, at_ms)
    if time is Time.QUEUE and call.search is not None:
        return again(not_due(replace(call, search=replace(call.search, waiting=False)), Time.QUEUE, Time.SAY))
    if time is Time.SAY and call.search is not None:
        return due_at(call, Time.SAY, at_ms + call.search.say_every * 1000), (SayPlace(),)
    return call, ()


def direction_role(direction: Direction) -> Role:
    """Return what whoever called in is: on a call out it is one of ours."""
    return Role.DESK if direction is Direction.OUT else Role.FAR
