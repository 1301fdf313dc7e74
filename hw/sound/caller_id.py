"""The ear for callers on an analog line: what exchanges send between two rings, out of the line's sound. Pure.

Knows no sound card and no clock but the number of samples. `feed` computes, at the end of a message for some hundredths
of a second: whoever has an event loop calls it outside of it.
"""

from __future__ import annotations

from hw.api import Frame
from hw.sound.bits import BELL_202, V_23
from hw.sound.dtmf import DtmfLine
from hw.sound.fsk_line import FskLine
from hw.sound.inlet import Inlet


class Ear:
    """Listens to one line. Bounded in memory; whatever is heard makes no error, and speech makes no caller."""

    def __init__(self, rate: int) -> None:
        """`rate`: samples a second, 8000 to 48000. Raises ValueError for others."""
        self._inlet = Inlet(rate)
        rate_inside = self._inlet.rate
        self._lines = (FskLine(rate_inside, BELL_202), FskLine(rate_inside, V_23), DtmfLine(rate_inside))

    def feed(self, block: bytes) -> list[Frame]:
        """Take mono signed 16-bit little-endian samples in blocks of any length; return the calls that end there."""
        return [frame for samples in self._inlet.feed(block) for line in self._lines for frame in line.feed(samples)]
