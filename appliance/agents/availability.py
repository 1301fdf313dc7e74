"""The desks as call control wants to see them. Plugged into `calls` by the composition root; knows no call."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from appliance.agents.events import DeskChanged, KindsChanged
from appliance.agents.service import Agents
from appliance.agents.types import By, Source
from appliance.calls.ports import Availability
from appliance.core.bus import Bus
from appliance.lines.types import LinesChanged

log = logging.getLogger(__name__)


class AgentDesks:
    """A `Desks` over the agents in memory."""

    def __init__(self, agents: Agents, bus: Bus) -> None:
        self._agents = agents
        self._listeners: list[Callable[[str], None]] = []
        self._known: dict[str, Availability] = {}
        bus.subscribe(DeskChanged, lambda event: self._look((event.extension,)))
        bus.subscribe(KindsChanged, lambda _: self._look(self._agents.extensions()))
        bus.subscribe(LinesChanged, lambda _: self._look({*self._known, *self._agents.extensions()}))

    def availability(self, extension: str) -> Availability:
        """Return how a desk is now, at once."""
        return self._agents.availability(extension)

    def changed(self, hear: Callable[[str], None]) -> Callable[[], None]:
        """Call `hear` with an extension whose availability has changed; the returned function ends that."""
        entry = [hear]
        self._listeners.append(hear)
        for extension in self._agents.extensions():
            self._known.setdefault(extension, self.availability(extension))

        def stop() -> None:
            if entry:
                self._listeners.remove(entry.pop())

        return stop

    async def set_state(self, extension: str, kind: str, by: str) -> None:
        """Put a desk into a state by a code dialled on its phone. Raises NotFound, InvalidInput, Conflict."""
        await self._agents.choose(extension, kind, "", By(Source.PHONE, by))

    def _look(self, extensions: Iterable[str]) -> None:
        for extension in tuple(extensions):
            now = self.availability(extension)
            if self._known.get(extension) != now:
                self._known[extension] = now
                self._tell(extension)

    def _tell(self, extension: str) -> None:
        for hear in tuple(self._listeners):
            try:
                hear(extension)
            except Exception:  # a listener is a border: one that fails must not stop the others
                log.exception("a listener of desks failed")
