"""What comes in on one port: bytes become frames, at once or as time passes; and how well they are understood.

Knows no port and no state of a device.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hw.api import Frame
from hw.cid.registry import Dialect
from hw.signs import Reading
from hw.telling_apart import Attempt, Ears

TICK_S = 0.15


class Hearing:
    """`told` is given the frames and who understood them; `woken` is called when bytes came that need a look."""

    def __init__(
        self, now_ms: Callable[[], int], told: Callable[[Dialect, list[Frame]], None], woken: Callable[[], None]
    ) -> None:
        self.frames = 0  # so far
        self.at_s = 0.0  # when the last byte came, by the loop's clock
        self.reading = Reading()
        self._now_ms = now_ms
        self._told = told
        self._woken = woken
        self._ears = Ears(())
        self._tick: asyncio.TimerHandle | None = None

    def listen_to(self, one: Attempt) -> None:
        """Let these dialects read from now on."""
        self._ears = Ears(one.reading)
        self.reading.again()

    def expect(self, known: Dialect) -> None:
        """Hear of a device that is known to be there, until others are listened to."""
        self._ears.expect(known)

    @property
    def understood(self) -> Dialect | None:
        """Who understands what comes."""
        return self._ears.understood

    @property
    def nonsense(self) -> int:
        """How many bytes nobody can make sense of, while nothing was understood."""
        return self._ears.nonsense

    def feed(self, data: bytes) -> None:
        """Hear bytes."""
        loop = asyncio.get_running_loop()
        self.at_s = loop.time()
        known, unread = self._ears.understood is not None, self._ears.unread
        frames = self._ears.feed(data, self._now_ms())
        if known:
            self.reading.took(self._ears.unread - unread, sum(len(one.raw) for one in frames), self._now_ms())
        self._tell(frames)
        self._woken()
        self.stop()
        self._tick = loop.call_later(TICK_S, self._time)

    def stop(self) -> None:
        """Let go of the timer."""
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None

    def _time(self) -> None:
        self._tick = None
        self._tell(self._ears.tick(self._now_ms()))

    def _tell(self, frames: list[Frame]) -> None:
        if frames and self._ears.understood is not None:
            self.frames += len(frames)
            self._told(self._ears.understood, frames)
