"""Writes what calls mean for callbacks, in the order in which it happened, however long the store takes.

Knows no call: what is to be written is handed in. What was not written when the process ends, `catching_up.py` finds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator

from appliance.callbacks.types import Callback
from appliance.core.clock import Clock
from appliance.core.errors import Unavailable
from appliance.core.tasks import Tasks
from appliance.store.database import Database

log = logging.getLogger(__name__)

Write = Callable[[], Callback | None]


class Notebook:
    """One line after the other; `written` hears of each that changed something."""

    def __init__(self, database: Database, clock: Clock, written: Callable[[Callback], None]) -> None:
        self._database = database
        self._clock = clock
        self._written = written
        self._lines: asyncio.Queue[tuple[Write, Callable[[], bool]]] = asyncio.Queue()
        self._tasks = Tasks("callbacks")

    def start(self) -> None:
        """Begin to write."""
        self._tasks.start("write", self._keep_writing())

    async def stop(self) -> None:
        """Write nothing any more."""
        await self._tasks.stop()

    def add(self, write: Write, when: Callable[[], bool] = lambda: True) -> None:
        """Have something written, if `when` its turn comes that is needed. `write` is run in the store, maybe twice."""
        self._lines.put_nowait((write, when))

    async def settled(self) -> None:
        """Wait until everything that was added is written."""
        await self._lines.join()

    async def _keep_writing(self) -> None:
        while True:
            write, when = await self._lines.get()
            try:
                if when():
                    await self._in_the_end(write)
            except Exception:  # the border of a task that must go on: one line must not stop the others
                log.exception("a callback could not be noted")
            self._lines.task_done()

    async def _in_the_end(self, write: Write) -> None:
        for pause in _pauses():
            try:
                callback = await self._database.write(write)
            except Unavailable as error:
                log.error("callback not stored yet: %s", error)
                await self._wait(pause)
                continue
            if callback is not None:
                self._written(callback)
            return

    async def _wait(self, seconds: float) -> None:
        due = asyncio.Event()
        self._clock.call_later(seconds, due.set)
        await due.wait()


def _pauses() -> Iterator[float]:
    """Seconds between two tries: 1, 2, 4 … 60."""
    pause = 1.0
    while True:
        yield pause
        pause = min(pause * 2, 60.0)
