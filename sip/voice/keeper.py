"""The voice keeper: `python -m sip.voice.keeper`, its settings as JSON on standard input, SIGTERM ends it.

Builds pool, journal and door, joins them, stops them in reverse. It lives on when the core dies; when the keeper
dies, workers hang up by themselves, and the next keeper waits for that before it opens: they share a lock.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import re
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

import msgspec

from sip.api import Alive, ConversationPlan, Lease, LegQuality, Order, Told, VoiceState
from sip.errors import NoWorker
from sip.tasks import Tasks
from sip.voice.conversations import Conversations
from sip.voice.disk import Disk
from sip.voice.door import Door
from sip.voice.forker import Forker
from sip.voice.hold_music import write_music
from sip.voice.life import can_talk
from sip.voice.logs import set_up_logging
from sip.voice.pool import Pool
from sip.voice.processes import Process, is_alive, kill_left_over, pss_kib
from sip.voice.protocol import Happened
from sip.voice.relay_link import RelayLink
from sip.voice.settings import KeeperSettings
from sip.voice.worker_link import WorkerLink

log = logging.getLogger(__name__)

WAIT_FOR_OTHERS_S = 5.0
MEASURE_EVERY_S = 30.0
MEASURE_SOON_S = 1.0
_SERVICE_UNAVAILABLE = 503
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Keeper:
    """The whole process but its signals."""

    def __init__(self, settings: KeeperSettings, music: str, lock: int) -> None:
        self._settings = settings
        self._disk = Disk(settings.voice_folder)
        self._door = Door(settings.socket, self)
        self._conversations = Conversations(settings.voice_folder, self._disk, self._door.tell)
        forker = Forker(settings.log_level, lock)
        self._relay = RelayLink(settings.relay_socket, forker)
        self._pool = Pool(settings, music, forker, self._happened, self._gone, self._changed)
        self._workers: dict[str, WorkerLink] = {}
        self._tasks = Tasks("keeper")
        self._pss_kib = 0
        self._told_state = VoiceState(connected=True)
        self._measuring: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Take up what is left, start workers, open the door."""
        await self._conversations.find()
        self._relay.open()
        self._pool.start()
        await self._door.open()
        self._measure_in(MEASURE_SOON_S)
        log.info("voice keeper listens")

    async def stop(self) -> None:
        """Hang up every talk, wait for the workers, write down what they said."""
        await self._pool.stop(_SERVICE_UNAVAILABLE, "stopped")
        await self._relay.close()
        await self._tasks.stop()
        await self._conversations.stop()
        if self._measuring is not None:
            self._measuring.cancel()
        await self._door.close()
        await self._disk.stop()

    # --------------------------------------------------------------------------------------- for the core

    async def lease(self, plan: ConversationPlan) -> Lease:
        """Take a worker and begin the conversation's journal. Waits for no disk. Raises NoWorker."""
        names_fit = _NAME.fullmatch(plan.conversation) and _NAME.fullmatch(plan.caller_leg or "none")
        if not names_fit or plan.conversation in self._workers:
            raise NoWorker("a conversation of that name cannot be")
        worker = await self._pool.take(plan)
        self._workers[plan.conversation] = worker
        folder = self._conversations.add(plan, worker.contact, worker.pid)
        await worker.begin(plan, str(folder))
        return Lease(plan.conversation, worker.contact, str(folder))

    def order(self, conversation: str, orders: tuple[Order, ...]) -> None:
        """Hand orders to a worker."""
        if (worker := self._holder(conversation)) is None:
            log.info("orders for a conversation that is over are ignored")
            return
        worker.order(conversation, orders)

    async def measure(self, conversation: str) -> tuple[LegQuality, ...]:
        """Ask the worker for the figures of its legs. Raises NoWorker."""
        if (worker := self._holder(conversation)) is None:
            raise NoWorker("no such conversation")
        return await worker.measure(conversation)

    def _holder(self, conversation: str) -> WorkerLink | None:
        worker = self._workers.get(conversation)
        return worker if worker is not None and can_talk(worker.life) else None

    def acknowledge(self, conversation: str, number: int) -> None:
        """Forget facts."""
        self._conversations.acknowledge(conversation, number)

    def alive(self) -> tuple[Alive, ...]:
        """Return every conversation that is not forgotten."""
        return self._conversations.alive()

    def unacknowledged(self) -> tuple[Told, ...]:
        """Return the facts to be told again."""
        return self._conversations.unacknowledged()

    def state(self) -> VoiceState:
        """Return how the keeper is."""
        warm, busy = self._pool.warm, self._pool.busy
        reason = "" if warm else self._pool.reason
        return VoiceState(True, warm, busy, self._settings.conversations, self._pss_kib, reason)

    # ------------------------------------------------------------------------------------- from the workers

    def _happened(self, worker: WorkerLink, happened: Happened) -> None:
        self._conversations.happened(worker.conversation, happened.at_ms, happened.fact)

    def _gone(self, worker: WorkerLink) -> None:
        if worker.conversation and self._workers.get(worker.conversation) is worker:
            del self._workers[worker.conversation]
            why = worker.why_gone or "the worker ended"
            self._tasks.start("lost", self._conversations.lost(worker.conversation, why))

    def _changed(self) -> None:
        self._measure_in(MEASURE_SOON_S)
        self._tell_state()

    def _tell_state(self) -> None:
        state = self.state()
        if state != self._told_state:
            self._told_state = state
            self._door.state_changed(state)

    # --------------------------------------------------------------------------------------------- memory

    def _measure_in(self, seconds: float) -> None:
        if self._measuring is None:
            self._measuring = asyncio.get_running_loop().call_later(seconds, self._measure)

    def _measure(self) -> None:
        self._tasks.start("measure", self._measured())

    async def _measured(self) -> None:
        """Measure while something happens; an idle keeper needs no second look."""
        relay = (self._relay.pid,) if self._relay.pid else ()
        pids = (os.getpid(), *relay, *self._pool.pids())
        self._pss_kib = await asyncio.to_thread(pss_kib, pids)
        self._measuring = None
        self._tell_state()
        if self._pool.busy:
            self._measure_in(MEASURE_EVERY_S)


class AlreadyRunning(Exception):
    """Another keeper has this data folder."""


async def run(settings: KeeperSettings) -> None:
    """Keep until SIGTERM or SIGINT. Raises AlreadyRunning, OSError."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    for folder in (settings.voice_folder, settings.run_folder):
        folder.mkdir(parents=True, exist_ok=True)
    lock = await _only_one(settings)
    music = settings.music or str(await asyncio.to_thread(write_music, settings.run_folder))
    keeper = Keeper(settings, music, lock)
    await keeper.start()
    await stop.wait()
    log.info("voice keeper stops")
    await keeper.stop()


async def _only_one(settings: KeeperSettings) -> int:
    """Wait until an earlier keeper's workers are gone; kill those that outstay. Returns the lock's descriptor.

    Workers inherit the lock, so it is free only when the last of them has ended. Raises AlreadyRunning.
    """
    lock = os.open(settings.run_folder / "voice.lock", os.O_RDWR | os.O_CREAT, 0o600)
    waiting = ThreadPoolExecutor(1, "lock")  # its own: one that waits for ever must not hold up our end
    taken = asyncio.get_running_loop().run_in_executor(waiting, fcntl.flock, lock, fcntl.LOCK_EX)
    await asyncio.wait((taken,), timeout=WAIT_FOR_OTHERS_S)
    if not taken.done():
        if is_alive(Process.parse(os.pread(lock, 100, 0))):
            raise AlreadyRunning(f"another voice keeper uses {settings.data}")
        killed = await asyncio.to_thread(kill_left_over, settings.voice_folder)
        log.error("workers of an earlier keeper did not end; killed: %d", killed)
    await taken
    os.ftruncate(lock, 0)
    os.pwrite(lock, Process.of(os.getpid()).text(), 0)
    return lock


def main() -> int:
    """Run the keeper. Returns the exit status."""
    try:
        settings = msgspec.json.decode(sys.stdin.buffer.read(), type=KeeperSettings)
    except msgspec.DecodeError as error:
        sys.stderr.write(f"voice keeper: settings on standard input: {error}\n")
        return 2
    set_up_logging("keeper", settings.log_level)
    try:
        asyncio.run(run(settings))
    except (AlreadyRunning, OSError) as error:
        log.error("%s", error)
        os._exit(1)  # a thread may still wait for the lock
    return 0


if __name__ == "__main__":
    sys.exit(main())
