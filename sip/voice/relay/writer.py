"""The relay's disk thread: sound is appended to files without anybody waiting for it. Knows descriptors, no call."""

from __future__ import annotations

import contextlib
import logging
import os
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

log = logging.getLogger(__name__)


class Writer:
    """Writes in order. `fileno` can be read when something that was to be told is done: then call `tell`."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._done: deque[Callable[[], None]] = deque()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._thread = Thread(target=self._work, name="disk", daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        """Return what to watch."""
        return self._bell

    def write(self, file: int, data: bytes) -> None:
        """Append to a file."""
        if data:
            self._jobs.put(lambda: _append(file, data))

    def close(self, file: int, then: Callable[[], None]) -> None:
        """Close a file when everything before is written; `tell` calls `then`."""

        def work() -> None:
            os.close(file)
            self._done.append(then)
            os.eventfd_write(self._bell, 1)

        self._jobs.put(work)

    def tell(self) -> None:
        """Call what was to be called."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._bell)
        while self._done:
            self._done.popleft()()

    def stop(self) -> None:
        """Write what waits, then end."""
        self._jobs.put(None)
        self._thread.join()
        os.close(self._bell)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def _append(file: int, data: bytes) -> None:
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(file, view) :]
    except OSError as error:  # a full disk must not end the talk
        log.error("sound not written: %s", error.strerror)
