"""Lights the message lamps of phones: how many callbacks the groups of each extension have. Knows no SIP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from appliance.callbacks.events import CallbacksChanged
from appliance.callbacks.service import Callbacks
from appliance.core.bus import Bus, Unsubscribe
from appliance.core.clock import Clock
from appliance.core.telling import Telling
from appliance.lines.service import Lines, LinesSnapshot
from appliance.lines.types import LinesChanged

Waiting = Mapping[str, tuple[int, int]]
"""By extension: how many are new, how many are old."""


def waiting_for(lines: LinesSnapshot, counts: Mapping[str, int]) -> Waiting:
    """Return how many callbacks each extension's groups have; extensions with none are not in it. None are old."""
    phones = [extension.number for extension in lines.extensions if extension.enabled]
    found = dict.fromkeys(phones, 0)
    for group in lines.groups:
        for phone in phones if group.everyone else found.keys() & set(group.members):
            found[phone] += counts.get(group.id, 0)
    return {phone: (count, 0) for phone, count in found.items() if count}


class MessageLamps:
    """Keeps whoever lights them told, by `tell`."""

    def __init__(
        self, callbacks: Callbacks, lines: Lines, bus: Bus, clock: Clock, tell: Callable[[Waiting], Awaitable[None]]
    ) -> None:
        self._callbacks = callbacks
        self._lines = lines
        self._bus = bus
        self._tell_them = tell
        self._told: Waiting | None = None
        self._telling = Telling("message lamps", clock, self._tell)
        self._ends: tuple[Unsubscribe, ...] = ()

    def start(self) -> None:
        """Tell how it is, and whenever that changes."""
        kinds = (CallbacksChanged, LinesChanged)
        self._ends = tuple(self._bus.subscribe(kind, lambda _: self._telling.mark()) for kind in kinds)
        self._telling.start()

    async def stop(self) -> None:
        """Tell nothing any more."""
        for end in self._ends:
            end()
        await self._telling.stop()

    async def _tell(self) -> None:
        waiting = waiting_for(self._lines.snapshot(), self._callbacks.counts())
        if waiting != self._told:
            await self._tell_them(waiting)
            self._told = waiting
