"""Time, as something that tests can replace. Knows no feature.

Moments are whole milliseconds since 1970 in UTC (`_ms`), so that the store, the wire and the screen share one form.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A call that is due later and may be cancelled; `asyncio.TimerHandle` is one."""

    def cancel(self) -> None:
        """Make sure that it is not called any more; twice is harmless."""


class Clock(Protocol):
    """Where the time comes from."""

    def now_ms(self) -> int:
        """Return the wall clock: milliseconds since 1970, UTC."""

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call `callback` in the loop's thread after `seconds`."""


class SystemClock:
    """The machine's own clock and the running loop's timers."""

    def now_ms(self) -> int:
        """Return the wall clock: milliseconds since 1970, UTC."""
        return time.time_ns() // 1_000_000

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call `callback` in the loop's thread after `seconds`."""
        return asyncio.get_running_loop().call_later(seconds, callback)
