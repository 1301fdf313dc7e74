"""The keeper's side of the zygote: keeps one running, asks it for workers, hears of their exits. Knows no conversation.

A zygote that dies is started again with a growing pause; the workers it forked go on. One that has no pjsua2 is not:
`missing` says why, and nothing changes that but an installation.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Callable

import msgspec

from sip.errors import NoWorker
from sip.tasks import Tasks
from sip.voice.protocol import EngineMissing, EngineReady, Exited, Fork, Forked, FromZygote

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
_LONGEST = 4096
_MODULE = "sip.voice.worker.zygote"


class Forker:
    """Gives pids for channels. Zygote and workers hold `lock` open, so that it is free when all of them are gone."""

    def __init__(self, log_level: str, lock: int) -> None:
        self.missing = ""
        self.pid = 0
        self._log_level = log_level
        self._lock = lock
        self._ready: Callable[[], None] = _nobody
        self._exited: Callable[[int, int], None] = _nobody
        self._tasks = Tasks("zygote")
        self._socket: socket.socket | None = None
        self._asked: dict[int, asyncio.Future[int]] = {}

    def start(self, ready: Callable[[], None], exited: Callable[[int, int], None]) -> None:
        """Start the zygote and keep one running. `exited` hears pid and status of each of its children."""
        self._ready, self._exited = ready, exited
        self._tasks.start("keep", self._keep())

    async def stop(self) -> None:
        """End the zygote; it lets go of workers that still live."""
        await self._tasks.stop()

    @property
    def ready(self) -> bool:
        """Whether workers can be forked now."""
        return self._socket is not None

    async def fork(self, slot: int, channel: socket.socket) -> int:
        """Return the pid of a new worker that owns this end of its channel. Raises NoWorker."""
        if self._socket is None:
            raise NoWorker(self.missing or "the voice engine starts")
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._asked[slot] = answer
        try:
            socket.send_fds(self._socket, [msgspec.json.encode(Fork(slot))], [channel.fileno()])
        except OSError as error:
            self._asked.pop(slot, None)
            raise NoWorker(f"the zygote does not listen: {error}") from error
        return await answer

    async def _keep(self) -> None:
        pause = FIRST_PAUSE_S
        while not self.missing:
            if await self._run_once():
                pause = FIRST_PAUSE_S
            if not self.missing:
                log.error("the zygote ended")
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _run_once(self) -> bool:
        """Live with one zygote until it ends; tell whether it ever was of use."""
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        was_ready = False
        with ours:
            ours.setblocking(False)
            with its:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    _MODULE,
                    stdin=its.fileno(),
                    pass_fds=(self._lock,),
                    env=os.environ | {"SORIBOX_LOG_LEVEL": self._log_level},
                )
            self.pid = process.pid
            try:
                while packet := await asyncio.get_running_loop().sock_recv(ours, _LONGEST):
                    was_ready = self._hear(packet, ours) or was_ready
            except OSError as error:
                log.error("link to the zygote: %s", error)
            finally:
                self._let_go()
        await process.wait()
        return was_ready

    def _hear(self, packet: bytes, ours: socket.socket) -> bool:
        message = msgspec.json.decode(packet, type=FromZygote)
        match message:
            case EngineReady():
                self._socket = ours
                self._ready()
                return True
            case EngineMissing(reason):
                self.missing = reason
                log.error("%s", reason)
                self._ready()
            case Forked(slot, pid):
                if (asked := self._asked.pop(slot, None)) is not None and not asked.done():
                    asked.set_result(pid)
            case Exited(pid, status):
                self._exited(pid, status)
        return False

    def _let_go(self) -> None:
        self._socket = None
        self.pid = 0
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(NoWorker("the zygote ended"))
        self._asked.clear()


def _nobody(*_: object) -> None:
    """Stand in until `start` says who hears."""
