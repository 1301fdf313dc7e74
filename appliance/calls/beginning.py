"""How a call begins: the first line of its timeline made into its first state. Pure."""

from __future__ import annotations

from appliance.calls import happenings as what
from appliance.calls import line_steps
from appliance.calls.call import Direction, Ender
from appliance.calls.causes import result_of
from appliance.calls.live_call import CALLED_LEG, CALLER_LEG, LiveCall, Phase, Search, Time, due_at, with_party
from appliance.calls.orders import orders
from appliance.calls.parties import NOBODY, Errand, Party, Role
from sip import api

OWN_PHONE_MS = 30_000  # for an agent to pick up what does not answer by itself


def begin(call_id: str, first: what.Arrived | what.TurnedAway, at_ms: int) -> LiveCall:
    """Return the call that the first line of a timeline makes."""
    if isinstance(first, what.TurnedAway):
        return LiveCall(
            call_id,
            first.arrived,
            at_ms,
            phase=Phase.OVER,
            extension=first.arrived.extension,
            ended_ms=at_ms,
            result=result_of(first.code, first.cause),
            cause=first.cause,
            ended_by=Ender.BOX,
        )
    if first.line:
        return line_steps.begun(call_id, first, at_ms)
    parties = (_own_phone(first, at_ms),) if first.own_phone else _caller_and_called(first, at_ms)
    made = sum(party.target is not None for party in parties)
    call = LiveCall(call_id, first, at_ms, extension=first.extension, made=made, search=_search(first, at_ms))
    call = with_party(call, *parties)
    return due_at(call, Time.RING, at_ms + OWN_PHONE_MS) if first.own_phone else call


def opening(call: LiveCall) -> tuple[api.Order, ...]:
    """Return what the voice does by itself when the caller's leg arrives: it follows from the call's first line."""
    return orders(None, call)


def _search(first: what.Arrived, at_ms: int) -> Search | None:
    if first.goal is None:
        return None
    return Search(
        first.goal,
        first.tried,
        first.round,
        first.hops,
        since_ms=at_ms,
        deciding=first.target == NOBODY and not first.own_phone,
    )


def _caller_and_called(first: what.Arrived, at_ms: int) -> tuple[Party, ...]:
    caller = _caller(first, at_ms)
    return (caller,) if first.target == NOBODY else (caller, _called(first, at_ms))


def _caller(first: what.Arrived, at_ms: int) -> Party:
    outside = first.direction == Direction.IN
    return Party(
        CALLER_LEG,
        Role.DESK if first.direction == Direction.OUT else Role.FAR,
        extension="" if outside else first.extension,
        number=first.caller_number if outside else "",
        name=first.caller_name,
        outside=outside,
        since_ms=at_ms,
    )


def _called(first: what.Arrived, at_ms: int) -> Party:
    out = isinstance(first.target, api.Outside)
    phones = first.target.numbers if isinstance(first.target, api.Extensions) else ()
    return Party(
        CALLED_LEG,
        Role.FAR if first.direction == Direction.OUT else Role.DESK,
        errand=Errand.DIAL if first.direction == Direction.OUT else Errand.OFFER,
        target=first.target,
        shown=first.shown,
        extension=phones[0] if len(phones) == 1 else "",
        number=(first.target_number or first.called_number) if out else "",
        outside=out,
        answers_itself=first.answers_itself,
        since_ms=at_ms,
    )


def _own_phone(first: what.Arrived, at_ms: int) -> Party:
    """The phone of whoever had the box place this call."""
    return Party(
        CALLED_LEG,
        Role.FAR if first.test else Role.DESK,  # who tries how it is to call is in the place of a caller
        errand=Errand.OWN_PHONE,
        target=api.Extensions((first.extension,)),
        shown=first.inside or first.shown,
        extension=first.extension,
        answers_itself=True,
        since_ms=at_ms,
    )
