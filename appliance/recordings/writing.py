"""What every way to write a recording has in common, so that the encoder need not know which it is. Knows no format."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Protocol

CHANNELS = 2


class NoLibraryError(Exception):
    """The library that a format needs is not there, or cannot be used."""


@dataclass(frozen=True)
class Sound:
    """What will be written, known before the first sample: `samples` a side at `rate` Hz.

    `serial` is a number that no other recording should have. `same`: both sides are the same sound, which need not
    cost twice as much.
    """

    rate: int
    samples: int
    serial: int
    same: bool = False


class Writer(Protocol):
    """Writes one recording into an open file, piece by piece, from one thread. Opening one may raise NoLibraryError.

    What the file raises comes out of the method in which it happened.
    """

    def add(self, left: array[int], right: array[int]) -> None:
        """Go on with these samples, equally many of each side."""

    def finish(self) -> None:
        """Write what is left; the file is complete after this. All samples must have been added."""

    def close(self) -> None:
        """Give the memory back, finished or not. Twice is harmless."""
