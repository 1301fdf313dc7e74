"""Makes calls of what is told of analog lines: the same row, pop and rules as for a call of a trunk.

Knows neither devices nor bytes. What a line and a trunk tell of the same call within a few seconds is one call.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from appliance.calls import machine, models
from appliance.calls.call import CallView, Direction
from appliance.calls.controller import Controller, Means
from appliance.calls.events import CallArrived
from appliance.calls.happenings import Arrived, LinePickedUp, LinePutDown, LineTaken, SeenTwice
from appliance.calls.live_call import ON_A_LINE, Phase
from appliance.calls.ports import CallerLookup, DirectorySource
from appliance.calls.reception import LOOK_UP_WITHIN_S, new_call_id
from appliance.calls.registry import Registry
from appliance.calls.view import view
from appliance.core.errors import SoriboxError
from sip.api import Extensions, Identity

log = logging.getLogger(__name__)

SAME_WITHIN_MS = 4000
RINGS_S = 45  # a telephone rings; another ring tells nothing that is new


@dataclass(frozen=True)
class LineRing:
    """A call that rings on an analog line. `caller` in stored form; `group` "": everybody's screen shows it.

    `tells`: the line's device says when the handset is picked up.
    """

    line: str
    name: str
    number: str
    group: str
    tells: bool
    caller: str
    presentation: str
    caller_name: str
    at_ms: int


class LineCalls:
    """The analog lines' door to call control."""

    def __init__(self, means: Means, registry: Registry, directory: DirectorySource, lookup: CallerLookup) -> None:
        self._means = means
        self._registry = registry
        self._directory = directory
        self._lookup = lookup
        self._end = means.bus.subscribe(CallArrived, lambda event: self._arrived(event.call))

    def stop(self) -> None:
        """Hear nothing any more."""
        self._end()

    async def ring(self, ring: LineRing) -> str:
        """Take a call in; returns its id, or that of the same call when a trunk has told of it already."""
        if (known := self._on_a_trunk(ring)) is not None:
            return known.call.id
        for controller in self._on_line(ring.line):
            controller.tell(LineTaken(), ring.at_ms)
        arrived = await self._describe(ring)
        row = machine.begin(new_call_id(ring.at_ms), arrived, ring.at_ms)
        controller = self._registry.add(row, [models.Line(ring.at_ms, arrived)], stored=False)
        await controller.write()
        self._means.bus.publish(CallArrived(view(row)))
        return row.id

    def picked_up(self, line: str, at_ms: int) -> None:
        """Hear that a line's handset was picked up."""
        for controller in self._on_line(line):
            controller.tell(LinePickedUp(), at_ms)

    def put_down(self, line: str, at_ms: int) -> None:
        """Hear that a line's handset was put down."""
        for controller in self._on_line(line):
            controller.tell(LinePutDown(), at_ms)

    def _on_line(self, line: str) -> tuple[Controller, ...]:
        live = self._registry.controllers()
        return tuple(one for one in live if one.call.arrived.line == line and one.call.phase in ON_A_LINE)

    def _on_a_trunk(self, ring: LineRing) -> Controller | None:
        """Return the call of a trunk that is this one: a gateway on the same line has told of it first."""
        for one in self._registry.controllers():
            arrived = one.call.arrived
            near = abs(ring.at_ms - one.call.started_ms) <= SAME_WITHIN_MS
            from_outside = arrived.trunk and arrived.direction == Direction.IN
            if near and from_outside and ring.caller and arrived.caller_number == ring.caller:
                return one
        return None

    def _arrived(self, call: CallView) -> None:
        """A trunk tells of a call that a line has told of: the trunk's is the one that can be answered here."""
        if not call.trunk or call.direction is not Direction.IN or not call.caller_number:
            return
        for one in self._registry.controllers():
            near = abs(call.started_ms - one.call.started_ms) <= SAME_WITHIN_MS
            if near and one.call.phase is Phase.LINE and one.call.arrived.caller_number == call.caller_number:
                one.tell(SeenTwice(call.id))

    async def _describe(self, ring: LineRing) -> Arrived:
        name = ring.caller_name or await self._name(ring.caller)
        return Arrived(
            direction=Direction.IN,
            caller_number=ring.caller,
            caller_name=name,
            presentation=ring.presentation,
            called_number=ring.number,
            trunk="",
            number=ring.number,
            group=ring.group,
            extension="",
            target=Extensions(self._shown_at(ring.group)),
            shown=Identity(ring.caller, name),
            ring_seconds=RINGS_S,
            line=ring.line,
            line_name=ring.name,
            line_tells=ring.tells,
        )

    def _shown_at(self, group: str) -> tuple[str, ...]:
        directory = self._directory.directory()
        return directory.groups[group].phones if group in directory.groups else tuple(directory.phones)

    async def _name(self, number: str) -> str:
        if not number:
            return ""
        try:
            async with asyncio.timeout(LOOK_UP_WITHIN_S):
                found = await self._lookup.who_is(number)
        except (TimeoutError, SoriboxError) as error:  # a call without a name is better than none
            log.warning("caller not looked up: %s", error or "took too long")
            return ""
        return (found.name or found.company) if found else ""
