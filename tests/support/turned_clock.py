"""A clock that stands still until a test turns it; what falls due on the way is done in its order, at its moment."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count


@dataclass(order=True)
class Due:
    """Something that is due; an `asyncio.TimerHandle` to whoever asked for it."""

    at_ms: float
    order: int
    callback: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.cancelled = True


class Turned:
    """The clock. `waits` counts what is due some time: nothing, when nobody polls."""

    def __init__(self) -> None:
        self.ms = 1_700_000_000_000.0
        self._due: list[Due] = []
        self._order = count()

    def now_ms(self) -> int:
        return int(self.ms)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Due:
        due = Due(self.ms + seconds * 1000, next(self._order), callback)
        heapq.heappush(self._due, due)
        return due

    @property
    def waits(self) -> int:
        return sum(not one.cancelled for one in self._due)

    def turn(self, ms: float) -> None:
        """Let time pass."""
        end = self.ms + ms
        while self._due and self._due[0].at_ms <= end:
            due = heapq.heappop(self._due)
            if not due.cancelled:
                self.ms = max(self.ms, due.at_ms)
                due.callback()
        self.ms = end
