"""Whose ringing calls an extension may take (pick-up, 당겨받기). Pure: facts in, answer out.

An extension picks up for its pick-up group, or for all groups that it is in: calls of those groups, and calls that
ring at somebody who is in one of them. An office may let everybody pick up everything.
"""

from __future__ import annotations

from collections.abc import Iterable

from appliance.calls.fetching import phones_of
from appliance.calls.live_call import LiveCall
from appliance.calls.outcomes import ringing_for
from appliance.calls.parties import Errand
from appliance.calls.ports import Directory

_RINGS = (Errand.OFFER, Errand.TRANSFER, Errand.RETURN)


def may_pick_up(call: LiveCall, extension: str, directory: Directory) -> bool:
    """Whether an extension may take what rings in a call."""
    if directory.rules.pickup_across_groups:
        return True
    mine = _groups(extension, directory)
    goal = call.search.goal if call.search is not None else None
    if goal is not None and goal.kind == "group" and goal.target in mine:
        return True
    return any(phone in directory.groups[group].phones for group in mine for phone in rings_in(call))


def to_pick_up(calls: Iterable[LiveCall], extension: str, directory: Directory, at: str = "") -> LiveCall | None:
    """Return the call that an extension takes by code: the one that rings longest, or rings `at` an extension."""
    fitting = (
        call
        for call in calls
        if (phones := rings_in(call))
        and extension not in phones
        and (not at or at in phones)
        and may_pick_up(call, extension, directory)
    )
    return min(fitting, key=lambda call: call.started_ms, default=None)


def rings_in(call: LiveCall) -> frozenset[str]:
    """Return the extensions whose phones ring for a call that others may take."""
    return frozenset(phone for party in ringing_for(call, *_RINGS) for phone in phones_of(party))


def _groups(extension: str, directory: Directory) -> frozenset[str]:
    phone = directory.phones.get(extension)
    if phone is not None and phone.pickup_group:
        return frozenset({phone.pickup_group} & directory.groups.keys())
    return frozenset(name for name, group in directory.groups.items() if extension in group.phones)
