"""Ring groups over the API. Knows the lines service."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from appliance.core.errors import NotFound
from appliance.lines.types import RingGroup
from web.api.line_shapes import GroupChange, GroupSent, OverflowSent
from web.api.lines import given
from web.api.operation import Asked
from web.api.shapes import Items


async def list_groups(asked: Asked) -> Items[RingGroup]:
    """List the ring groups."""
    return Items(tuple(asked.services.lines.snapshot().groups))


async def add_group(asked: Asked, body: GroupSent) -> RingGroup:
    """Add a ring group. Refused when it would overflow to nobody, or in a circle."""
    fields = structs.asdict(body)
    return await asked.services.lines.add_group(RingGroup(id="", **fields | {"overflow": body.overflow.plain()}))


async def change_group(asked: Asked, group: str, body: GroupChange) -> RingGroup:
    """Change a ring group; what is left out stays."""
    found = next((one for one in asked.services.lines.snapshot().groups if one.id == group), None)
    if found is None:
        raise NotFound("lines.no_such_group")
    fields = given(body)
    if isinstance(body.overflow, OverflowSent):
        fields["overflow"] = body.overflow.plain()
    return await asked.services.lines.change_group(replace(found, **fields))


async def remove_group(asked: Asked, group: str) -> None:
    """Remove a ring group. Refused for the first group, and while own numbers or other groups lead to it."""
    await asked.services.lines.remove_group(group)
