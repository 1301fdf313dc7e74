"""The keeper's two disk threads, so that neither audio nor the loop ever waits for a disk. Knows files, no process.

One writes journals, in order. The other makes live recordings playable and brings everything to the disk twice a
second, however long that takes: by `syncfs`, since a single flush serves sixty conversations as quickly as one.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sip.voice.recordings import mend

log = logging.getLogger(__name__)

SYNC_EVERY_S = 0.5  # pjsua holds back half a second itself: together a power cut costs a second

T = TypeVar("T")


class Disk:
    """What the keeper wants of the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer = ThreadPoolExecutor(1, "journal")
        self._syncer = ThreadPoolExecutor(1, "sync")
        self._live: set[Path] = set()
        self._mending = threading.Lock()
        self._dirty = False
        self._timer: asyncio.TimerHandle | None = None
        self._libc = ctypes.CDLL(None, use_errno=True)

    async def write(self, work: Callable[[], T]) -> T:
        """Run `work` in the journal thread, after everything that was given before."""
        self._touch()
        return await asyncio.get_running_loop().run_in_executor(self._writer, work)

    def write_then(self, work: Callable[[], object], then: Callable[[], None]) -> None:
        """Run `work` in the journal thread, then call `then` in the loop; in order, also when `work` fails."""
        self._touch()
        done = asyncio.get_running_loop().run_in_executor(self._writer, work)
        done.add_done_callback(lambda future: _finish(future, then))

    def watch(self, recording: Path) -> None:
        """Keep a live recording playable."""
        self._live.add(recording)
        self._touch()

    async def close(self, recording: Path) -> int:
        """Make a complete recording's header right; return its length in ms, 0 when it cannot be read."""
        self._live.discard(recording)
        return await self.write(lambda: self._mend(recording))

    async def stop(self) -> None:
        """Write what is waiting, flush, end the threads."""
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writer, lambda: None)
        await loop.run_in_executor(self._syncer, self._flush, frozenset(self._live))
        self._writer.shutdown()
        self._syncer.shutdown()

    def _touch(self) -> None:
        self._dirty = True
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SYNC_EVERY_S, self._sync)

    def _sync(self) -> None:
        self._dirty = False
        flushed = asyncio.get_running_loop().run_in_executor(self._syncer, self._flush, frozenset(self._live))
        flushed.add_done_callback(lambda future: _finish(future, self._synced))

    def _synced(self) -> None:
        """Go on while something is live or new; else no timer runs, and an idle keeper sleeps."""
        self._timer = None
        if self._dirty or self._live:
            self._touch()

    def _flush(self, live: frozenset[Path]) -> None:
        for recording in live:
            self._mend(recording, only_live=True)
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if self._libc.syncfs(descriptor) != 0:
                log.error("cannot flush recordings: %s", os.strerror(ctypes.get_errno()))
        finally:
            os.close(descriptor)

    def _mend(self, recording: Path, *, only_live: bool = False) -> int:
        with self._mending:  # a live file's header must not be written after its final one
            if only_live and recording not in self._live:
                return 0
            try:
                return mend(recording)
            except OSError as error:
                log.warning("recording %s: %s", recording.name, error.strerror)
                return 0


def _finish(done: asyncio.Future[T], then: Callable[[], None]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log.error("the disk failed", exc_info=error)
    then()
