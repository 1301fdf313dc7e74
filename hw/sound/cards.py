"""All cards that are wanted: opened, listened to, and opened again when they were pulled out and are back.

Gives their sound in blocks of a tenth of a second. A card that nobody wants is never opened.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from array import array
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from hw.sound.api import BLOCK, BLOCK_MS, Block, CardCondition, CardFound, CardState, Source, Told

log = logging.getLogger(__name__)

BURST_MS = 1000  # so much sound at the most is read at once
AGAIN_S = 2.0  # between two tries to open a card that is away; serial ports are looked for as often


@dataclass(frozen=True)
class Hears:
    """Whom cards tell what: a block of sound, and every change of a card."""

    sound: Callable[[Block], None]
    changed: Callable[[CardState], None]
    now_ms: Callable[[], int]


class Card:
    """One card's life; `run` is its task."""

    def __init__(self, name: str, channels: int, source: Source, hears: Hears) -> None:
        self.state = CardState(name, CardCondition.OPENING)
        self.channels = channels
        self._source = source
        self._hears = hears
        self._kept = bytearray()
        self._last_ms = 0
        self._lost = asyncio.Event()
        self._again = asyncio.Event()

    async def run(self) -> None:
        """Keep the card open as long as it is there, and try again while it is not."""
        while True:
            self._lost.clear()
            self._kept.clear()
            stream = await self._source.open(self.state.name, self.channels, Told(self._sound, self._over, self._gone))
            try:
                await self._lost.wait()
            finally:
                await stream.close()
            self._again.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_S):
                    await self._again.wait()

    def look(self) -> None:
        """Hear that the card may be there: it is tried at once if it is not open."""
        self._again.set()

    def _sound(self, data: bytes) -> None:
        self._set(condition=CardCondition.HEARD)
        self._kept += data
        size = BLOCK * self.channels * 2
        whole = len(self._kept) // size
        now_ms = self._hears.now_ms()
        for number in range(whole):
            block = self._kept[number * size : (number + 1) * size]
            self._hears.sound(self._block(block, self._moment(now_ms - (whole - number) * BLOCK_MS)))
        del self._kept[: whole * size]

    def _moment(self, at_ms: int) -> int:
        """Return when a block began. What is read late, with others, began no sooner than what was read before it."""
        if at_ms < self._last_ms < at_ms + BURST_MS:
            at_ms = self._last_ms
        self._last_ms = at_ms
        return at_ms

    def _block(self, data: bytearray, at_ms: int) -> Block:
        samples = array("h", bytes(data))
        if sys.byteorder == "big":
            samples.byteswap()
        return Block(self.state.name, at_ms, tuple(samples[side :: self.channels] for side in range(self.channels)))

    def _over(self) -> None:
        self._set(overruns=self.state.overruns + 1)

    def _gone(self, why: CardCondition) -> None:
        self._set(condition=why)
        self._lost.set()

    def _set(self, **changes: object) -> None:
        after = replace(self.state, **changes)  # type: ignore[arg-type]  # names and types are this file's own
        if after != self.state:
            if after.condition is not self.state.condition:
                log.info("sound card %s: %s", after.name, after.condition)
            self.state = after
            self._hears.changed(after)


class Cards:
    """The cards; `want` says which are listened to."""

    def __init__(self, source: Source, hears: Hears) -> None:
        self._source = source
        self._hears = hears
        self._cards: dict[str, Card] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def found(self) -> tuple[CardFound, ...]:
        """Return every card from which sound could be taken."""
        return await self._source.found()

    def states(self) -> tuple[CardState, ...]:
        """Return the cards that are wanted, by name."""
        return tuple(self._cards[name].state for name in sorted(self._cards))

    async def want(self, channels: Mapping[str, int]) -> None:
        """Listen to these cards, and on each to so many channels; let go of all others."""
        for name, card in tuple(self._cards.items()):
            if channels.get(name) != card.channels:
                await self._end(name)
        for name, count in channels.items():
            if name not in self._cards:
                card = self._cards[name] = Card(name, count, self._source, self._hears)
                task = self._tasks[name] = asyncio.create_task(card.run(), name=f"sound card {name}")
                task.add_done_callback(_tell_failure)

    def rescan(self) -> None:
        """Try the cards that are away now."""
        for card in self._cards.values():
            card.look()

    async def stop(self) -> None:
        """Let go of every card."""
        for name in tuple(self._cards):
            await self._end(name)

    async def _end(self, name: str) -> None:
        del self._cards[name]
        task = self._tasks.pop(name)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _tell_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("task %s failed", task.get_name(), exc_info=error)
