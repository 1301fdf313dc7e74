"""The core's end of the link to the voice keeper: implements `sip.api.Voice`. Knows the protocol, nothing of pjsua2.

Stays connected with a growing pause between tries. A link that answers no ping is as good as gone: it is dropped, so
that `VoiceState.connected` is never true of a keeper that hangs.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from sip.api import Alive, ConversationPlan, Lease, LegQuality, Order, Told, VoiceState
from sip.errors import NoWorker, VoiceUnavailable
from sip.tasks import Tasks
from sip.voice.channel import AsyncChannel, ChannelClosed
from sip.voice.protocol import (
    VERSION,
    FactsStored,
    FactTold,
    Hello,
    LeaseGranted,
    LeaseRefused,
    LeaseWanted,
    Measure,
    Measured,
    NotMeasured,
    OrdersGiven,
    Ping,
    Pong,
    StateChanged,
    ToCore,
    Welcome,
)
from sip.voice.questions import Questions

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 2.0
PING_EVERY_S = 10.0
PONG_WITHIN_S = 5.0


class VoiceClient:
    """The real `Voice`: one unix socket to the keeper."""

    def __init__(self, socket: Path) -> None:
        self._path = str(socket)
        self._tasks = Tasks("voice client")
        self._hear: Callable[[Told], None] = _nobody_hears
        self._changed: Callable[[VoiceState], None] = _nobody_hears
        self._state = VoiceState(connected=False, reason="not connected")
        self._channel: AsyncChannel[ToCore] | None = None
        self._leases: Questions[Lease] = Questions()
        self._measures: Questions[tuple[LegQuality, ...]] = Questions()
        self._numbers = itertools.count(1)
        self._pongs: dict[int, asyncio.Event] = {}
        self._welcome: asyncio.Future[tuple[Alive, ...]] | None = None
        self._alive: tuple[Alive, ...] = ()

    async def start(self, hear: Callable[[Told], None], changed: Callable[[VoiceState], None]) -> tuple[Alive, ...]:
        """Connect and stay connected. Returns what is alive, when the keeper is there: that may take for ever."""
        self._hear, self._changed = hear, changed
        self._welcome = asyncio.get_running_loop().create_future()
        self._tasks.start("link", self._stay_connected())
        return await asyncio.shield(self._welcome)

    def alive(self) -> tuple[Alive, ...]:
        """Return what the keeper knew when the link last came up."""
        return self._alive

    async def stop(self) -> None:
        """Let go of the keeper; conversations go on."""
        await self._tasks.stop()

    async def lease(self, plan: ConversationPlan) -> Lease:
        """Take a warm worker. Raises NoWorker, or VoiceUnavailable when the keeper is not there."""
        channel = self._connected()
        with self._leases.ask() as (request, answer):
            channel.send(LeaseWanted(request, plan))
            return await answer

    async def order(self, conversation: str, *orders: Order) -> None:
        """Hand orders to a worker. Raises VoiceUnavailable when the keeper is not there."""
        self._connected().send(OrdersGiven(conversation, orders))

    async def acknowledge(self, conversation: str, number: int) -> None:
        """Say which facts are stored. Without a keeper nothing is lost: it tells them again."""
        if self._channel is not None:
            self._channel.send(FactsStored(conversation, number))

    async def measure(self, conversation: str) -> tuple[LegQuality, ...]:
        """Return the figures of a conversation's legs. Raises NoWorker, VoiceUnavailable."""
        channel = self._connected()
        with self._measures.ask() as (request, answer):
            channel.send(Measure(request, conversation))
            return await answer

    def state(self) -> VoiceState:
        """Return how the keeper is."""
        return self._state

    def _connected(self) -> AsyncChannel[ToCore]:
        if self._channel is None:
            raise VoiceUnavailable("the voice keeper is not there")
        return self._channel

    # ------------------------------------------------------------------------------------------------ the link

    async def _stay_connected(self) -> None:
        pause = FIRST_PAUSE_S
        while True:
            try:
                channel: AsyncChannel[ToCore] = await AsyncChannel.connect(self._path, ToCore)
            except ChannelClosed as error:
                log.debug("no voice keeper: %s", error)
            else:
                if await self._use(channel):
                    pause = FIRST_PAUSE_S
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _use(self, channel: AsyncChannel[ToCore]) -> bool:
        """Speak until the link ends; tell whether it ever came up."""
        came_up = False
        pinger: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(PONG_WITHIN_S):
                welcome = await _introduce(channel)
            came_up = True
            self._take_up(channel, welcome)
            pinger = self._tasks.start("ping", self._ping(channel))
            while True:
                self._take(await channel.receive())
        except ChannelClosed as error:
            log.warning("link to the voice keeper ended: %s", error)
        except TimeoutError:
            log.error("the voice keeper does not introduce itself")
        finally:
            if pinger is not None:
                pinger.cancel()
            self._let_go()
            await channel.close()
        return came_up

    def _take_up(self, channel: AsyncChannel[ToCore], welcome: Welcome) -> None:
        log.info("voice keeper is there, %d conversations alive", len(welcome.alive))
        self._channel = channel
        self._alive = welcome.alive
        if self._welcome is not None and not self._welcome.done():
            self._welcome.set_result(welcome.alive)
        self._set_state(replace(welcome.state, connected=True))

    def _let_go(self) -> None:
        if self._channel is None:
            return
        self._channel = None
        for questions in (self._leases, self._measures):
            questions.fail_all(VoiceUnavailable("the voice keeper went away"))
        self._pongs.clear()
        self._set_state(VoiceState(connected=False, reason="not connected"))

    def _take(self, message: ToCore) -> None:
        match message:
            case FactTold(told):
                self._hear(told)
            case LeaseGranted(request, lease):
                self._leases.settle(request, lease)  # to nobody: the keeper takes an unused worker back by itself
            case LeaseRefused(request, reason):
                self._leases.settle(request, NoWorker(reason))
            case Measured(request, legs):
                self._measures.settle(request, legs)
            case NotMeasured(request, reason):
                self._measures.settle(request, NoWorker(reason))
            case StateChanged(state):
                self._set_state(replace(state, connected=True))
            case Pong(number):
                if (arrived := self._pongs.pop(number, None)) is not None:
                    arrived.set()
            case Hello() | Welcome():
                raise ChannelClosed("introduced itself twice")

    def _set_state(self, state: VoiceState) -> None:
        if state != self._state:
            self._state = state
            self._changed(state)

    async def _ping(self, channel: AsyncChannel[ToCore]) -> None:
        while True:
            await asyncio.sleep(PING_EVERY_S)
            number = next(self._numbers)
            arrived = self._pongs[number] = asyncio.Event()
            channel.send(Ping(number))
            try:
                async with asyncio.timeout(PONG_WITHIN_S):
                    await arrived.wait()
            except TimeoutError:
                log.error("the voice keeper answers no ping")
                await channel.close()
                return


async def _introduce(channel: AsyncChannel[ToCore]) -> Welcome:
    """Exchange versions. Raises ChannelClosed when the keeper speaks another one."""
    channel.send(Hello())
    hello = await channel.receive()
    if not isinstance(hello, Hello) or hello.version != VERSION:
        raise ChannelClosed(f"the voice keeper speaks another version than {VERSION}")
    welcome = await channel.receive()
    if not isinstance(welcome, Welcome):
        raise ChannelClosed("no welcome")
    return welcome


def _nobody_hears(_: object) -> None:
    """Stand in until `start` says who hears."""
