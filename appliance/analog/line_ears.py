"""Reads callers' numbers from the sound of lines that have no device for it; the computing is done in a thread."""

from __future__ import annotations

import asyncio
import logging
from array import array
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from appliance.analog.line_book import SOUND_ONLY
from appliance.analog.types import AnalogLine
from appliance.core.tasks import Tasks
from hw.api import Frame, Heard
from hw.sound.api import RATE

log = logging.getLogger(__name__)

REST_S = 1.0  # sound waits meanwhile; an ear that fails again and again must fill neither log nor processor
_MOST_WAITING = 100  # blocks: a machine that is ten seconds behind misses a caller rather than its memory


class Ear(Protocol):
    """Reads one line."""

    def feed(self, block: bytes) -> list[Frame]:
        """Take sound (16 bit), and return what is complete with it. Computes: call it in a thread."""


def may_listen(line: AnalogLine) -> bool:
    """Say whether callers may be read from a line's sound: where a device tells of them, two might read two numbers."""
    return line.device.startswith(SOUND_ONLY)


class LineEars:
    """The ears of all lines; what they read is told as if a device had."""

    def __init__(self, heard: Callable[[Heard], None], make: Callable[[int], Ear] | None = None) -> None:
        self._make = make or _ear
        self._heard = heard
        self._waiting: dict[int, asyncio.Queue[tuple[int, bytes]]] = {}
        self._listening: dict[int, asyncio.Task[None]] = {}
        self._tasks = Tasks("ears")

    def hear(self, line: AnalogLine, at_ms: int, samples: array[int]) -> None:
        """Hear a block of a line."""
        if line.id not in self._waiting:
            self._waiting[line.id] = asyncio.Queue(_MOST_WAITING)
            self._listening[line.id] = self._tasks.start(f"listen on line {line.id}", self._listen(line))
        if not self._waiting[line.id].full():
            self._waiting[line.id].put_nowait((at_ms, samples.tobytes()))

    def forget(self, line: int) -> None:
        """A line is not heard any more, or is another: begin afresh with its next block."""
        self._waiting.pop(line, None)
        if (task := self._listening.pop(line, None)) is not None:
            task.cancel()

    async def stop(self) -> None:
        """Listen no longer."""
        self._waiting.clear()
        self._listening.clear()
        await self._tasks.stop()

    async def _listen(self, line: AnalogLine) -> None:
        waiting = self._waiting[line.id]
        while True:
            try:
                await self._read(line, waiting)
            except ImportError as error:
                log.error("callers cannot be read from sound: %s", error)
                return
            except Exception:  # one sound that an ear cannot bear must not make the line deaf
                log.exception("the ear of line %s failed, and another listens", line.id)
                await asyncio.sleep(REST_S)

    async def _read(self, line: AnalogLine, waiting: asyncio.Queue[tuple[int, bytes]]) -> None:
        ear = await asyncio.to_thread(self._make, RATE)
        while True:
            at_ms, data = await waiting.get()
            blocks = [data]
            while not waiting.empty():
                at_ms, data = waiting.get_nowait()
                blocks.append(data)
            for frame in await asyncio.to_thread(ear.feed, b"".join(blocks)):
                self._heard(Heard(line.device, replace(frame, channel=line.channel), at_ms))


def _ear(rate: int) -> Ear:
    from hw.sound import caller_id  # large: only a box that reads callers from sound has it in memory

    return caller_id.Ear(rate)
