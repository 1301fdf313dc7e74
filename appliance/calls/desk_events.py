"""What a step of a call means for desks: who took an offer, who missed it, who left. Pure: two states, then events."""

from __future__ import annotations

from collections.abc import Iterator

from appliance.calls.events import CallbackWanted, CallerWarned, OfferMissed, OfferTaken, PartyLeft
from appliance.calls.live_call import LiveCall
from appliance.calls.parties import Errand, Party, Role
from appliance.calls.view import view

_REFUSED = (486, 600, 603)
_UNREACHABLE = (404, 408, 480)


def between(before: LiveCall, after: LiveCall, at_ms: int) -> tuple[object, ...]:
    """Return the events of the step from one state to the other."""
    wanted = (CallbackWanted(view(after)),) if after.wants_callback and not before.wants_callback else ()
    warned = tuple(CallerWarned(view(after), one) for one in after.warned[len(before.warned) :])
    return (*wanted, *warned, *_left(before, after, at_ms), *_taken(before, after), *_missed(before, after))


def _left(before: LiveCall, after: LiveCall, at_ms: int) -> Iterator[PartyLeft]:
    here = {party.leg for party in after.parties}
    for party in before.parties:
        if party.leg not in here and party.extension and party.role is not Role.MONITOR:
            yield PartyLeft(view(after), party.extension, _talked_ms(party, before, at_ms), at_ms)


def _talked_ms(party: Party, call: LiveCall, at_ms: int) -> int:
    if not party.is_up or not call.answered_ms:
        return 0
    return max(1, at_ms - max(party.up_ms, call.answered_ms))


def _taken(before: LiveCall, after: LiveCall) -> Iterator[OfferTaken]:
    for party in after.parties:
        was = before.party(party.leg)
        if was is not None and not was.is_up and party.is_up and party.extension and party.errand is Errand.OFFER:
            yield OfferTaken(view(after), party.extension)


def _missed(before: LiveCall, after: LiveCall) -> Iterator[OfferMissed]:
    search = after.search
    if search is None or not search.deciding or (before.search is not None and before.search == search):
        return
    for extension in search.missed:
        yield OfferMissed(view(after), extension, _why(search.code))


def _why(code: int) -> str:
    if code in _REFUSED:
        return "refused"
    return "unreachable" if code in _UNREACHABLE else "no_answer"
