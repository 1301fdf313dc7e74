"""The wire to Kamailio: netstrings of JSON over loopback TCP (its module evapi). Knows no SIP.

A connection counts only after Kamailio has said welcome to our secret. When it breaks it is made again, with growing
pauses; whoever waits for an answer then gets EdgeUnavailable.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from sip.errors import EdgeUnavailable
from sip.tasks import Tasks

log = logging.getLogger(__name__)

Message = dict[str, Any]

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
_ANSWER_SECONDS = 5.0
# Kamailio drops a connection that sends it more than this (modules/evapi: 32 KiB, less its own framing).
_LARGEST_OUT = 30_000
_LARGEST_IN = 4_000_000


class RpcFailed(EdgeUnavailable):
    """Kamailio took a command and said no; `code` and the text are its own."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code


class Link:
    """One connection to Kamailio, kept up. `came` is awaited after each welcome, `went` called after each loss."""

    def __init__(
        self,
        port: int,
        secret: Callable[[], str],
        hear: Callable[[Message], None],
        came: Callable[[], Awaitable[None]],
        went: Callable[[], None],
    ) -> None:
        self._port = port
        self._secret = secret
        self._hear = hear
        self._came = came
        self._went = went
        self._tasks = Tasks("edge link")
        self._writer: asyncio.StreamWriter | None = None
        self._welcome = False
        self._greeted = False
        self._greeting: asyncio.Task[None] | None = None
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}

    @property
    def up(self) -> bool:
        """Whether Kamailio has welcomed us."""
        return self._welcome

    def start(self) -> None:
        """Connect, and stay connected until `stop`."""
        self._tasks.start("stay connected", self._stay_connected())

    async def stop(self) -> None:
        """Let go."""
        await self._tasks.stop()
        self._lost()

    def send(self, message: Message) -> None:
        """Send an order that has no answer. Raises EdgeUnavailable when there is no connection."""
        if not self._welcome:
            raise EdgeUnavailable("no connection to Kamailio")
        self._write(message)

    async def call(self, method: str, *arguments: str | int) -> Any:
        """Run one of Kamailio's RPC commands and return its result. Raises EdgeUnavailable, RpcFailed.

        Numbers that are names ("101") must be given as text; so must secrets, which are never logged.
        """
        number = next(self._ids)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            request = {"jsonrpc": "2.0", "method": method, "params": list(arguments), "id": number}
            self.send({"do": "rpc", "call": request})
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await waiting
        except TimeoutError:
            raise EdgeUnavailable(f"Kamailio did not answer {method}") from None
        finally:
            del self._waiting[number]

    def _write(self, message: Message) -> None:
        data = json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode()
        if len(data) > _LARGEST_OUT:
            raise EdgeUnavailable("message too large for Kamailio")
        if self._writer is not None:
            self._writer.write(b"%d:%s," % (len(data), data))

    async def _stay_connected(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._one_connection()
            except (OSError, ValueError, asyncio.IncompleteReadError) as error:
                log.debug("no connection to Kamailio: %s", error)
            if self._greeted:
                pause, self._greeted = _FIRST_PAUSE, False
            self._lost()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _one_connection(self) -> None:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=_LARGEST_IN)
        self._write({"do": "hello", "secret": await asyncio.to_thread(self._secret)})
        while (message := await _read(reader)) is not None:
            self._take(message)

    def _take(self, message: Message) -> None:
        kind = message.get("ev")
        if kind == "welcome":
            if not self._welcome:  # every connection hears every welcome
                self._welcome = True
                self._greeting = self._tasks.start("tell Kamailio everything", self._greet())
        elif kind == "answer":
            self._answer(message.get("answer"))
        elif self._welcome:
            self._hear(message)

    async def _greet(self) -> None:
        try:
            await self._came()
            self._greeted = True
        except EdgeUnavailable as error:
            # half told is not told: begin again with a new connection
            log.warning("Kamailio could not be told everything: %s", error)
            self._hang_up()
        except Exception:
            # the border of this connection: without a whole greeting nobody would know that Kamailio is there
            log.exception("Kamailio could not be told everything")
            self._hang_up()

    def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _answer(self, answer: object) -> None:
        if not isinstance(answer, dict):
            return
        waiting = self._waiting.get(answer.get("id", 0))
        if waiting is None or waiting.done():
            return
        error = answer.get("error")
        if isinstance(error, dict):
            waiting.set_exception(RpcFailed(int(error.get("code", 0)), str(error.get("message", ""))))
        else:
            waiting.set_result(answer.get("result"))

    def _lost(self) -> None:
        if self._greeting is not None:  # it ends with its connection: the next one is greeted for itself
            self._greeting.cancel()
            self._greeting = None
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(EdgeUnavailable("the connection to Kamailio broke"))
        if self._welcome:
            self._welcome = False
            self._went()


async def _read(reader: asyncio.StreamReader) -> Message | None:
    """Return the next message; None at the end. A message that is no JSON object is skipped."""
    while True:
        try:
            length = int((await reader.readuntil(b":"))[:-1])
        except asyncio.IncompleteReadError:
            return None
        if not 0 <= length <= _LARGEST_IN:
            raise ValueError("netstring of impossible length")
        data = await reader.readexactly(length + 1)
        try:
            message = json.loads(data[:-1])
        except ValueError:
            log.warning("a message of Kamailio is no JSON, %d bytes", length)
            continue
        if isinstance(message, dict):
            return message
