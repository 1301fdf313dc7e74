"""Bits out of two tones of which one follows the other without a break in phase. Pure.

Each bit is judged together with its neighbours: what was heard is compared with every way in which they may have been
sent. That finds bits in noise in which a bit by itself, as most modems take it, is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from hw.sound.inlet import Samples

BAUD = 1200


@dataclass(frozen=True)
class Tones:
    """What ones and zeros sound like, in hertz."""

    mark: int
    space: int


BELL_202 = Tones(1200, 2200)
V_23 = Tones(1300, 2100)
TOGETHER, ALONE = 7, 1  # bits that are judged at once
_SURE = {TOGETHER: 0.5, ALONE: 0.9}


@dataclass(frozen=True)
class Softly:
    """For each sample, `lead` samples late, how much more a bit around it is a one (above 0) than a zero."""

    values: Samples
    lead: float
    usual: float  # how much most bits are what they are
    sure: float  # in usual bits: less than this between two messages leaves it open which was sent


def softly(samples: Samples, rate: float, tones: Tones, together: int) -> Softly:
    """Return how it sounds at each place of `samples`; those at both ends have no neighbours and are left out."""
    ones, zeros = _patterns(rate, tones, together)
    length = ones.shape[0]
    windows = np.ascontiguousarray(sliding_window_view(samples, length))
    values = _loudest(windows, ones) - _loudest(windows, zeros)
    usual = float(np.median(np.abs(values))) if len(values) else 0.0
    return Softly(values, (length - 1) / 2, usual, _SURE[together])


def _loudest(windows: Samples, patterns: Samples) -> Samples:
    """Return of each window how much it has of the pattern that it has most of."""
    parts = windows @ patterns
    half = parts.shape[1] // 2
    powers = parts[:, :half] ** 2 + parts[:, half:] ** 2
    loudest: Samples = np.sqrt(powers.max(axis=1))
    return loudest


@cache
def _patterns(rate: float, tones: Tones, together: int) -> tuple[Samples, Samples]:
    """Return what may be heard around a one and around a zero, in columns: real parts, then imaginary parts."""
    ways = [_wave(rate, tones, bits) for bits in product((0, 1), repeat=together)]
    middle = [bits[together // 2] for bits in product((0, 1), repeat=together)]
    ones = np.stack([way for way, bit in zip(ways, middle, strict=True) if bit], axis=1)
    zeros = np.stack([way for way, bit in zip(ways, middle, strict=True) if not bit], axis=1)
    return _real(ones), _real(zeros)


def _wave(rate: float, tones: Tones, bits: tuple[int, ...]) -> NDArray[np.complex128]:
    per_bit = rate / BAUD
    length = round(len(bits) * per_bit)
    place = (np.arange(length) - (length - 1) / 2) / per_bit + len(bits) / 2
    ones = np.interp(place, np.arange(len(bits) + 1), np.cumsum((0, *bits)))  # sent until then, whole and in parts
    angle = 2 * np.pi / BAUD * (tones.mark * ones + tones.space * (place - ones))
    wave: NDArray[np.complex128] = (np.cos(angle) + 1j * np.sin(angle)) / length
    return wave


def _real(columns: NDArray[np.complex128]) -> Samples:
    return np.concatenate((columns.real, columns.imag), axis=1).astype(np.float32)
