"""Makes calls of what is told of analog lines: the same row, pop and rules as for a call of a trunk.

Knows neither devices nor bytes. What a line and a trunk tell of the same call within a few seconds is one call.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from appliance.calls import line_recording, machine, models
from appliance.calls.call import CallView, Direction
from appliance.calls.controller import Controller, Means
from appliance.calls.events import CallArrived
from appliance.calls.happenings import (
    Arrived,
    LinePickedUp,
    LinePutDown,
    LineTaken,
    LineTapeBegun,
    LineTapeClosed,
    SeenTwice,
)
from appliance.calls.live_call import ON_A_LINE, LiveCall, Phase
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
    recorded: str = ""


@dataclass(frozen=True)
class LineTalk:
    """What its line's recorder must know of a call. `tape`: the file that is not closed yet, "" when there is none.

    `wanted`: it is to be recorded; `over`: the call is, and waits for that file.
    """

    call: str
    line: str
    started_ms: int
    answered_ms: int
    wanted: bool
    paused: bool
    tape: str
    tapes: int
    over: bool


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

    def picked_up(self, line: str, at_ms: int, how: str = "") -> None:
        """Hear that a line's handset was picked up; `how` as in the happening."""
        for controller in self._on_line(line):
            controller.tell(LinePickedUp(how), at_ms)

    def put_down(self, line: str, at_ms: int, how: str = "") -> None:
        """Hear that a line's handset was put down; `how` as in the happening."""
        for controller in self._on_line(line):
            controller.tell(LinePutDown(how), at_ms)

    def talks(self) -> tuple[LineTalk, ...]:
        """Return the calls on lines as their recorders must know them, the oldest first."""
        live = (one.call for one in self._registry.controllers())
        return tuple(_talk(call) for call in live if call.phase in ON_A_LINE)

    async def tape_begins(self, call_id: str, file: str, started_ms: int) -> Path | None:
        """Note that a call's sound will be written to a file; return its folder, or None when the call is over.

        Once this has returned, the call waits for the file.
        """
        controller = self._registry.get(call_id)
        if controller is None:
            return None
        controller.tell(LineTapeBegun(file, started_ms))
        await controller.caught_up()
        known = any(track.file == file for track in controller.call.tracks)
        return self._means.voice_folder / call_id if known else None

    async def tape_closed(self, call_id: str, file: str, duration_ms: int, why: str = "") -> None:
        """Note that a file is complete; `why` as in the happening."""
        controller = self._registry.get(call_id)
        if controller is not None:
            controller.tell(LineTapeClosed(file, duration_ms, why))
            await controller.caught_up()

    def folder(self, call_id: str) -> Path:
        """Return where a call's files lie."""
        return self._means.voice_folder / call_id

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
            line_recorded=ring.recorded,
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


def _talk(call: LiveCall) -> LineTalk:
    return LineTalk(
        call.id,
        call.arrived.line,
        call.started_ms,
        call.answered_ms,
        call.taping,
        call.paused,
        line_recording.runs(call),
        len(call.tracks),
        call.phase is Phase.LINE_CLOSING,
    )
