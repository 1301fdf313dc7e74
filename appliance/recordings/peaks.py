"""The waveform as the player draws it: the loudest sample of each short stretch, one byte. Knows no call."""

from __future__ import annotations

import math
import sys
from array import array

PER_SECOND = 20
AT_MOST = 2400  # points a screen can show; a longer call has longer stretches

# From the upper byte of a 16-bit sample to how far it is from silence, 0 to 255: bytes are compared several times as
# fast as numbers, and seven bits are more than a screen shows.
_LOUDNESS = bytes(
    min(255, 2 * distance + 1) if (distance := byte if byte < 128 else 255 - byte) else 0 for byte in range(256)
)
_UPPER = 1 if sys.byteorder == "little" else 0
_UP_TO = tuple(bytes(range(loudness + 1)) for loudness in range(256))


def _loudest(loudness: bytes) -> int:
    """Return the largest byte of at least one.

    A few are looked at; what is not louder than the loudest of them is then thrown out in one go, which leaves few to
    look at. A fifth of the time of looking at all.
    """
    found = max(loudness[:: math.isqrt(len(loudness))])
    return max(loudness.translate(None, _UP_TO[found]), default=found)


def stretch(samples: int, rate: int) -> int:
    """Return over how many samples one point reaches in a recording of that length."""
    return max(rate // PER_SECOND, -(-samples // AT_MOST), 1)


class Peaks:
    """Collects the points of one channel. Samples may come in pieces of any size."""

    def __init__(self, reach: int) -> None:
        self._reach = reach
        self._room = reach
        self._loudest = 0
        self._points = bytearray()

    def add(self, samples: array[int]) -> None:
        """Go on with these samples."""
        loudness = samples.tobytes()[_UPPER::2].translate(_LOUDNESS)
        at = 0
        while at < len(loudness):
            piece = loudness[at : at + self._room]
            self._loudest = max(self._loudest, _loudest(piece))
            at += len(piece)
            self._room -= len(piece)
            if not self._room:
                self._close()

    def points(self) -> bytes:
        """Return all points, 0 (silence) to 255 (as loud as can be). Nothing may be added after this."""
        if self._room < self._reach:
            self._close()
        return bytes(self._points)

    def _close(self) -> None:
        self._points.append(self._loudest)
        self._loudest = 0
        self._room = self._reach
