"""An event loop whose clock jumps to the next timer instead of waiting: hours pass in seconds.

    virtually(lambda: scenario())   # runs a coroutine to its end; `asyncio.sleep(3600)` takes no time

While one of the loop's own threads works, the clock stands still; other threads are not known to it.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.SelectSelector):
    """Looks at the sockets and does not wait for time: what it would have waited has passed."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0
        self.working = 0  # threads

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or self.working:
            return super().select(None if timeout else timeout)
        events = super().select(0)
        if not events:
            self.passed += max(0.0, timeout)
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop."""

    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        """Return the seconds that have passed."""
        return self._clock.passed

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        """Let a thread work, and the time stand still meanwhile."""
        done: asyncio.Future[T] = super().run_in_executor(executor, func, *args)
        self._clock.working += 1
        done.add_done_callback(self._worked)
        return done

    def _worked(self, _: asyncio.Future[Any]) -> None:
        self._clock.working -= 1


def now_ms() -> int:
    """Return the running loop's clock in milliseconds."""
    return round(asyncio.get_running_loop().time() * 1000) + 1_700_000_000_000


def virtually(scenario: Callable[[], Awaitable[T]]) -> T:
    """Run a scenario in virtual time."""

    async def run() -> T:
        return await scenario()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(run())
