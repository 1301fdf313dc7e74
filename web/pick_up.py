"""Which calls of others somebody may pick up from their desk, or listen to. Knows no page.

Parked calls are anybody's. A call that rings elsewhere is for those who are in a group with it, or with a phone that
it rings at; the office may allow all of them, an extension may be kept to one group.
"""

from __future__ import annotations

from appliance.access.permissions import allowed
from appliance.access.types import User
from appliance.calls.call import CallView
from appliance.services import Services
from web.call_words import Names, rings_at


def can_fetch(services: Services, extension: str, call: CallView) -> bool:
    """Say whether a desk may take a call now that is parked or rings elsewhere; "" is no desk."""
    can = bool(extension) and not services.calls.desk.cannot(extension, call.id, "fetch")
    return can and not rings_at(call, extension) and may_take(services, extension, call)


def can_watch(services: Services, user: User, extension: str, call: CallView) -> bool:
    """Say whether somebody may listen to a call now; they need a phone for it."""
    if not extension or not allowed(user, "calls.monitor"):
        return False
    return not services.calls.desk.cannot(extension, call.id, "monitor")


def may_fetch(services: Services, extension: str, call_id: str) -> bool:
    """Say whether a desk may pick up a call, as far as that is a matter of groups."""
    call = next((one for one in services.calls.live() if one.id == call_id), None)
    return call is None or may_take(services, extension, call)


def may_take(services: Services, extension: str, call: CallView) -> bool:
    """The same for a call that is at hand."""
    if call.place or bool(services.settings.get("calls.pickup_across_groups")):
        return True
    lines = services.lines.snapshot()
    only = next((one.pickup_group for one in lines.extensions if one.number == extension), "")
    ringing = {phone for party in call.parties for phone in party.rings_at}
    return any(
        extension in members and (group == call.group or ringing & members)
        for group, members in Names.of(lines).members.items()
        if only in ("", group)
    )
