"""What sound cards tell the rest of the box, in plain types. Knows no card and no feature."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

RATE = 8000
"""Samples a second: a telephone line carries nothing above 3400 Hz, and calls over trunks are recorded alike."""

BLOCK_MS = 100
BLOCK = RATE * BLOCK_MS // 1000
MOST_CHANNELS = 8


class CardCondition(StrEnum):
    """How a card is. The panel's light: green for HEARD, amber for all that may become it."""

    OPENING = "opening"
    HEARD = "heard"  # sound comes in
    BUSY = "busy"  # another program has it, or it cannot do what is asked
    GONE = "gone"  # is not there, or was pulled out


@dataclass(frozen=True)
class CardFound:
    """A card from which sound can be taken; `name` is what it is opened by and the same after every start."""

    name: str
    title: str = ""


@dataclass(frozen=True)
class CardState:
    """A card that is wanted. `overruns` counts the gaps since the start: sound came and nobody had time for it."""

    name: str
    condition: CardCondition
    overruns: int = 0


@dataclass(frozen=True)
class Block:
    """A tenth of a second of one card: its first sample was at `at_ms` (since 1970), one array of samples a channel."""

    card: str
    at_ms: int
    channels: tuple[array[int], ...]


class Stream(Protocol):
    """A card that is open; it gives its sound to whoever opened it."""

    async def close(self) -> None:
        """Let go of the card. Twice is harmless."""


@dataclass(frozen=True)
class Told:
    """Whom an open card tells what: raw bytes as they come, a gap, and (once) that it is lost and why."""

    sound: Callable[[bytes], None]
    overrun: Callable[[], None]
    lost: Callable[[CardCondition], None]


class Source(Protocol):
    """Where cards come from: ALSA, or the fake."""

    async def found(self) -> tuple[CardFound, ...]:
        """Return the cards that are there now; none is no error."""

    async def open(self, name: str, channels: int, told: Told) -> Stream:
        """Take sound from a card (16 bit, little endian, `RATE`, channels in turn). What is wrong is told as lost."""
