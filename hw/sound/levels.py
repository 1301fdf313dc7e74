"""How loud sound is, and making it louder. Pure: samples in, samples and figures out.

Figures are dBFS: 0 is the loudest that 16 bits can hold, -96 is nothing.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from operator import mul

FULL = 32767
LEAST_DB = -96.0


@dataclass(frozen=True)
class Level:
    """How loud a stretch was at its loudest and on the whole, and how many of its samples were cut off."""

    peak_db: float
    rms_db: float
    clipped: int


def amplify(samples: array[int], gain_db: int) -> array[int]:
    """Return the samples so much louder (or quieter); what would be louder than 16 bits can hold is cut off."""
    if not gain_db:
        return samples
    factor = 10 ** (gain_db / 20)
    most, least = math.ceil(max(samples, default=0) * factor), math.floor(min(samples, default=0) * factor)
    if most <= FULL and least >= -FULL - 1:
        return array("h", [int(one * factor) for one in samples])
    return array("h", [max(-FULL - 1, min(FULL, int(one * factor))) for one in samples])


def level(samples: array[int]) -> Level:
    """Return how loud the samples are."""
    if not samples:
        return Level(LEAST_DB, LEAST_DB, 0)
    peak = max(max(samples), -min(samples))
    mean = math.sqrt(sum(map(mul, samples, samples)) / len(samples))
    return Level(_db(peak), _db(mean), samples.count(FULL) + samples.count(-FULL - 1))


def _db(value: float) -> float:
    return max(LEAST_DB, round(20 * math.log10(value / (FULL + 1)), 1)) if value else LEAST_DB
