"""Background tasks with an owner, a name and an end. Knows no feature.

Every long-lived object that starts tasks owns one `Tasks`; stopping the owner stops them all and waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

log = logging.getLogger(__name__)


class Tasks:
    """The tasks of one owner. A task that fails is logged at once, with the owner's name and its own."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._running: set[asyncio.Task[None]] = set()

    def start(self, name: str, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Run `work` in the background until it ends or `stop` is called."""
        task = asyncio.get_running_loop().create_task(work, name=f"{self._owner}: {name}")
        self._running.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task %s failed", task.get_name(), exc_info=error)

    async def stop(self) -> None:
        """Cancel what still runs and wait until it has ended. Safe to call twice."""
        running = tuple(self._running)
        for task in running:
            task.cancel()
        if running:
            await asyncio.gather(*running, return_exceptions=True)

    async def finish(self) -> None:
        """Wait until everything that runs now has ended by itself."""
        running = tuple(self._running)
        if running:
            await asyncio.gather(*running, return_exceptions=True)
