"""Makes calls of what is told of analog lines: the same row, pop and rules as for a call of a trunk.

Knows neither devices nor bytes. What a line and a trunk tell of the same call within a few seconds is one call.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from appliance.calls import line_recording, line_twice, machine, models
from appliance.calls import requests as asks
from appliance.calls.call import CallView, Direction
from appliance.calls.controller import Controller, Means
from appliance.calls.events import CallArrived, CallChanged
from appliance.calls.happenings import (
    Arrived,
    LineDialFailed,
    LineDialled,
    LinePickedUp,
    LinePutDown,
    LineTaken,
    LineTapeBegun,
    LineTapeClosed,
    SeenTwice,
)
from appliance.calls.line_twice import Seen
from appliance.calls.live_call import ON_A_LINE, LiveCall, Phase
from appliance.calls.ports import CallerLookup
from appliance.calls.reception import LOOK_UP_WITHIN_S, new_call_id
from appliance.calls.recovery import fold
from appliance.calls.registry import Registry
from appliance.calls.survey import Survey, talking_in
from appliance.calls.view import view
from appliance.core.errors import Conflict, NotFound, SoriboxError
from sip.api import Extensions, Identity, Presentation

log = logging.getLogger(__name__)

RINGS_S = 45  # a telephone rings; another ring tells nothing that is new
DIALS_S = 90  # a device that has said nothing by then will not do so
_HAVE_THE_LINE = ON_A_LINE - {Phase.LINE_CLOSING}


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

    `rings`: somebody calls and nobody is known to have answered yet.
    `wanted`: it is to be recorded; `over`: the call is, and waits for that file. `tells`: as in the line's ring.
    """

    call: str
    line: str
    started_ms: int
    answered_ms: int
    rings: bool
    wanted: bool
    paused: bool
    tape: str
    tapes: int
    over: bool
    tells: bool


@dataclass(frozen=True)
class LineDial:
    """A number (`called`, stored form) that an analog line's device is to dial for the desk of an extension."""

    line: str
    name: str
    number: str
    tells: bool
    extension: str
    called: str
    by: str
    recorded: str = ""


class LineCalls:
    """The analog lines' door to call control."""

    def __init__(self, means: Means, registry: Registry, survey: Survey, lookup: CallerLookup) -> None:
        self._means = means
        self._registry = registry
        self._survey = survey
        self._lookup = lookup
        self._rows = asyncio.Lock()  # rows of calls that are over are changed one after the other
        self._end = means.bus.subscribe(CallArrived, lambda event: self._arrived(event.call))

    def stop(self) -> None:
        """Hear nothing any more."""
        self._end()

    # ------------------------------------------------------------------------------------------- what lines tell

    async def ring(self, ring: LineRing) -> str:
        """Take a call in; returns its id, or that of the same call when a trunk has told of it already."""
        arrived = await self._describe(ring)
        if (known := self._on_a_trunk(ring)) is not None:  # asked behind that: it may have come while we looked up who
            return known.call.id
        for controller in self._on_line(ring.line):
            controller.tell(LineTaken(), ring.at_ms)
        return await self._begin(arrived, ring.at_ms)

    def picked_up(self, line: str, at_ms: int, how: str = "") -> None:
        """Hear that a line's handset was picked up; `how` as in the happening.

        Where only one person can have done so, they have the call.
        """
        for controller in self._on_line(line):
            call = controller.call
            controller.tell(LinePickedUp(how), at_ms)
            if call.phase is Phase.LINE and (only := self._only_desk(call)):
                controller.tell(asks.LineTakenBy(only), at_ms)

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

    def dialled(self, line: str, at_ms: int) -> None:
        """Hear that a line's device has dialled the number."""
        for controller in self._on_line(line):
            controller.tell(LineDialled(), at_ms)

    def dial_failed(self, line: str, why: str, at_ms: int) -> None:
        """Hear that dialling came to nothing, in the hardware's one word for it."""
        for controller in self._on_line(line):
            controller.tell(LineDialFailed(why), at_ms)

    # ---------------------------------------------------------------------------------------------- what desks do

    def in_use(self, line: str) -> bool:
        """Say whether a call rings, is dialled or goes on on a line; never waits."""
        return bool(self._on_line(line))

    async def dial(self, dial: LineDial) -> str:
        """Begin a call out, before its number is dialled; returns its id. Asked again, it is the same. Raises Conflict.

        What the device then tells is told by `dialled`, `picked_up` and the others.
        """
        for controller in self._on_line(dial.line):
            call = controller.call
            if call.phase is Phase.LINE_DIALLING and (call.extension, call.arrived.called_number) == (
                dial.extension,
                dial.called,
            ):
                await controller.write()  # whoever asked first may still be waiting for that
                return call.id
            raise Conflict("call.cannot.line_in_call")
        if any(dial.extension in talking_in(one.call) for one in self._registry.controllers()):
            raise Conflict("call.cannot.you_talk")
        return await self._begin(self._leaving(dial), self._means.clock.now_ms())

    async def take(self, call_id: str, extension: str, by: str, *, instead: bool = False) -> None:
        """Note that a desk has a call of an analog line, also afterwards. Raises Conflict, NotFound.

        `instead`: also when another was said to have it.
        """
        ask = asks.LineTakenBy(extension, by, instead)
        controller = self._registry.get(call_id)
        if controller is None:
            await self._take_later(call_id, ask)
            return
        await controller.ask(ask)
        if controller.call.phase is Phase.LINE_CLOSING:
            return  # whose it was says nothing of whom they talk with now
        for other in self._registry.controllers():
            call = other.call
            if other is not controller and call.phase is Phase.LINE_TALKING and call.extension == extension:
                other.tell(LineTaken())  # one has one handset: what no device ends, the next call does

    async def _take_later(self, call_id: str, ask: asks.LineTakenBy) -> None:
        async with self._rows:
            lines = await self._means.database.read(lambda: models.timeline(call_id))
            if not lines:
                raise NotFound("call.not_found")
            now_ms = self._means.clock.now_ms()
            before = fold(call_id, lines)
            try:
                after, _ = machine.step(before, ask, now_ms)
            except machine.CannotNow as error:
                raise Conflict(error.key) from error
            if after == before:
                return
            place = len(lines) + 1
            await self._means.database.write(lambda: models.append(after, [(place, models.Line(now_ms, ask))]))
        self._means.bus.publish(CallChanged(view(after)))

    # -------------------------------------------------------------------------------------------------- inside

    async def _begin(self, arrived: Arrived, at_ms: int) -> str:
        row = machine.begin(new_call_id(at_ms), arrived, at_ms)
        controller = self._registry.add(row, [models.Line(at_ms, arrived)], stored=False)
        await controller.write()
        self._means.bus.publish(CallArrived(view(row)))
        return row.id

    def _on_line(self, line: str) -> tuple[Controller, ...]:
        """Return the calls that a line is in; one whose file alone is being closed has left it."""
        live = self._registry.controllers()
        return tuple(one for one in live if one.call.arrived.line == line and one.call.phase in _HAVE_THE_LINE)

    def _only_desk(self, call: LiveCall) -> str:
        """Return the one desk that can have picked up: nobody else is there, and it does not talk elsewhere."""
        situation = self._survey.now(but=call.id)
        there = [phone for phone in situation.directory.phones if situation.desks(phone).person]
        if len(there) != 1 or there[0] not in call.ringing or there[0] in situation.talking:
            return ""
        return there[0]

    def _on_a_trunk(self, ring: LineRing) -> Controller | None:
        """Return the call of a trunk that is this one: a gateway on the same line has told of it first."""
        calls = ((view(one.call), one) for one in self._registry.controllers())
        told = ((_seen(call), one) for call, one in calls if call.trunk and call.direction is Direction.IN)
        return line_twice.the_same(Seen(ring.caller, ring.presentation, ring.number, ring.at_ms), told)

    def _arrived(self, call: CallView) -> None:
        """A trunk tells of a call that a line has told of: the trunk's is the one that can be answered here."""
        if not call.trunk or call.direction is not Direction.IN:
            return
        rings = (one for one in self._registry.controllers() if one.call.phase is Phase.LINE)
        same = line_twice.the_same(_seen(call), ((_seen(view(one.call)), one) for one in rings))
        if same is not None:
            same.tell(SeenTwice(call.id))

    def _leaving(self, dial: LineDial) -> Arrived:
        phone = self._survey.directory.phones.get(dial.extension)
        return Arrived(
            direction=Direction.OUT,
            caller_number=dial.extension,
            caller_name=phone.name if phone is not None else "",
            presentation=Presentation.SHOWN,
            called_number=dial.called,
            trunk="",
            number=dial.number,
            group="",
            extension=dial.extension,
            target=Extensions(()),
            shown=Identity(dial.number),
            ring_seconds=DIALS_S,
            by=dial.by,
            line=dial.line,
            line_name=dial.name,
            line_tells=dial.tells,
            line_recorded=dial.recorded,
        )

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
        directory = self._survey.directory
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


def _seen(call: CallView) -> Seen:
    return Seen(call.caller_number, str(call.presentation), call.number or call.called_number, call.started_ms)


def _talk(call: LiveCall) -> LineTalk:
    return LineTalk(
        call.id,
        call.arrived.line,
        call.started_ms,
        call.answered_ms,
        call.phase is Phase.LINE,
        call.taping,
        call.paused,
        line_recording.runs(call),
        len(call.tracks),
        call.phase is Phase.LINE_CLOSING,
        call.arrived.line_tells,
    )
