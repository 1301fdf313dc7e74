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

        `late` is given, in the thread, what comes when nobody waits any more.
        """
        if self._errand is not None and not self._errand.over:
            raise PortHung(self._name)
        errand = _Errand(work, late)
        self._errand = errand
        threading.Thread(target=errand.run, name=self._name, daemon=True).start()
        try:
            async with asyncio.timeout(seconds):
                return await errand.answer
        except TimeoutError as error:
            raise PortHung(self._name) from error
        finally:
            errand.give_up()


class _Errand(Generic[T]):
    """A call that is under way in its thread."""

    def __init__(self, work: Callable[[], T], late: Callable[[T], None] | None) -> None:
        self._work = work
        self._late = late
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._waited_for = True
        self.over = False
        self.answer: asyncio.Future[T] = self._loop.create_future()

    def give_up(self) -> None:
        """Wait no more. An answer that has come but was not taken is late, too."""
        with self._lock:
            self._waited_for = False

    def run(self) -> None:
        """Do the work; in the thread."""
        try:
            result = self._work()
        except Exception as error:  # the border of this thread: whoever waits gets it
            failure = error
            self.over = True
            self._tell(lambda: self._fail(failure))
            return
        self.over = True
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
        if not self.answer.done():
            self.answer.set_result(result)
        elif self._late is not None:
            threading.Thread(target=self._late, args=(result,), daemon=True).start()

    def _fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)
