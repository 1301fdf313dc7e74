"""The keeper's end of the link to the core: a unix socket of its own user. Knows the protocol, no worker.

There is one core. One that connects anew takes the place of the one before, which must be a dead one's remains.
"""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from sip.api import Alive, ConversationPlan, Lease, LegQuality, Order, Told, VoiceState
from sip.errors import NoWorker
from sip.tasks import Tasks
from sip.voice.channel import AsyncChannel, ChannelClosed
from sip.voice.protocol import (
    VERSION,
    FactsStored,
    FactTold,
    FromCore,
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
    Welcome,
)

log = logging.getLogger(__name__)


class House(Protocol):
    """What is behind the door."""

    async def lease(self, plan: ConversationPlan) -> Lease:
        """Take a worker. Raises NoWorker."""

    def order(self, conversation: str, orders: tuple[Order, ...]) -> None:
        """Hand orders to a worker."""

    async def measure(self, conversation: str) -> tuple[LegQuality, ...]:
        """Return the figures of a conversation's legs. Raises NoWorker."""

    def acknowledge(self, conversation: str, number: int) -> None:
        """Forget facts."""

    def alive(self) -> tuple[Alive, ...]:
        """Return every conversation that is not forgotten."""

    def unacknowledged(self) -> tuple[Told, ...]:
        """Return the facts to be told again."""

    def state(self) -> VoiceState:
        """Return how the keeper is."""


class Door:
    """Listens for the core and speaks with it."""

    def __init__(self, path: Path, house: House) -> None:
        self._path = path
        self._house = house
        self._tasks = Tasks("door")
        self._server: asyncio.Server | None = None
        self._core: AsyncChannel[FromCore] | None = None

    async def open(self) -> None:
        """Listen. Only this user may connect."""
        self._path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            self._server = await AsyncChannel.listen(str(self._path), FromCore, self._welcome_in)
        finally:
            os.umask(before)

    async def close(self) -> None:
        """Stop listening and let go of the core."""
        if self._server is not None:
            self._server.close()
        if self._core is not None:
            await self._core.close()
        await self._tasks.stop()
        self._path.unlink(missing_ok=True)

    def tell(self, told: Told) -> None:
        """Tell a fact, if a core is there; else it hears it when it comes."""
        self._say(FactTold(told))

    def state_changed(self, state: VoiceState) -> None:
        """Tell how the keeper is."""
        self._say(StateChanged(state))

    def _say(self, message: Struct) -> None:
        if self._core is not None:
            self._core.send(message)

    def _welcome_in(self, channel: AsyncChannel[FromCore]) -> None:
        self._tasks.start("core", self._serve(channel))

    async def _serve(self, channel: AsyncChannel[FromCore]) -> None:
        try:
            await self._introduce(channel)
            while True:
                self._hear(channel, await channel.receive())
        except ChannelClosed as error:
            log.info("core: %s", error)
        finally:
            if self._core is channel:
                self._core = None
            await channel.close()

    async def _introduce(self, channel: AsyncChannel[FromCore]) -> None:
        hello = await channel.receive()
        channel.send(Hello())
        if not isinstance(hello, Hello) or hello.version != VERSION:
            raise ChannelClosed("it speaks another version")
        if self._core is not None:
            log.warning("another core takes over")
            await self._core.close()
        self._core = channel
        channel.send(Welcome(self._house.alive(), self._house.state()))
        for told in self._house.unacknowledged():
            channel.send(FactTold(told))
        log.info("core is there")

    def _hear(self, channel: AsyncChannel[FromCore], message: FromCore) -> None:
        match message:
            case LeaseWanted(request, plan):
                self._tasks.start("lease", self._lease(channel, request, plan))
            case Measure(request, conversation):
                self._tasks.start("measure", self._measure(channel, request, conversation))
            case OrdersGiven(conversation, orders):
                self._house.order(conversation, orders)
            case FactsStored(conversation, number):
                self._house.acknowledge(conversation, number)
            case Ping(number):
                channel.send(Pong(number))
            case Hello():
                raise ChannelClosed("introduced itself twice")

    async def _lease(self, channel: AsyncChannel[FromCore], request: int, plan: ConversationPlan) -> None:
        try:
            channel.send(LeaseGranted(request, await self._house.lease(plan)))
        except NoWorker as error:
            channel.send(LeaseRefused(request, error.reason))

    async def _measure(self, channel: AsyncChannel[FromCore], request: int, conversation: str) -> None:
        try:
            channel.send(Measured(request, await self._house.measure(conversation)))
        except NoWorker as error:
            channel.send(NotMeasured(request, error.reason))
