"""The relay, seen from the keeper: a socket that workers connect to, and a process for it when somebody does.

The socket is the keeper's and outlives the process: connections wait in it until the next one runs. A relay that ends
(idle, or dead) is started again by the next connection; one that does not answer is killed, and its talks go on in
their workers' mixers. Knows no talk.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Coroutine
from pathlib import Path

import msgspec

from sip.errors import NoWorker
from sip.tasks import Tasks
from sip.voice.forker import Forker
from sip.voice.protocol import RELAY_SLOT, Ping, Pong

log = logging.getLogger(__name__)

PING_EVERY_S = 2.0
PONG_WITHIN_S = 2.0  # on a busy machine
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
_WAITING = 64
_LONGEST = 4096


class RelayLink:
    """Has the relay run while it is wanted."""

    def __init__(self, path: Path, forker: Forker) -> None:
        self.path = path
        self.pid = 0
        self._forker = forker
        self._tasks = Tasks("relay")
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def open(self) -> None:
        """Listen. Only this user may connect."""
        self.path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            self._listener.bind(str(self.path))
        finally:
            os.umask(before)
        self._listener.listen(_WAITING)
        self._tasks.start("keep", self._keep())

    async def close(self) -> None:
        """Stop listening; a relay that still runs ends with its last talk."""
        await self._tasks.stop()
        self._listener.close()
        self.path.unlink(missing_ok=True)

    async def _keep(self) -> None:
        pause = FIRST_PAUSE_S
        while True:
            await self._wanted()
            try:
                served = await self._live()
            except (NoWorker, OSError) as error:
                log.warning("no relay: %s", error)
                served = False
            pause = FIRST_PAUSE_S if served else min(pause * 2, LONGEST_PAUSE_S)
            await asyncio.sleep(pause)

    async def _wanted(self) -> None:
        """Wait until a worker connects."""
        loop = asyncio.get_running_loop()
        wanted = asyncio.Event()
        loop.add_reader(self._listener, wanted.set)
        try:
            await wanted.wait()
        finally:
            loop.remove_reader(self._listener)

    async def _live(self) -> bool:
        """Run one relay to its end; tell whether it ended by itself. Raises NoWorker, OSError."""
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            ours.setblocking(False)
            with its:
                self.pid = await self._forker.fork(RELAY_SLOT, its)
            process = os.pidfd_open(self.pid)
            try:
                socket.send_fds(ours, [b"listen"], [self._listener.fileno()])
                return await self._ended(ours, process)
            finally:
                os.close(process)
                self.pid = 0

    async def _ended(self, relay: socket.socket, process: int) -> bool:
        """Ask it again and again whether it lives, until it is gone; kill it when it does not answer."""
        loop = asyncio.get_running_loop()
        ping = msgspec.json.encode(Ping(1))
        while True:
            await loop.sock_sendall(relay, ping)
            if (answer := await _within(PONG_WITHIN_S, loop.sock_recv(relay, _LONGEST))) is None:
                log.error("the relay (pid %d) does not answer", self.pid)
                signal.pidfd_send_signal(process, signal.SIGKILL)
                return False
            if not answer:
                return True
            msgspec.json.decode(answer, type=Pong)
            if await _within(PING_EVERY_S, loop.sock_recv(relay, _LONGEST)) is not None:
                return True  # nothing but the end comes unasked


async def _within(seconds: float, work: Coroutine[None, None, bytes]) -> bytes | None:
    """Return what came, or None when nothing did in time. Not by `wait_for`, which is deaf to a cancel as it comes."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        return None
