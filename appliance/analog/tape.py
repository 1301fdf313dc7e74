"""One stretch of a line's sound on its way into a file. Takes samples at once, writes them in a thread, in order."""

from __future__ import annotations

import asyncio
import logging
import sys
from array import array
from collections.abc import Callable
from pathlib import Path

from appliance.analog.tape_file import TapeFile
from appliance.core.tasks import Tasks

log = logging.getLogger(__name__)


class Tape:
    """A recording that goes on; `full` is told when the disk takes nothing more."""

    def __init__(self, path: Path, rate: int, full: Callable[[], None]) -> None:
        self.file = path.name
        self.paused = False
        self.failed = False
        self._path = path
        self._rate = rate
        self._full = full
        self._waiting = bytearray()
        self._more = asyncio.Event()
        self._closing = False
        self._duration_ms = 0
        self._tasks = Tasks("tape")
        self._writer = self._tasks.start("write", self._write())

    def add(self, samples: array[int]) -> None:
        """Go on with these; while it is paused, with as much silence."""
        if self.failed or self._closing:
            return
        if self.paused:
            self._waiting += bytes(2 * len(samples))
        elif sys.byteorder == "big":
            swapped = array("h", samples)
            swapped.byteswap()
            self._waiting += swapped.tobytes()
        else:
            self._waiting += samples.tobytes()
        self._more.set()

    async def close(self) -> int:
        """Write what is left; return how long the file is, in ms."""
        self._closing = True
        self._more.set()
        await asyncio.shield(self._writer)  # who is told to stop meanwhile must not take the end of the sound with it
        return self._duration_ms

    async def _write(self) -> None:
        try:
            file = await asyncio.to_thread(TapeFile, self._path, self._rate)
            try:
                await self._pass_on(file)
            finally:
                await asyncio.to_thread(file.close)
        except OSError as error:
            log.error("a line's sound cannot be written: %s", error)
            self.failed = True
            self._full()

    async def _pass_on(self, file: TapeFile) -> None:
        while self._waiting or not self._closing:
            await self._more.wait()
            self._more.clear()
            data, self._waiting = bytes(self._waiting), bytearray()
            if data:
                await asyncio.to_thread(file.append, data)
                self._duration_ms = file.duration_ms
