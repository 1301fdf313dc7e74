"""Calls into the system that may never come back, bounded in time. Knows no port.

A driver whose device has died keeps whoever opens, sets or closes its port. The event loop's own threads must not be
lost to that, since the whole box shares them: each such call has a thread of its own, for whose end nobody waits.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from hw.errors import PortHung

T = TypeVar("T")


class Patience:
    """One thread at a time. While a call hangs, further ones are refused at once, so that threads do not pile up."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._errand: _Errand[Any] | None = None

    async def call(self, seconds: float, work: Callable[[], T], late: Callable[[T], None] | None = None) -> T:
        """Return what `work` returns. Raises PortHung after `seconds`, and what `work` raises.

        `late` is given, in a thread, what comes when nobody waits any more.
        """
        if self._errand is not None and not self._errand.over.is_set():
            raise PortHung(self._name)
        return await self._send(seconds, _Errand(work, late, None))

    async def finish(self, seconds: float, work: Callable[[], None]) -> None:
        """Do what must be done in any case, after the call that is under way. Raises PortHung if that takes longer."""
        await self._send(seconds, _Errand(work, None, self._errand))

    async def _send(self, seconds: float, errand: _Errand[T]) -> T:
        self._errand = errand
        threading.Thread(target=errand.run, name=self._name, daemon=True).start()
        try:
            async with asyncio.timeout(seconds):
                return await errand.take()
        except TimeoutError as error:
            raise PortHung(self._name) from error
        finally:
            errand.give_up()


class _Errand(Generic[T]):
    """A call that is under way in its thread, or waits there for the one before it."""

    def __init__(self, work: Callable[[], T], late: Callable[[T], None] | None, before: _Errand[Any] | None) -> None:
        self._work: Callable[[], T] | None = work
        self._late = late
        self._before = before
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._waited_for = True
        self._taken = False
        self._answer: asyncio.Future[T] = self._loop.create_future()
        self.over = threading.Event()

    async def take(self) -> T:
        """Return what came of it, which is the caller's from now on."""
        answer = await self._answer
        self._taken = True
        return answer

    def give_up(self) -> None:
        """Wait no more. An answer that has come but was not taken is late, too."""
        with self._lock:
            self._waited_for = False
        answer, self._answer = self._answer, self._loop.create_future()
        self._answer.cancel()
        if not self._taken and answer.done() and not answer.cancelled() and answer.exception() is None:
            self._is_late(answer.result())

    def run(self) -> None:
        """Do the work; in the thread."""
        work, before, self._work, self._before = self._work, self._before, None, None
        if before is not None:
            before.over.wait()
        assert work is not None  # noqa: S101 - a thread runs once
        try:
            result = work()
        except Exception as error:  # the border of this thread: whoever waits gets it
            failure = error
            self.over.set()
            self._tell(lambda: self._fail(failure))
            return
        self.over.set()
        if not self._tell(lambda: self._done(result)) and self._late is not None:
            self._late(result)

    def _tell(self, answer: Callable[[], None]) -> bool:
        with self._lock:
            if not self._waited_for:
                return False
            with suppress(RuntimeError):  # the loop is closed: the program ends
                self._loop.call_soon_threadsafe(answer)
            return True

    def _done(self, result: T) -> None:
        if not self._answer.done():
            self._answer.set_result(result)
        else:
            self._is_late(result)

    def _is_late(self, result: T) -> None:
        if self._late is not None:
            threading.Thread(target=self._late, args=(result,), daemon=True).start()

    def _fail(self, error: Exception) -> None:
        if not self._answer.done():
            self._answer.set_exception(error)
