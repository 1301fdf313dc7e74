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
_SHIFTS = np.array((0, -1, 1)) / 8
_MOST_STUFFING = 24
_SHORTEST = 9
_SURE = 0.5


@dataclass(frozen=True)
class Reading:
    """What was found: a call, or how many more samples are needed to tell; neither: there is nothing."""

    frame: Frame | None = None
    end: int = 0
    needs: int = 0


@dataclass(frozen=True)
class Byte:
    """One byte, where the next may begin, and how much each of its bits is a one."""

    value: int
    next_at: float
    soft: Samples


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
        byte = _byte(heard.values, per_bit, place)
        if byte is None:
            more = int(10 * per_bit * (size - len(read_bytes)) + 3 * per_bit)
            return Reading(needs=int(place + 2 * heard.lead) + more)
        read_bytes.append(byte)
        place = byte.next_at
        if read_bytes[0].value not in _TYPES:
            return Reading()
        if len(read_bytes) == 2:
            if byte.value < _SHORTEST:
                return Reading()
            size = 3 + byte.value
    return _believed(read_bytes, int(place + heard.lead))


def _byte(values: Samples, per_bit: float, place: float) -> Byte | None:
    """Return the byte whose first bit is at `place` or, after ones, behind it; None when it is not all there."""
    start = _start(values, per_bit, place)
    if start is None or start + 9.25 * per_bit >= len(values) - 1:
        return None
    places = start + (_BITS + _SHIFTS[:, None]) * per_bit
    soft = np.interp(places, np.arange(len(values)), values)
    fit = np.abs(soft[:, 1:9]).sum(axis=1) - soft[:, 0] + soft[:, 9]
    best = int(fit.argmax())
    bits = soft[best, 1:9]
    value = int(((bits > 0) << np.arange(8)).sum())
    return Byte(value, float(places[best, 9] + per_bit), bits.astype(np.float32))


def _start(values: Samples, per_bit: float, place: float) -> float | None:
    near = int(place + 0.5)
    if near >= len(values):
        return None
    if values[near] <= 0:
        return place
    falls = np.flatnonzero(values[near : near + int(_MOST_STUFFING * per_bit)] <= 0)
    return None if not len(falls) else float(near + falls[0] + per_bit / 2)


def _believed(read_bytes: list[Byte], end: int) -> Reading:
    data = bytes(byte.value for byte in read_bytes)
    frame = fsk.message(data[:-1]) if fsk.checksum(data[:-1]) == data[-1] else None
    if frame is None or _doubt(np.stack([byte.soft for byte in read_bytes])) < _SURE:
        return Reading()
    return Reading(frame, end)


def _doubt(soft: Samples) -> float:
    """Return how far the nearest other message is: a one and a zero of the same weight that would both be wrong."""
    usual = float(np.median(np.abs(soft))) or 1.0
    ones = np.where(soft > 0, soft, np.inf).min(axis=0)
    zeros = np.where(soft <= 0, -soft, np.inf).min(axis=0)
    return float((ones + zeros).min()) / usual
