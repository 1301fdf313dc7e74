"""Sound cards by ALSA, through its own program `arecord`: one process for each card that is listened to.

The program waits for the card, not the loop; a driver that hangs or a plug that is pulled costs that process alone.
Without the program there are no cards. Any name that ALSA knows can be opened, also its `file` and `null` plug-ins.
"""

from __future__ import annotations

import asyncio
import os
import re
from asyncio import subprocess
from contextlib import suppress
from pathlib import Path
from typing import cast

from hw.sound.api import RATE, CardCondition, CardFound, Told

PROGRAM = "arecord"
FRAME = 2  # bytes a sample
AHEAD_S = 0.3  # by how much sound may come sooner than it can have been heard
FASTER = 1.02  # a card's clock is not the machine's

_BUFFER = ("--buffer-time=1000000", "--period-time=50000")  # in microseconds: what the card keeps while we are busy
_PIPE = 8192  # bytes; more than that would only make what is heard late
_CARD = re.compile(r"^(?:plug)?hw:CARD=(\w+)")
_WORDS_OF_BUSY = ("busy", "permission denied", "sample format", "channels count", "not permitted")
# What every ALSA has under these names is no card, or a card that is listed by its own name.
_NOT_CARDS = frozenset(
    {"null", "default", "sysdefault", "hw", "dsnoop", "dmix", "front", "jack", "oss", "pulse", "usbstream", "pipewire"}
)


class Alsa:
    """The cards of this machine."""

    async def found(self) -> tuple[CardFound, ...]:
        """Return the cards, and what the machine's owner has given a name in ALSA's own settings."""
        try:
            asked = await asyncio.create_subprocess_exec(
                PROGRAM, "-L", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_plain()
            )
        except OSError:
            return ()
        said, _ = await asked.communicate()
        return listed(said.decode(errors="replace"))

    async def open(self, name: str, channels: int, told: Told) -> Recording:
        """Begin to take sound from a card."""
        recording = Recording(channels, told)
        if not await asyncio.to_thread(_there, name):
            recording.gone(CardCondition.GONE)
            return recording
        what = ("-q", "-D", name, "-t", "raw", "-f", "S16_LE", "-r", str(RATE), "-c", str(channels), *_BUFFER)
        with suppress(OSError):
            await asyncio.get_running_loop().subprocess_exec(
                lambda: recording, PROGRAM, *what, stdin=subprocess.DEVNULL, env=_plain(), pipesize=_PIPE
            )
            return recording
        recording.gone(CardCondition.GONE)
        return recording


def listed(said: str) -> tuple[CardFound, ...]:
    """Return the cards of what `arecord -L` has said: names at the margin, what they are called below them."""
    found: dict[str, str] = {}
    name = ""
    for line in said.splitlines():
        if line[:1].strip():
            name = line.strip()
            if name.startswith("plughw:") or (":" not in name and name not in _NOT_CARDS):
                found[name] = ""
        elif found.get(name) == "":
            found[name] = line.strip()
    return tuple(CardFound(name, title) for name, title in found.items())


class Recording(asyncio.SubprocessProtocol):
    """One card that is open: what the program writes is told; when it ends, the card is lost."""

    def __init__(self, channels: int, told: Told) -> None:
        self._told = told
        self._second = channels * FRAME * RATE  # bytes
        self._program: asyncio.SubprocessTransport | None = None
        self._ended = asyncio.Event()
        self._closed = False
        self._complaint = ""
        self._since = 0.0
        self._heard = 0
        self._resume: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hear that the program runs."""
        self._program = cast(asyncio.SubprocessTransport, transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Take sound, or a complaint."""
        if self._closed:
            return
        if fd == 1:
            self._told.sound(data)
            self._hold_back(len(data))
            return
        complaint = data.decode(errors="replace")
        for _ in range(complaint.count("overrun!!!")):
            self._told.overrun()
        self._complaint = (self._complaint + complaint)[-2000:]

    def process_exited(self) -> None:
        """Hear that the program has ended; what it has said is still on its way."""
        self._ended.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Hear that the program has said everything."""
        self._ended.set()
        busy = any(word in self._complaint.lower() for word in _WORDS_OF_BUSY)
        self.gone(CardCondition.BUSY if busy else CardCondition.GONE)

    def gone(self, why: CardCondition) -> None:
        """Tell once that nothing more comes."""
        self._forget_pause()
        if not self._closed:
            self._closed = True
            self._told.lost(why)

    async def close(self) -> None:
        """Let go of the card. Twice is harmless."""
        self._closed = True
        self._forget_pause()
        if self._program is None:
            return
        with suppress(ProcessLookupError):
            self._program.kill()  # it may be waiting for a card that says nothing
        try:
            await self._ended.wait()
        finally:  # also when whoever waits is told to stop
            self._program.close()

    def _hold_back(self, new: int) -> None:
        """Read no faster than sound is heard: some of ALSA's plug-ins deliver whatever one takes."""
        now = asyncio.get_running_loop().time()
        self._since = self._since or now
        self._heard += new
        due = self._since + self._heard / self._second / FASTER - AHEAD_S
        if due > now and self._resume is None:
            self._pipe().pause_reading()
            self._resume = asyncio.get_running_loop().call_at(due, self._go_on)
        elif due < now - AHEAD_S * 2:  # the card's pace, or a gap: nothing is caught up
            self._since, self._heard = now, 0

    def _go_on(self) -> None:
        self._resume = None
        if not self._closed:
            self._pipe().resume_reading()

    def _forget_pause(self) -> None:
        if self._resume is not None:
            self._resume.cancel()
            self._resume = None

    def _pipe(self) -> asyncio.ReadTransport:
        assert self._program is not None  # noqa: S101 - it has just written
        return cast(asyncio.ReadTransport, self._program.get_pipe_transport(1))


def _there(name: str) -> bool:
    """Say whether it is worth trying: what the system knows of cards costs no process."""
    card = _CARD.match(name)
    return card is None or Path("/proc/asound", card[1]).exists()


def _plain() -> dict[str, str]:
    """Return the environment with the program's words in English, by which they are understood."""
    return {**os.environ, "LC_ALL": "C"}
