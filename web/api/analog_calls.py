"""Calls on analog lines over the API: on which lines a desk can dial, who has a call there, and the trial device."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from appliance.core.errors import NotAllowed
from web.api.desk import at_desk
from web.api.desk_shapes import AtDesk
from web.api.operation import Asked
from web.api.shapes import Items, Request
from web.dial_ways import ways_out

_OTHERS = "calls.for_others"

LineId = Annotated[int, Meta(ge=-9, le=2**53)]  # the trial device's lines are below 0


class WayOut(Struct, frozen=True):
    """A line on which numbers can be dialled; `usual`: it is taken where no line is named."""

    line: LineId
    name: str
    usual: bool


class LineTakenSent(AtDesk, frozen=True, kw_only=True):
    """Which desk has the call. `instead`: also when another was said to have it (needs calls.for_others)."""

    instead: bool = False


class TrialSent(Request, frozen=True):
    """Whether the trial device is to be there."""

    on: bool = True


async def list_ways_out(asked: Asked, extension: str) -> Items[WayOut]:
    """List the analog lines on which a desk can have numbers dialled now."""
    at_desk(asked, extension)
    ways = ways_out(asked.services, extension)
    return Items(tuple(WayOut(line.id, line.name, line == ways.usual) for line in ways.lines))


async def line_taken(asked: Asked, call: str, body: LineTakenSent) -> None:
    """Note that a desk has a call on an analog line, or had it. Whose screen did not show it needs calls.for_others."""
    at = at_desk(asked, body.extension)
    if body.instead:
        asked.asker.must(_OTHERS)
    seen = next((one for one in asked.services.calls.live() if one.id == call), None)
    seen = seen or await asked.services.calls.call(call)
    if at not in (*seen.extensions, seen.extension) and not asked.asker.may(_OTHERS):
        raise NotAllowed("call_bar.not_your_group")
    await asked.services.calls.on_lines.take(call, at, asked.asker.name, instead=body.instead)


async def plug_in_trial(asked: Asked, body: TrialSent) -> TrialSent:
    """Let a device be there that is none: it dials on a pseudo-terminal, and its handset is lifted by itself."""
    await asked.services.analog.plug_in_trial(on=body.on)
    return body
