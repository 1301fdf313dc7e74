"""A caller's message out of soft bits: where it begins, its bytes, whether its checksum is right. Pure.

A checksum of one byte overlooks two wrong bits that make up for each other. So a message is believed only when the next
best one that would have a right checksum is much less likely than it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hw.api import Frame
from hw.cid import fsk
from hw.sound.bits import Softly
from hw.sound.inlet import Samples

_TYPES = (fsk.SDMF, fsk.MDMF)
_BITS = np.arange(10)
_STEADY = np.array((0, -1, 1, -2, 2)) / 16  # how far a byte may be from where the one before it ended, in bits
_ANEW = np.array((0, *(sign * step for step in range(1, 9) for sign in (-1, 1)))) / 16
_MOST_STUFFING = 24
_SHORTEST = 9
_QUIET, _MOST_WRONG_ENDS = 0.4, 1
_MAYBE = 0.2  # of what is usual: so weak a one may as well be a zero


@dataclass(frozen=True)
class Reading:
    """What was found: a call, or how many more samples are needed to tell; neither: there is nothing."""

    frame: Frame | None = None
    end: int = 0
    needs: int = 0


@dataclass(frozen=True)
class Byte:
    """One byte, where the next may begin, and how much each of its bits and the bit behind it is a one."""

    value: int
    next_at: float
    soft: Samples
    ended: float


def read(heard: Softly, per_bit: float) -> Reading:
    """Return the first message in what was heard; `per_bit` samples are a bit."""
    for begin in _begins(heard.values, per_bit):
        reading = _message(heard, per_bit, begin)
        if reading.frame is not None or reading.needs:
            return reading
    return Reading()


def _begins(values: Samples, per_bit: float) -> list[float]:
    """Return the middles of the first bits that may begin a message: zeros behind a stretch of ones."""
    falls = np.flatnonzero((values[:-1] > 0) & (values[1:] <= 0))
    behind = int(3 * per_bit)
    found = [fall for fall in falls if fall < behind or (values[fall - behind : fall] > 0).mean() > 0.8]
    return [float(fall + values[fall] / (values[fall] - values[fall + 1]) + per_bit / 2) for fall in found]


def _message(heard: Softly, per_bit: float, begin: float) -> Reading:
    read_bytes: list[Byte] = []
    size, place = 2, begin
    while len(read_bytes) < size:
        byte = _byte(heard, per_bit, place, first=not read_bytes)
        if byte is None:
            more = int(10 * per_bit * (size - len(read_bytes)) + 3 * per_bit)
            return Reading(needs=int(place + 2 * heard.lead) + more)
        read_bytes.append(byte)
        place = byte.next_at
        if not _likely(heard, read_bytes):
            return Reading()
        if len(read_bytes) == 2:
            size = 3 + byte.value
    return _believed(heard, read_bytes, int(place + heard.lead))


def _likely(heard: Softly, read_bytes: list[Byte]) -> bool:
    """Tell whether it may still be a message: it begins like one, is as loud as before, and its bytes end with ones."""
    if read_bytes[0].value not in _TYPES or (len(read_bytes) == 2 and read_bytes[1].value < _SHORTEST):
        return False
    is_loud = float(np.abs(read_bytes[-1].soft).mean()) > _QUIET * float(np.abs(read_bytes[0].soft).mean())
    return is_loud and sum(byte.ended <= 0 for byte in read_bytes) <= _MOST_WRONG_ENDS


def _byte(heard: Softly, per_bit: float, place: float, first: bool) -> Byte | None:
    """Return the byte whose first bit is at `place` or, after ones, behind it; None when it is not all there."""
    values = heard.values
    start = _start(heard, per_bit, place)
    if start is None or start + 9.5 * per_bit >= len(values) - 1:
        return None
    shifts = _STEADY if start == place and not first else _ANEW
    places = start + (_BITS + shifts[:, None]) * per_bit
    soft = np.interp(places, np.arange(len(values)), values)
    fit = np.abs(soft[:, 1:9]).sum(axis=1) - soft[:, 0] + soft[:, 9]
    best = int(fit.argmax())
    bits = soft[best, 1:9]
    value = int(((bits > 0) << np.arange(8)).sum())
    ended = float(soft[best, 9])
    return Byte(value, float(places[best, 9] + per_bit), bits.astype(np.float32), ended)


def _start(heard: Softly, per_bit: float, place: float) -> float | None:
    """Return the first zero at `place` or whole bits behind it; between two bits nothing can be said of either."""
    places = place + np.arange(_MOST_STUFFING) * per_bit
    places = places[places < len(heard.values) - 1]
    zeros = np.flatnonzero(np.interp(places, np.arange(len(heard.values)), heard.values) <= _MAYBE * heard.usual)
    return float(places[zeros[0]]) if len(zeros) else None


def _believed(heard: Softly, read_bytes: list[Byte], end: int) -> Reading:
    data = bytes(byte.value for byte in read_bytes)
    frame = fsk.message(data[:-1]) if fsk.checksum(data[:-1]) == data[-1] else None
    if frame is None or _distance(np.stack([byte.soft for byte in read_bytes])) < heard.sure:
        return Reading()
    return Reading(frame, end)


def _distance(soft: Samples) -> float:
    """Return how far the nearest other message is: a one and a zero of the same weight that would both be wrong."""
    usual = float(np.median(np.abs(soft))) or 1.0
    ones = np.where(soft > 0, soft, np.inf).min(axis=0)
    zeros = np.where(soft <= 0, -soft, np.inf).min(axis=0)
    return float((ones + zeros).min()) / usual
