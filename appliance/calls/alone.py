"""Makes calls of what the edge noted while it was alone with them: new ones, or true ones of those that are there.

Notes are read in their order, told to their call's controller, and thrown away by the edge only when they are stored;
what is read twice counts once. Knows what is noted, not how.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

import msgspec
from msgspec import structs

from appliance.calls import machine, models
from appliance.calls.call import Direction
from appliance.calls.controller import Controller, Means
from appliance.calls.events import CallArrived
from appliance.calls.happenings import Arrived, Noted
from appliance.calls.live_call import WITH_THE_EDGE
from appliance.calls.ports import DirectorySource
from appliance.calls.reception import Reception, new_call_id
from appliance.calls.recovery import fold
from appliance.calls.registry import Registry
from appliance.calls.view import view
from appliance.core.errors import Unavailable
from sip.api import (
    AloneCame,
    AloneEnded,
    AloneLost,
    AloneRefused,
    EdgeState,
    Extensions,
    IncomingCall,
    Note,
)
from sip.errors import EdgeUnavailable

log = logging.getLogger(__name__)

_LAST = (AloneRefused, AloneEnded, AloneLost)


class Alone:
    """The calls that the edge handles alone, as far as it has noted them."""

    def __init__(self, means: Means, registry: Registry, directory: DirectorySource, reception: Reception) -> None:
        self._means = means
        self._registry = registry
        self._directory = directory
        self._reception = reception
        self._reading = asyncio.Lock()
        self._read = 0  # the number of the last note that was told to its call
        self._forgotten = 0  # the number up to which the edge was told to forget
        self._unsettled: set[Controller] = set()  # whose part of the rest may not be stored yet
        self._seen_ms = 0  # when the edge was last known to be there

    def edge_changed(self, state: EdgeState) -> None:
        """Take note of when the edge went: up to then the calls that it had were seen to go on."""
        if not state.connected:
            self._seen_ms = max(self._seen_ms, state.since_ms)

    async def read(self) -> None:
        """Tell the calls everything that was noted since, and have the edge forget it once it is stored."""
        async with self._reading:
            try:
                while notes := await self._means.edge.notes(self._read):
                    await self._tell(notes)
                    await self._forget()
                await self._forget()
            except (EdgeUnavailable, Unavailable) as error:  # they are kept, and read with the next
                log.warning("the edge's notes stay for later: %s", error)

    async def _forget(self) -> None:
        if self._read > self._forgotten and all([await controller.caught_up() for controller in self._unsettled]):
            self._unsettled.clear()
            await self._means.edge.forget_notes(self._read)
            self._forgotten = self._read

    async def _tell(self, notes: tuple[Note, ...]) -> None:
        for note in notes:
            if isinstance(note.what, AloneLost):
                await self._lost(note)
            elif (controller := await self._controller_or_none(note, notes)) is not None:
                controller.tell(self._noted(note), note.at_ms)
                self._unsettled.add(controller)
            self._read = note.number
            self._seen_ms = max(self._seen_ms, note.at_ms)

    async def _lost(self, note: Note) -> None:
        """End what was up as the edge was started anew, at the last moment at which it is known to have gone on."""
        for controller in tuple(self._unsettled):
            await controller.caught_up()
        for controller in self._registry.controllers():
            if controller.call.phase in WITH_THE_EDGE:
                controller.tell(self._noted(note), max(controller.last_ms, self._seen_ms))
                self._unsettled.add(controller)

    def _noted(self, note: Note) -> Noted:
        facts = self._directory.directory()
        rules = facts.trunks.get(getattr(note.what, "trunk", ""))
        from_outside = note.call is not None and bool(note.call.trunk)
        return Noted(
            note.what,
            note.number,
            group=facts.default_group if from_outside else "",
            line=rules.main_number if rules else "",
        )

    async def _controller_or_none(self, note: Note, notes: tuple[Note, ...]) -> Controller | None:
        try:
            found = await self._controller(note, notes)
        except (ValueError, msgspec.DecodeError):  # one call that cannot be read must not hide the others
            log.exception("the timeline of a call that the edge handled cannot be read")
            return None
        if found is None:
            log.warning("the edge noted something of a call that is not known: %s", type(note.what).__name__)
        return found

    async def _controller(self, note: Note, notes: tuple[Note, ...]) -> Controller | None:
        """Return the controller of the call that a note is about, which comes into being with the first."""
        await self._reception.row_made(note.sip_call_id)
        live = self._registry.by_token(note.sip_call_id)
        if note.call is None:
            return live or await self._stored(note.sip_call_id, lambda started_ms: started_ms <= note.at_ms)
        # the core is asked after the INVITE came: a call that began before that is another one, with the same Call-ID
        if live is not None and live.call.started_ms >= note.at_ms:
            return live
        found = await self._stored(note.sip_call_id, lambda started_ms: started_ms >= note.at_ms)
        return found or await self._begin(note, note.call, _goes_on(note, notes))

    async def _stored(self, sip_call_id: str, fits: Callable[[int], bool]) -> Controller | None:
        for call_id, started_ms in await self._means.database.read(partial(models.named, sip_call_id)):
            if fits(started_ms):
                return self._registry.get(call_id) or await self._bring_back(call_id)
        return None

    async def _bring_back(self, call_id: str) -> Controller:
        lines = await self._means.database.read(partial(models.timeline, call_id))
        return self._registry.add(fold(call_id, lines), lines, stored=True)

    async def _begin(self, note: Note, call: IncomingCall, goes_on: bool) -> Controller:
        arrived = await self._arrived(note, call)
        row = machine.begin(new_call_id(note.at_ms), arrived, note.at_ms)
        controller = self._registry.add(row, [models.Line(note.at_ms, arrived)], stored=False)
        if goes_on:  # a card for a call that is long over would help nobody
            await controller.write()
            self._means.bus.publish(CallArrived(view(row)))
        return controller

    async def _arrived(self, note: Note, call: IncomingCall) -> Arrived:
        """Return the call as the gate would have described it, but for what the edge decided in its own way."""
        arrived = await self._reception.describe(call)
        extensions = note.what.extensions if isinstance(note.what, AloneCame) else ()
        if arrived.direction == Direction.OUT:
            return structs.replace(arrived, trunk="", number="")  # the notes tell which trunk took it
        return structs.replace(arrived, target=Extensions(extensions))


def _goes_on(came: Note, notes: tuple[Note, ...]) -> bool:
    """Whether a call that came has not ended by the notes that were read with it."""
    after = (note for note in notes if note.number > came.number and isinstance(note.what, _LAST))
    return not any(note.sip_call_id in ("", came.sip_call_id) for note in after)
