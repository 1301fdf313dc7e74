"""A caller-ID device on a real pseudo-terminal, with a port that can be pulled out and put in again."""

from __future__ import annotations

import asyncio
import os
import tty
from collections.abc import Callable
from pathlib import Path

from hw.cid import korean_box


class SerialDevice:
    """A device whose port is the link `path`. It answers when it is asked what it is, unless it is mute.

    `says` is what it answers to anything at all, as modems do.
    """

    def __init__(self, path: Path, *, mute: bool = False, says: bytes | None = None) -> None:
        self.path = path
        self.asked: list[bytes] = []
        self._mute = mute
        self._says = says
        self._ends: tuple[int, int] | None = None

    def plug_in(self) -> SerialDevice:
        """Make the port appear."""
        master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        self._ends = (master, slave)
        self.path.symlink_to(os.ttyname(slave))
        asyncio.get_running_loop().add_reader(master, self._readable)
        return self

    def pull_out(self) -> None:
        """Make the port go away, as a plug does."""
        if self._ends is not None:
            asyncio.get_running_loop().remove_reader(self._ends[0])
            self.path.unlink()
            for end in self._ends[::-1]:
                os.close(end)
            self._ends = None

    def say(self, data: bytes) -> None:
        """Send bytes to the box."""
        assert self._ends is not None
        os.write(self._ends[0], data)

    def ring(self, number: str, channel: int = 1) -> None:
        """Say that somebody calls."""
        self.say(korean_box.CALLSTAR.ring(channel, number))

    def _readable(self) -> None:
        assert self._ends is not None
        try:
            data = os.read(self._ends[0], 4096)
        except (BlockingIOError, OSError):
            return
        self.asked.append(data)
        if self._says is not None:
            self.say(self._says)
        if korean_box.CALLSTAR.greeting in data and not self._mute:
            self.say(korean_box.encode(0, "P", "CI1 2"))


class Seen:
    """Collects what is told, and waits until it is as expected."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def __call__(self, _: object) -> None:
        self._changed.set()

    async def until(self, true: Callable[[], object], seconds: float = 20.0) -> None:
        """Wait until something is true."""
        async with asyncio.timeout(seconds):
            while not true():
                await self._changed.wait()
                self._changed.clear()
