"""The warm pool: starts workers before they are needed, leases them, replaces them. Knows no journal and no core.

Starts are bounded and driven by events; a worker that cannot start makes the next try wait longer, and its reason is
the pool's reason until one is warm again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator

from sip.api import ConversationPlan
from sip.errors import NoWorker
from sip.tasks import Tasks
from sip.voice.forker import Forker
from sip.voice.life import Life
from sip.voice.protocol import Happened
from sip.voice.settings import KeeperSettings
from sip.voice.worker_link import WorkerLink

log = logging.getLogger(__name__)

STARTS_AT_ONCE = 2
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
WAIT_FOR_WARM_S = 2.0
REPLACE_AFTER_S = 0.3  # a call that begins has the processor for itself while others still wait ready

_BUSY = (Life.LEASED, Life.TALKING, Life.DRAINING)


class Pool:
    """All workers of a keeper."""

    def __init__(
        self,
        settings: KeeperSettings,
        music: str,
        forker: Forker,
        happened: Callable[[WorkerLink, Happened], None],
        gone: Callable[[WorkerLink], None],
        changed: Callable[[], None],
    ) -> None:
        self.reason = ""
        self._settings = settings
        self._music = music
        self._happened = happened
        self._gone = gone
        self._changed = changed
        self._forker = forker
        self._tasks = Tasks("pool")
        self._workers: dict[int, WorkerLink] = {}
        self._wanting: deque[asyncio.Future[WorkerLink]] = deque()
        self._promised: set[WorkerLink] = set()  # warm, and given to somebody who has not woken up yet
        self._pause_s = 0.0
        self._retry: asyncio.TimerHandle | None = None
        self._replace: asyncio.TimerHandle | None = None
        self._stopping = False
        self._empty = asyncio.Event()

    def start(self) -> None:
        """Start the zygote; workers follow when it is ready."""
        self._forker.start(self._engine_known, self._exited)

    async def stop(self, code: int, reason: str) -> None:
        """Let every worker hang up and exit; kill those that have not in time. Returns when all are gone."""
        self._stopping = True
        self._refuse_all("the voice keeper stops")
        for timer in (self._retry, self._replace):
            if timer is not None:
                timer.cancel()
        for worker in tuple(self._workers.values()):
            worker.finish(code, reason, self._settings.stop_seconds)
        while self._workers:
            self._empty.clear()
            await self._empty.wait()
        await self._tasks.stop()
        await self._forker.stop()

    async def take(self, plan: ConversationPlan) -> WorkerLink:
        """Return a worker reserved for `plan`; waits shortly for one that is just starting. Raises NoWorker."""
        if self._stopping:
            raise NoWorker("the voice keeper stops")
        if self.busy >= self._settings.conversations:
            raise NoWorker("every worker talks")
        free = (worker for worker in self._in(Life.WARM) if worker not in self._promised)
        worker = next(free, None) or await self._wait_for_warm()
        worker.take(plan)
        return worker

    # ------------------------------------------------------------------------------------------------- figures

    @property
    def warm(self) -> int:
        """How many wait."""
        return sum(1 for _ in self._in(Life.WARM))

    @property
    def busy(self) -> int:
        """How many have a conversation."""
        return sum(1 for _ in self._in(*_BUSY))

    def pids(self) -> tuple[int, ...]:
        """Return zygote and workers."""
        own = (self._forker.pid,) if self._forker.pid else ()
        return own + tuple(worker.pid for worker in self._workers.values() if worker.pid)

    def _in(self, *lives: Life) -> Iterator[WorkerLink]:
        return (worker for worker in self._workers.values() if worker.life in lives)

    # ------------------------------------------------------------------------------------------- what happens

    def happened(self, worker: WorkerLink, happened: Happened) -> None:
        """Pass a fact on."""
        self._happened(worker, happened)

    def life_changed(self, worker: WorkerLink, before: Life) -> None:
        """Keep the pool full, give warm workers to those who wait."""
        if worker.life is Life.WARM:
            self._pause_s = 0.0
            self.reason = ""
            self._serve_next(worker)
        elif worker.life is Life.GONE:
            self._remove(worker)
        if before is Life.STARTING and worker.life not in (Life.WARM, Life.DRAINING):
            self._start_failed(worker.why_gone or f"a worker is {worker.life}")
        if worker.life is Life.LEASED and 2 * self.warm >= self._settings.warm_workers:
            self._fill_later()
        else:
            self._fill()
        self._changed()

    def _serve_next(self, worker: WorkerLink) -> None:
        while self._wanting:
            waiting = self._wanting.popleft()
            if not waiting.done():
                waiting.set_result(worker)
                self._promised.add(worker)
                return

    def _remove(self, worker: WorkerLink) -> None:
        self._workers.pop(worker.settings.slot, None)
        self._tasks.start("let go", worker.stop())
        self._gone(worker)
        if not self._workers:
            self._empty.set()

    def _exited(self, pid: int, status: int) -> None:
        for worker in self._workers.values():
            if worker.pid == pid:
                worker.exit_status(status)

    def _engine_known(self) -> None:
        if self._forker.missing:
            self.reason = self._forker.missing
            self._refuse_all(self.reason)
        self._fill()
        self._changed()

    # ------------------------------------------------------------------------------------------------ starting

    async def _wait_for_warm(self) -> WorkerLink:
        if self.reason and not any(self._in(Life.STARTING)):
            raise NoWorker(self.reason)
        waiting: asyncio.Future[WorkerLink] = asyncio.get_running_loop().create_future()
        self._wanting.append(waiting)
        self._fill()
        try:
            return await asyncio.wait_for(waiting, WAIT_FOR_WARM_S)
        except TimeoutError:
            raise NoWorker(self.reason or "no worker became ready in time") from None
        finally:
            if waiting.done() and not waiting.cancelled() and waiting.exception() is None:
                self._promised.discard(waiting.result())

    def _refuse_all(self, reason: str) -> None:
        while self._wanting:
            waiting = self._wanting.popleft()
            if not waiting.done():
                waiting.set_exception(NoWorker(reason))

    def _fill_later(self) -> None:
        if self._replace is None:
            self._replace = asyncio.get_running_loop().call_later(REPLACE_AFTER_S, self._fill)

    def _fill(self) -> None:
        """Start workers until enough are warm, a few at a time."""
        if self._replace is not None:
            self._replace.cancel()
            self._replace = None
        if self._stopping or not self._forker.ready or self._retry is not None:
            return
        starting = sum(1 for _ in self._in(Life.STARTING))
        wanted = self._settings.warm_workers + len(self._wanting)
        allowed = min(wanted, self._settings.conversations - self.busy)
        while starting < STARTS_AT_ONCE and self.warm + starting < allowed:
            slot = self._free_slot()
            if slot is None:
                return
            settings = self._settings.for_slot(slot, self._music)
            mine = self._settings
            worker = WorkerLink(settings, self, mine.start_seconds, mine.reply_seconds, mine.lease_seconds)
            self._workers[slot] = worker
            self._tasks.start(f"start worker {slot}", self._start(worker))
            starting += 1

    async def _start(self, worker: WorkerLink) -> None:
        try:
            await worker.start(self._forker)
        except (NoWorker, OSError) as error:
            self._workers.pop(worker.settings.slot, None)
            self._start_failed(str(error))
            if not self._workers:
                self._empty.set()

    def _start_failed(self, reason: str) -> None:
        """Wait before the next try, longer each time."""
        self.reason = reason
        if self._stopping or self._retry is not None:
            return
        self._pause_s = min(max(self._pause_s * 2, FIRST_PAUSE_S), LONGEST_PAUSE_S)
        log.warning("no worker: %s; next try in %.1f s", reason, self._pause_s)
        self._retry = asyncio.get_running_loop().call_later(self._pause_s, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        self._fill()

    def _free_slot(self) -> int | None:
        return next((slot for slot in range(self._settings.slots) if slot not in self._workers), None)
