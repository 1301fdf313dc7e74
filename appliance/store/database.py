"""The one door to the database. Knows no feature: it runs functions that its callers give it.

Functions run in threads, so the event loop never waits for a disk. They may use models freely but must not touch
anything else that lives in the loop's thread; what they return should be plain frozen objects.
"""

from __future__ import annotations

import asyncio
import logging
import queue
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from appliance.core.errors import Unavailable
from appliance.core.health import Health, Level
from appliance.store import base
from appliance.store.engine import Engine, engine_for
from appliance.store.migrate import MIGRATIONS, migrate
from appliance.store.threads import DatabaseThread, Job, Jobs, Outcome, Reader, Writer

log = logging.getLogger(__name__)

T = TypeVar("T")

READERS = 3
WAITING_AT_MOST = 20_000
PART = "store"


class Database:
    """SQLite or PostgreSQL behind `read` and `write`. One may be open in a process, since models are bound to it.

    `health`, when given, hears as part "store" whether the last write could be made durable. `busy_seconds` is how
    long to wait for another program's lock before giving up with Unavailable.
    """

    def __init__(
        self, url: str, health: Health | None = None, *, busy_seconds: float = 5, migrations: Path = MIGRATIONS
    ) -> None:
        self._engine: Engine = engine_for(url, busy_seconds)
        self._health = health
        self._migrations = migrations
        self._reads: Jobs = queue.SimpleQueue()
        self._writes: Jobs = queue.SimpleQueue()
        self._threads: list[DatabaseThread] = []
        self._writer: Writer | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def commits(self) -> int:
        """How many transactions were committed; fewer than writes when many came at once."""
        return self._writer.commits if self._writer else 0

    async def open(self) -> None:
        """Bring the tables up to date and start. Raises Unavailable when the database cannot be used."""
        if base.database.obj is not None:
            raise RuntimeError("another database is open in this process")
        base.database.initialize(self._engine.db)
        try:
            await asyncio.to_thread(migrate, self._engine, self._migrations)
        except BaseException:  # also when cancelled: the next one must be able to open
            base.database.initialize(None)
            raise
        self._loop = asyncio.get_running_loop()
        self._writer = Writer("store-write", self._engine, self._writes, partial(self._deliver, durable=True))
        told = partial(self._deliver, durable=False)
        readers = (Reader(f"store-read-{n}", self._engine, self._reads, told) for n in range(READERS))
        self._threads = [self._writer, *readers]
        for thread in self._threads:
            thread.start()

    async def close(self) -> None:
        """Finish what is queued, then let go of the database. Twice is harmless."""
        if not self._threads:
            return
        writer, *readers = self._threads
        self._threads = []
        for _ in readers:
            self._reads.put(None)
        for reader in readers:
            await asyncio.to_thread(reader.join)
        # Last, because the last one out tidies the files up, and a reader may not.
        self._writes.put(None)
        await asyncio.to_thread(writer.join)
        base.database.initialize(None)

    async def read(self, fn: Callable[[], T]) -> T:
        """Run `fn` in a reader thread, several at once; it sees one state of the database and cannot change it.

        Raises what `fn` raises, Unavailable when the database cannot answer.
        """
        return await self._submit(self._reads, fn)

    async def write(self, fn: Callable[[], T]) -> T:
        """Run `fn` in the one writer thread; returns only when its changes are durable.

        `fn` is run alone as far as others can see: when it raises, its changes are undone and those of others stay.
        It may be run a second time when the transaction it was part of was lost, so it must have no effect but on
        the database. Someone who is cancelled while waiting does not take the write back.

        Raises what `fn` raises, Conflict when a rule of the tables is broken, Unavailable when nothing was written;
        then the same write may be tried again.
        """
        return await self._submit(self._writes, fn)

    async def _submit(self, jobs: Jobs, fn: Callable[[], T]) -> T:
        if not self._threads:
            raise Unavailable("store.closed")
        if jobs.qsize() >= WAITING_AT_MOST:
            raise Unavailable("store.overloaded")
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        jobs.put(Job(fn, done))
        return await done

    def _deliver(self, outcomes: list[Outcome], durable: bool) -> None:
        """Called in a database thread: hand the results over to the loop's thread, all at once."""
        assert self._loop is not None  # noqa: S101 - set before any thread starts
        try:
            self._loop.call_soon_threadsafe(self._resolve, outcomes, durable)
        except RuntimeError:
            log.warning("nobody left to hear of %d finished jobs", len(outcomes))

    def _resolve(self, outcomes: list[Outcome], durable: bool) -> None:
        for outcome in outcomes:
            if outcome.job.done.done():
                continue  # whoever asked was cancelled
            if outcome.error is None:
                outcome.job.done.set_result(outcome.value)
            else:
                outcome.job.done.set_exception(outcome.error)
        self._report(outcomes, durable)

    def _report(self, outcomes: list[Outcome], durable: bool) -> None:
        if self._health is None:
            return
        failures = [o.error for o in outcomes if isinstance(o.error, Unavailable) and o.error.key.startswith("store.")]
        if failures:
            log.error("database: %s", failures[0].key, exc_info=failures[0])
            self._health.report(PART, Level.FAILED, failures[0].key)
        elif durable:
            self._health.report(PART, Level.OK, "store.ok")
