"""The threads that talk to the database: one that writes, a few that read. Knows no feature and no event loop's work.

The writer commits in groups: everything that waits is run in one transaction, each piece of work in a savepoint of
its own, and all of it becomes durable with one sync of the disk. Work that fails is undone alone.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import peewee

from appliance.core.errors import SoriboxError
from appliance.store.engine import Engine, connect, reconnect_if_lost
from appliance.store.failures import explain

log = logging.getLogger(__name__)

GROUP = 256  # so that nobody's commit waits for endless others


@dataclass(frozen=True, eq=False)
class Job:
    """A piece of work, and the future of whoever waits for it."""

    work: Callable[[], Any]
    done: asyncio.Future[Any]
    context: contextvars.Context = field(default_factory=contextvars.copy_context)

    def run(self) -> Any:
        """Do the work with the log context of whoever asked."""
        return self.context.run(self.work)


@dataclass(frozen=True)
class Outcome:
    """How a job ended: with a value or with an error."""

    job: Job
    value: Any = None
    error: BaseException | None = None


Deliver = Callable[[list[Outcome]], None]
Jobs = queue.SimpleQueue[Job | None]


class _GroupLostError(Exception):
    """The whole transaction is gone, not only one piece of work."""


class DatabaseThread(threading.Thread):
    """A thread with its own connection that takes jobs from `jobs` until it finds None there."""

    def __init__(self, name: str, engine: Engine, jobs: Jobs, deliver: Deliver) -> None:
        super().__init__(name=name, daemon=True)
        self._engine = engine
        self._jobs = jobs
        self._deliver = deliver

    def run(self) -> None:
        """Serve until told to stop. What is queued before the stop is still done."""
        try:
            while (job := self._jobs.get()) is not None:
                self._deliver(self._serve(job))
        finally:
            self._engine.db.close()

    def _serve(self, job: Job) -> list[Outcome]:
        raise NotImplementedError


class Reader(DatabaseThread):
    """Runs one job at a time, in a transaction that sees one state of the database and cannot change it."""

    def _serve(self, job: Job) -> list[Outcome]:
        try:
            return [Outcome(job, self._read(job))]
        except BaseException as error:  # the thread is a border: whoever asked gets the error, whatever it is
            return [Outcome(job, error=explained(error))]

    def _read(self, job: Job) -> Any:
        """Read; when the connection turns out to be lost, once more over a new one."""
        try:
            return self._read_once(job)
        except peewee.PeeweeException:
            if not reconnect_if_lost(self._engine):
                raise
            return self._read_once(job)

    def _read_once(self, job: Job) -> Any:
        if self._engine.db.is_closed():
            connect(self._engine)
            self._engine.execute(self._engine.reads_only)
        with self._engine.db.atomic():
            return job.run()


class Writer(DatabaseThread):
    """Runs everything that waits as one group."""

    commits = 0

    def run(self) -> None:
        """Serve until told to stop. What is queued before the stop is still done."""
        try:
            while group := self._take():
                self._deliver(self._write(group))
        finally:
            self._engine.db.close()

    def _take(self) -> list[Job]:
        """Wait for work. Return all of it, or nothing when told to stop."""
        group: list[Job] = []
        try:
            job = self._jobs.get()
            while job is not None:
                group.append(job)
                if len(group) == GROUP:
                    return group
                job = self._jobs.get_nowait()
            if group:
                self._jobs.put(None)  # the stop came behind work: find it again after the work
        except queue.Empty:
            pass
        return group

    def _write(self, group: list[Job]) -> list[Outcome]:
        try:
            return self._transaction(group)
        except _GroupLostError as lost:
            if len(group) == 1 or not self._engine.db.is_connection_usable():
                return self._all_failed(group, lost.__cause__ or lost)
            # One may have been too much for the disk; it must not take the others with it.
            return [outcome for job in group for outcome in self._write([job])]
        except (SoriboxError, peewee.PeeweeException) as error:
            return self._all_failed(group, error)

    def _all_failed(self, group: list[Job], error: BaseException) -> list[Outcome]:
        reconnect_if_lost(self._engine)
        return [Outcome(job, error=explained(error)) for job in group]

    def _transaction(self, group: list[Job]) -> list[Outcome]:
        """Run the group and commit. Raises _GroupLostError; after that nothing of the group is in the database."""
        self._begin()
        try:
            with self._engine.peewee_knows():
                outcomes = [self._one(job) for job in group]
            self._engine.execute("COMMIT")
        except (peewee.PeeweeException, _GroupLostError) as error:
            self._undo()
            raise _GroupLostError from (error.__cause__ if isinstance(error, _GroupLostError) else error)
        self.commits += 1
        return outcomes

    def _begin(self) -> None:
        """Begin; when the connection turns out to be lost, once more over a new one."""
        connect(self._engine)
        try:
            self._engine.execute(self._engine.begin_write)
        except peewee.PeeweeException:
            if not reconnect_if_lost(self._engine):
                raise
            connect(self._engine)
            self._engine.execute(self._engine.begin_write)

    def _one(self, job: Job) -> Outcome:
        self._engine.execute("SAVEPOINT job")
        try:
            outcome = Outcome(job, job.run())
        except BaseException as error:  # the thread is a border: whoever asked gets the error, whatever it is
            outcome = Outcome(job, error=explained(error))
            self._undo_one(error)
        self._engine.execute("RELEASE SAVEPOINT job")
        return outcome

    def _undo_one(self, error: BaseException) -> None:
        try:
            self._engine.execute("ROLLBACK TO SAVEPOINT job")
        except peewee.PeeweeException:
            # A full disk makes SQLite end the whole transaction by itself.
            raise _GroupLostError from error

    def _undo(self) -> None:
        try:
            self._engine.execute("ROLLBACK")
        except peewee.PeeweeException:
            log.debug("nothing left to roll back")


def explained(error: BaseException) -> BaseException:
    """Return `error` as whoever asked should see it: never one of the driver's."""
    if isinstance(error, peewee.PeeweeException):
        return explain(error)
    if isinstance(error, StopIteration):
        # A future cannot carry this one, and whoever waits would wait for ever.
        return RuntimeError("StopIteration left the work")
    return error
