"""One worker, seen from its keeper: its process, its channel, its life. Knows no other worker and no journal.

A worker that does not do in time what its state asks for is asked for its stack (SIGUSR1), then killed.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import signal
import socket
from typing import Protocol

from sip.api import LAST_FACTS, ConversationPlan, LegQuality, Order
from sip.errors import NoWorker
from sip.tasks import Tasks
from sip.voice.channel import AsyncChannel, ChannelClosed
from sip.voice.forker import Forker
from sip.voice.life import Event, Life, step
from sip.voice.protocol import (
    Begin,
    Begun,
    Finish,
    FromWorker,
    Happened,
    Measure,
    Measured,
    OrdersGiven,
    Ping,
    Pong,
    WorkerFailed,
    WorkerReady,
    WorkerSettings,
)
from sip.voice.questions import Questions

log = logging.getLogger(__name__)

PING_EVERY_S = 5.0
_DUMP_S = 0.5
_KILL_S = 2.0
_EXIT_S = 3.0
_SLACK_S = 60.0
_STATUS_S = 0.5  # the zygote, which reaps, tells the status; it may be gone itself


class WorkerWatcher(Protocol):
    """Who hears of a worker."""

    def life_changed(self, worker: WorkerLink, before: Life) -> None:
        """It entered another state."""

    def happened(self, worker: WorkerLink, happened: Happened) -> None:
        """It told a fact."""


class WorkerLink:
    """A worker process."""

    def __init__(
        self,
        settings: WorkerSettings,
        watcher: WorkerWatcher,
        start_s: float,
        reply_s: float,
        lease_s: float,
    ) -> None:
        self.settings = settings
        self.life = Life.STARTING
        self.pid = 0
        self.conversation = ""
        self.why_gone = ""
        self._watcher = watcher
        self._start_s = start_s
        self._reply_s = reply_s
        self._finish_s = 0.0
        self._lease_s = lease_s
        self._begun = asyncio.Event()
        self._tasks = Tasks(f"worker {settings.slot}")
        self._channel: AsyncChannel[FromWorker] | None = None
        self._pidfd = -1
        self._timer: asyncio.TimerHandle | None = None
        self._ping_timer: asyncio.TimerHandle | None = None
        self._measures: Questions[tuple[LegQuality, ...]] = Questions()
        self._numbers = itertools.count(1)
        self._unanswered = 0
        self._status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._listening: asyncio.Task[None] | None = None

    @property
    def contact(self) -> str:
        """The edge's name for this worker."""
        return f"w{self.settings.sip_port}"

    async def start(self, forker: Forker) -> None:
        """Fork the process and give it its settings. Raises NoWorker."""
        self._arm()
        ours, its = socket.socketpair()
        with its:
            try:
                self.pid = await forker.fork(self.settings.slot, its)
                self._pidfd = os.pidfd_open(self.pid)
            except (NoWorker, OSError):
                ours.close()
                self._disarm()
                raise
        asyncio.get_running_loop().add_reader(self._pidfd, self._exited)
        channel: AsyncChannel[FromWorker] = await AsyncChannel.of_socket(ours, FromWorker)
        self._channel = channel
        channel.send(self.settings)
        self._listening = self._tasks.start("listen", self._listen(channel))

    async def begin(self, plan: ConversationPlan, folder: str) -> None:
        """Give a reserved worker its conversation; returns when an INVITE may come. Raises NoWorker."""
        self._send(Begin(plan, folder, self._lease_s))
        try:
            await asyncio.wait_for(self._begun.wait(), self._reply_s)
        except TimeoutError:
            self._become(Event.TIMEOUT)
            raise NoWorker("the worker did not begin") from None

    def take(self, plan: ConversationPlan) -> None:
        """Reserve a warm worker, so that nobody else gets it."""
        self.conversation = plan.conversation
        self._become(Event.LEASED)

    def order(self, conversation: str, orders: tuple[Order, ...]) -> None:
        """Hand orders on."""
        self._send(OrdersGiven(conversation, orders))

    async def measure(self, conversation: str) -> tuple[LegQuality, ...]:
        """Return the figures of its legs. Raises NoWorker when it ends meanwhile, or does not answer in time."""
        with self._measures.ask() as (request, answer):
            self._send(Measure(request, conversation))
            try:
                return await asyncio.wait_for(answer, self._reply_s)
            except TimeoutError:
                raise NoWorker("the worker did not answer") from None

    def finish(self, code: int, reason: str, within_s: float) -> None:
        """Ask it to end every leg and exit; kill it when it has not by then."""
        self._finish_s = within_s
        self._send(Finish(code, reason))
        self._become(Event.FINISH)

    async def stop(self) -> None:
        """Let go of a process that is gone."""
        self._disarm()
        await self._tasks.stop()
        if self._channel is not None:
            await self._channel.close()

    # ----------------------------------------------------------------------------------------------- listening

    async def _listen(self, channel: AsyncChannel[FromWorker]) -> None:
        try:
            while True:
                self._hear(await channel.receive())
        except ChannelClosed as error:
            log.debug("channel of worker %d: %s", self.settings.slot, error)
            self._measures.fail_all(NoWorker("the worker ended"))
            self._become(Event.FAILED)

    def _hear(self, message: FromWorker) -> None:
        match message:
            case WorkerReady():
                self._become(Event.READY)
            case WorkerFailed(reason):
                self.why_gone = reason
                log.error("worker %d cannot start: %s", self.settings.slot, reason)
                self._become(Event.FAILED)
            case Begun():
                self._begun.set()
            case Happened(_, fact):
                if self.life is Life.LEASED and not isinstance(fact, LAST_FACTS):
                    self._become(Event.FIRST_LEG)
                self._watcher.happened(self, message)
                if isinstance(fact, LAST_FACTS):
                    self._become(Event.LAST_FACT)
            case Measured(request, legs):
                self._measures.settle(request, legs)
            case Pong():
                self._unanswered = 0

    def exit_status(self, status: int) -> None:
        """Hear from the zygote how the process ended."""
        if not self._status.done():
            self._status.set_result(status)

    def _exited(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._pidfd = -1
        self._tasks.start("last words", self._hear_last_words())

    async def _hear_last_words(self) -> None:
        """What it said before it went is still in the channel: the life ends when that is heard."""
        if self._listening is not None:
            await asyncio.wait((self._listening,))
        await asyncio.wait((self._status,), timeout=_STATUS_S)
        if self._status.done() and (status := self._status.result()) != 0 and not self.why_gone:
            self.why_gone = f"ended by signal {-status}" if status < 0 else f"ended with status {status}"
        self._become(Event.EXITED)

    # ---------------------------------------------------------------------------------------------------- life

    def _become(self, event: Event) -> None:
        before = self.life
        self.life = step(before, event)
        if self.life is before and event is not Event.TIMEOUT:
            return
        self._arm()
        if self.life is Life.DUMPING:
            self.why_gone = f"did not answer while {before}"
            log.error("worker %d (pid %d) %s", self.settings.slot, self.pid, self.why_gone)
            self._signal(signal.SIGUSR1)
        elif self.life is Life.KILLED:
            self._signal(signal.SIGKILL)
        if self.life is not before:
            self._watcher.life_changed(self, before)

    def _arm(self) -> None:
        """Give the new state its time-out."""
        self._disarm()
        seconds = self._allowed_s()
        loop = asyncio.get_running_loop()
        if seconds is not None:
            self._timer = loop.call_later(seconds, self._become, Event.TIMEOUT)
        if self.life in (Life.LEASED, Life.TALKING):
            self._ping_timer = loop.call_later(PING_EVERY_S, self._ping)

    def _allowed_s(self) -> float | None:
        match self.life:
            case Life.STARTING:
                return self._start_s
            case Life.LEASED:
                return self._lease_s + 2 * self._reply_s
            case Life.TALKING:
                return self.settings.longest_s + _SLACK_S
            case Life.DRAINING:
                return self._finish_s
            case Life.ENDED:
                return _EXIT_S
            case Life.DUMPING:
                return _DUMP_S
            case Life.KILLED:
                return _KILL_S
            case Life.WARM | Life.GONE:
                return None

    def _disarm(self) -> None:
        for timer in (self._timer, self._ping_timer):
            if timer is not None:
                timer.cancel()
        self._timer = self._ping_timer = None

    def _ping(self) -> None:
        """Ask a talking worker whether it lives; the last answer must have come."""
        if self._unanswered * PING_EVERY_S >= self._reply_s:
            self._become(Event.TIMEOUT)
            return
        self._unanswered += 1
        self._send(Ping(next(self._numbers)))
        self._ping_timer = asyncio.get_running_loop().call_later(PING_EVERY_S, self._ping)

    def _send(self, message: Begin | OrdersGiven | Measure | Finish | Ping) -> None:
        if self._channel is not None:
            self._channel.send(message)

    def _signal(self, number: signal.Signals) -> None:
        if self._pidfd >= 0:
            signal.pidfd_send_signal(self._pidfd, number)
