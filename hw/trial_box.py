"""A caller-ID box that is none: it answers and dials on a real pseudo-terminal as boxes do, and somebody lifts and puts
down its handset. For trying the panel without a device; it is read like any other.
"""

from __future__ import annotations

import asyncio
import os
import re
import tty
from functools import partial

from hw.cid import korean_box

DIALS_S = 1.5  # until a number is dialled
LIFTS_S = 3.0  # until somebody lifts the handset then
TALKS_S = 20.0
_ORDER = re.compile(rb"\x02(.)([OF])([^\x03]*)\x03")


class TrialBox:
    """One box with its port, from `plug_in` to `pull_out`."""

    def __init__(self) -> None:
        self._ends: tuple[int, int] | None = None
        self._timers: list[asyncio.TimerHandle] = []

    async def plug_in(self) -> str:
        """Make the port and return its path."""
        self._ends = await asyncio.to_thread(_pair)
        asyncio.get_running_loop().add_reader(self._ends[0], self._readable)
        return os.ttyname(self._ends[1])

    def pull_out(self) -> None:
        """Take the port away."""
        self._forget()
        if self._ends is not None:
            asyncio.get_running_loop().remove_reader(self._ends[0])
            for end in self._ends:
                os.close(end)
            self._ends = None

    def _readable(self) -> None:
        if self._ends is None:
            return
        try:
            data = os.read(self._ends[0], 4096)
        except (BlockingIOError, OSError):
            return
        if korean_box.CALLSTAR.greeting in data:
            self._say(0, "P", "CI1")
        for channel, letter, _ in _ORDER.findall(data):
            self._forget()
            if letter == b"O":
                self._dials(int(channel))

    def _dials(self, channel: int) -> None:
        loop = asyncio.get_running_loop()
        moment = 0.0
        for seconds, letter in ((DIALS_S, "K"), (LIFTS_S, "S"), (TALKS_S, "E")):
            moment += seconds
            self._timers.append(loop.call_later(moment, partial(self._say, channel, letter)))

    def _say(self, channel: int, letter: str, payload: str = "") -> None:
        if self._ends is not None:
            os.write(self._ends[0], korean_box.encode(channel, letter, payload))

    def _forget(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()


def _pair() -> tuple[int, int]:
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    return master, slave
