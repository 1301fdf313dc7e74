"""A voice keeper in its own process, and a core that collects what it tells.

async with voice_in(tmp_path) as voice:
    lease = await voice.client.lease(ConversationPlan("one"))
    fact = await voice.heard(LegArrived)
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sip.api import Told, VoiceState
from sip.voice.client import VoiceClient
from tests.support.ports import free_run

F = TypeVar("F")
_PATIENCE = 20.0
_ROOT = Path(__file__).parents[2]


@dataclass
class VoiceUnderTest:
    """The keeper's process, our client, everything it told."""

    settings: dict[str, Any]
    log: Path
    environment: dict[str, str]
    client: VoiceClient
    process: subprocess.Popen[bytes] | None = None
    told: list[Told] = field(default_factory=list)
    states: list[VoiceState] = field(default_factory=list)
    _unseen: list[Told] = field(default_factory=list)
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def edge_port(self) -> int:
        """Where the workers send everything."""
        return int(self.settings["edge_core_port"])

    @property
    def folder(self) -> Path:
        """Where conversations have their folders."""
        return Path(self.settings["data"]) / "voice"

    def start_keeper(self) -> subprocess.Popen[bytes]:
        """Start the keeper's process."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sip.voice.keeper"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=os.environ | {"PYTHONPATH": str(_ROOT)} | self.environment,
                cwd=self.log.parent,
            )
        assert self.process.stdin is not None
        with self.process.stdin as pipe:
            pipe.write(json.dumps(self.settings).encode())
        return self.process

    def hear(self, told: Told) -> None:
        """Collect."""
        self.told.append(told)
        self._unseen.append(told)
        self._came.set()

    def changed(self, state: VoiceState) -> None:
        """Collect."""
        self.states.append(state)
        self._came.set()

    async def heard(self, kind: type[F], wanted: Callable[[F], bool] = lambda _: True, seconds: float = _PATIENCE) -> F:
        """Return and take out the next fact of this kind. Raises AssertionError when none comes."""
        told = await self._next(lambda t: isinstance(t.fact, kind) and wanted(t.fact), kind.__name__, seconds)
        assert isinstance(told.fact, kind)
        return told.fact

    async def _next(self, wanted: Callable[[Told], bool], name: str, seconds: float) -> Told:
        try:
            async with asyncio.timeout(seconds):
                while True:
                    for told in self._unseen:
                        if wanted(told):
                            self._unseen.remove(told)
                            return told
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            facts = "\n".join(str(told.fact) for told in self.told)
            raise AssertionError(f"no {name} among:\n{facts}\n{self.log.read_text()[-3000:]}") from None

    async def state(self, wanted: Callable[[VoiceState], bool], seconds: float = _PATIENCE) -> VoiceState:
        """Wait until the keeper is so. Raises AssertionError."""
        try:
            async with asyncio.timeout(seconds):
                while not wanted(self.client.state()):
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            log = self.log.read_text()[-3000:]
            raise AssertionError(f"it is {self.client.state()}\n{log}") from None
        return self.client.state()

    async def worker_of(self, conversation: str) -> int:
        """Return the process that holds a conversation, by the note in its folder."""
        note = await asyncio.to_thread((self.folder / conversation / "conversation.json").read_bytes)
        return int(json.loads(note)["worker"]["pid"])

    async def kill_worker(self, conversation: str) -> int:
        """Kill that process; return what its pid was."""
        pid = await self.worker_of(conversation)
        os.kill(pid, signal.SIGKILL)
        return pid

    async def stop_keeper(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the keeper's process; return its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return await asyncio.to_thread(self.process.wait, 30)


def workers_of(pid: int) -> list[int]:
    """Return the processes below a keeper that are workers (grandchildren: the zygote forks them)."""
    return [worker for zygote in children(pid) for worker in children(zygote)]


def children(pid: int) -> list[int]:
    """Return the living children of a process."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def is_gone(pid: int) -> bool:
    """Tell whether a process is no more (a zombie is no more, too)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


@asynccontextmanager
async def voice_in(
    folder: Path, *, environment: dict[str, str] | None = None, start: bool = True, **changes: Any
) -> AsyncIterator[VoiceUnderTest]:
    """Run a keeper with its data in `folder`, connect to it; both are ended at the end."""
    conversations, warm = changes.get("conversations", 4), changes.get("warm_workers", 1)
    slots = conversations + max(warm, 1)
    first = free_run(1 + 17 * slots)  # all in one run: none of them is another's
    settings = {
        "data": str(folder),
        "address": "127.0.0.1",
        "sip_port": 5060,
        "rtp_port": first,
        "voice_port": first + 16 * slots,
        "edge_core_port": first + 17 * slots,
        "conversations": conversations,
        "warm_workers": warm,
        "stop_seconds": 3.0,
    } | changes
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    client = VoiceClient(folder / "run" / "voice.sock")
    voice = VoiceUnderTest(settings, folder / "keeper.log", environment or {}, client)
    if start:
        voice.start_keeper()
    connecting = asyncio.create_task(client.start(voice.hear, voice.changed))  # without a keeper that takes for ever
    try:
        if start:
            await connecting
            await voice.state(lambda state: state.warm >= min(warm, conversations) or bool(state.reason))
        yield voice
    finally:
        connecting.cancel()
        await client.stop()
        if voice.process is not None and voice.process.poll() is None:
            await voice.stop_keeper()
