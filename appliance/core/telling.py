"""Keeps somebody told of a state that changes: once for many changes, one telling at a time. Knows no feature.

What is told is made at the moment of telling, as a whole, so that a telling that failed is made good by the next.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from appliance.core.clock import Clock, Timer
from appliance.core.tasks import Tasks

log = logging.getLogger(__name__)

TRY_AGAIN_S = 5.0


class Telling:
    """Calls `tell` after `mark`; when that raises, again a little later."""

    def __init__(self, owner: str, clock: Clock, tell: Callable[[], Awaitable[None]]) -> None:
        self._owner = owner
        self._clock = clock
        self._tell = tell
        self._marked = asyncio.Event()
        self._again: Timer | None = None
        self._tasks = Tasks(owner)

    def start(self) -> None:
        """Tell now, and whenever something is marked."""
        self.mark()
        self._tasks.start("keep told", self._keep_told())

    def mark(self) -> None:
        """Note that something has changed."""
        self._marked.set()

    async def stop(self) -> None:
        """Tell nothing any more. Safe to call twice, and without a start."""
        if self._again is not None:
            self._again.cancel()
        await self._tasks.stop()

    async def _keep_told(self) -> None:
        while True:
            await self._marked.wait()
            self._marked.clear()
            try:
                await self._tell()
            except Exception:  # the border of a task that must go on: the next try may succeed
                log.exception("%s: not told, trying again soon", self._owner)
                self._again = self._clock.call_later(TRY_AGAIN_S, self.mark)
