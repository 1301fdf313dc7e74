"""After a restart: brings back the calls that were in flight, from their timelines and from what the voice knows."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial

from appliance.calls import machine, models
from appliance.calls.controller import Controller, Means, hand_over_tracks
from appliance.calls.happenings import Arrived, TurnedAway, Vanished
from appliance.calls.live_call import Action, LiveCall, Phase
from appliance.calls.registry import Registry
from sip.api import Alive

log = logging.getLogger(__name__)


def fold(call_id: str, lines: Iterable[models.Line]) -> tuple[LiveCall, tuple[Action, ...]]:
    """Return the call that a timeline makes, and the actions of its last happening."""
    first, *rest = lines
    if not isinstance(first.what, Arrived | TurnedAway):
        raise ValueError(f"timeline of {call_id} does not begin with an arrival")
    call = machine.begin(call_id, first.what, first.at_ms)
    actions: tuple[Action, ...] = ()
    for line in rest:
        call, actions = machine.step(call, line.what, line.at_ms)
    return call, actions


class Recovery:
    """Two steps around the connection to the voice: `load` before it, `settle` when it has told who is alive."""

    def __init__(self, means: Means, registry: Registry) -> None:
        self._means = means
        self._registry = registry
        self._loaded: list[tuple[Controller, tuple[Action, ...], int]] = []

    async def load(self) -> None:
        """Bring back every call whose timeline is not complete, so that facts find their call."""
        for call_id in await self._means.database.read(models.unfinished):
            lines = await self._means.database.read(partial(models.timeline, call_id))
            call, actions = fold(call_id, lines)
            if call.phase is Phase.OVER:
                await hand_over_tracks(self._means, call)
                continue
            controller = self._registry.add(call, lines, stored=True)
            self._loaded.append((controller, actions, lines[-1].at_ms))

    async def settle(self, alive: tuple[Alive, ...]) -> None:
        """Carry on the calls that live; end those that nobody knows any more at the last moment that is known."""
        known = {conversation.conversation for conversation in alive}
        for controller, actions, last_ms in self._loaded:
            if controller.call.id in known:
                await controller.carry_out(actions)
            else:
                log.warning("call %s vanished while the core was away", controller.call.id)
                controller.tell(Vanished(), last_ms)
        self._loaded.clear()
