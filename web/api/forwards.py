"""Forwards over the API: of any extension or own number for whoever manages lines, of one's own phone for everybody."""

from __future__ import annotations

from appliance.calls.ports import Forward, Schedule
from appliance.core.errors import NotAllowed, NotFound
from appliance.lines.types import KeptForward, forward_id
from web.api.line_shapes import ForwardSeen, ForwardSent, ForwardsWanted, ForwardSwitch, Hours
from web.api.operation import Asked
from web.api.shapes import Items


async def list_forwards(asked: Asked, query: ForwardsWanted) -> Items[ForwardSeen]:
    """List the forwards of all extensions and own numbers, or of one."""
    if query.owner:
        return await _listed(asked, query.owner)
    everything = asked.services.lines.snapshot().forwards
    return Items(tuple(_seen(owner, kept) for owner, theirs in everything.items() for kept in theirs))


async def set_forward(asked: Asked, owner: str, body: ForwardSent) -> ForwardSeen:
    """Send calls of an extension or an own number (stored form) on. Refused when that would go in a circle."""
    return await _set(asked, owner, body)


async def switch_forward(asked: Asked, owner: str, forward: str, body: ForwardSwitch) -> ForwardSeen:
    """Switch a forward on or off. Off it keeps its target."""
    return await _switch(asked, owner, forward, body)


async def remove_forward(asked: Asked, owner: str, forward: str) -> None:
    """Remove a forward."""
    await asked.services.lines.remove_forward(owner, forward)


async def list_own_forwards(asked: Asked) -> Items[ForwardSeen]:
    """List the forwards of one's own extension."""
    return await _listed(asked, _own(asked))


async def set_own_forward(asked: Asked, body: ForwardSent) -> ForwardSeen:
    """Send the calls of one's own extension on."""
    return await _set(asked, _own(asked), body)


async def switch_own_forward(asked: Asked, forward: str, body: ForwardSwitch) -> ForwardSeen:
    """Switch a forward of one's own extension on or off."""
    return await _switch(asked, _own(asked), forward, body)


async def remove_own_forward(asked: Asked, forward: str) -> None:
    """Remove a forward of one's own extension."""
    await asked.services.lines.remove_forward(_own(asked), forward)


def _own(asked: Asked) -> str:
    if not asked.asker.extension:
        raise NotAllowed("api.no_extension")
    return asked.asker.extension


async def _listed(asked: Asked, owner: str) -> Items[ForwardSeen]:
    return Items(tuple(_seen(owner, kept) for kept in await asked.services.lines.forwards(owner)))


async def _set(asked: Asked, owner: str, body: ForwardSent) -> ForwardSeen:
    hours = body.schedule
    schedule = Schedule(frozenset(hours.weekdays), hours.from_minute, hours.to_minute) if hours else None
    forward = Forward(body.when, body.target, body.after_seconds, schedule)
    return _one(
        owner, await asked.services.lines.set_forward(owner, forward, enabled=body.enabled), forward_id(forward)
    )


async def _switch(asked: Asked, owner: str, forward: str, body: ForwardSwitch) -> ForwardSeen:
    return _one(owner, await asked.services.lines.switch_forward(owner, forward, body.enabled), forward)


def _one(owner: str, theirs: tuple[KeptForward, ...], wanted: str) -> ForwardSeen:
    for kept in theirs:
        if kept.id == wanted:
            return _seen(owner, kept)
    raise NotFound("lines.no_such_forward")  # somebody else was quicker, and has removed it


def _seen(owner: str, kept: KeptForward) -> ForwardSeen:
    forward, hours = kept.forward, kept.forward.schedule
    seen = (
        Hours(weekdays=tuple(sorted(hours.weekdays)), from_minute=hours.from_minute, to_minute=hours.to_minute)
        if hours
        else None
    )
    return ForwardSeen(owner, kept.id, forward.when, forward.target, forward.after_seconds, seen, kept.enabled)
