"""After a restart: brings back the calls that were in flight, from their timelines and from what the voice knows."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import suppress
from functools import partial

import msgspec

from appliance.calls import machine, models
from appliance.calls.controller import Controller, Means
from appliance.calls.happenings import Vanished
from appliance.calls.live_call import ON_A_LINE, WITHOUT_WORKER, LiveCall
from appliance.calls.registry import Registry
from sip.api import Alive, Lease

log = logging.getLogger(__name__)


def fold(call_id: str, lines: Iterable[models.Line]) -> LiveCall:
    """Return the call that a timeline makes. Raises ValueError when it does not begin with an arrival."""
    first, *rest = lines
    if not isinstance(first.what, machine.FIRST):
        raise ValueError(f"timeline of {call_id} does not begin with an arrival")
    call = machine.begin(call_id, first.what, first.at_ms)
    for line in rest:
        with suppress(machine.CannotNow):  # what was possible once may not be after an update
            call, _ = machine.step(call, line.what, line.at_ms)
    return call


class Recovery:
    """`load` before the voice is connected, `settle` whenever it has told what is alive."""

    def __init__(self, means: Means, registry: Registry) -> None:
        self._means = means
        self._registry = registry
        self._loaded: list[Controller] = []

    async def load(self) -> None:
        """Bring back every call that is not done with, so that facts find their call."""
        for call_id in await self._means.database.read(models.unfinished):
            try:
                lines = await self._means.database.read(partial(models.timeline, call_id))
                call = fold(call_id, lines)
            except (ValueError, msgspec.DecodeError):  # one call that cannot be read must not keep the box from working
                log.exception("timeline of call %s cannot be read", call_id)
                continue
            controller = self._registry.add(call, lines, stored=True)
            if call.phase in ON_A_LINE:
                controller.resume()  # it keeps its time, and nobody else knows of it
            else:
                self._loaded.append(controller)

    async def settle(self, alive: tuple[Alive, ...]) -> None:
        """Carry on the calls that live; end those that nobody knows any more at the last moment that is known.

        A conversation may be known and yet have nothing more to tell: after a power cut the store can be ahead of the
        voice's journal.
        """
        known = {conversation.conversation: conversation for conversation in alive}
        for controller in self._registry.controllers():
            if controller.call.phase in WITHOUT_WORKER:
                continue
            found = known.get(controller.call.id)
            told_all = found is not None and not found.living and found.last_number <= controller.call.heard
            if self._was_leased(controller) and (found is None or told_all):
                log.warning("call %s vanished", controller.call.id)
                controller.tell(Vanished(), controller.last_ms)
        for controller in self._loaded:
            if (found := known.get(controller.call.id)) is not None:
                controller.lease = Lease(found.conversation, found.contact, found.folder)
                await controller.carry_out(controller.resume())
        self._loaded.clear()

    def _was_leased(self, controller: Controller) -> bool:
        return controller.lease is not None or controller in self._loaded
