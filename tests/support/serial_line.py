"""A caller-ID device on a real pseudo-terminal, with a port that can be pulled out and put in again."""

from __future__ import annotations

import asyncio
import os
import re
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Self

from hw.cid import korean_box

_ORDER = re.compile(rb"\x02(.)([OF])([^\x03]*)\x03")


class SerialDevice:
    """A device whose port is the link `path`. It answers when it is asked what it is, unless it is mute.

    `says` is what it answers to anything at all, as modems do. It dials what it is told to, and says so at once unless
    `finishes` is False; `dialled` and `stopped` tell of it.
    """

    def __init__(self, path: Path, *, mute: bool = False, says: bytes | None = None) -> None:
        self.path = path
        self.asked: list[bytes] = []
        self.dialled: list[tuple[int, str]] = []
        self.stopped: list[int] = []
        self.finishes = True
        self._mute = mute
        self._says = says
        self._ends: tuple[int, int] | None = None
        self._begun = b""  # an order whose end has not come yet: a terminal may hand it over in pieces

    def plug_in(self) -> Self:
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
            self._begun = b""
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

    def lift(self, channel: int = 1) -> None:
        """Say that the handset was picked up."""
        self.say(korean_box.encode(channel, "S"))

    def put_down(self, channel: int = 1) -> None:
        """Say that the handset was put down."""
        self.say(korean_box.encode(channel, "E"))

    def _readable(self) -> None:
        assert self._ends is not None
        try:
            data = os.read(self._ends[0], 4096)
        except (BlockingIOError, OSError):
            return
        self.asked.append(data)
        self._obey(data)

    def _obey(self, data: bytes) -> None:
        if self._says is not None:
            self.say(self._says)
        data = self._begun + data
        self._begun = data[data.rfind(b"\x02") :] if data.rfind(b"\x02") > data.rfind(b"\x03") else b""
        if korean_box.CALLSTAR.greeting in data and not self._mute:
            self.say(korean_box.encode(0, "P", "CI1 2"))
        for channel, letter, number in _ORDER.findall(data):
            if letter == b"F":
                self.stopped.append(int(channel))
                continue
            self.dialled.append((int(channel), number.decode("ascii").strip()))
            if self.finishes:
                self.say(korean_box.encode(int(channel), "K"))


class SerialModem(SerialDevice):
    """A modem with caller ID. `says` is its answer to the order to dial."""

    says = b"\r\nOK\r\n"

    def _obey(self, data: bytes) -> None:
        *orders, self._begun = (self._begun + data).split(b"\r")
        for order in orders:
            if order.startswith(b"ATDT"):
                self.dialled.append((1, order[4:].rstrip(b";").decode("ascii")))
                self.say(self.says)
            elif order == b"ATH":
                self.stopped.append(1)
                self.say(b"\r\nOK\r\n")
            elif order.startswith(b"AT"):
                self.say(b"\r\nOK\r\n")


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
