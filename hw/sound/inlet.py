"""From a sound card's bytes to samples that can be listened to: one rate near 8 kHz, without hum and hiss. Pure.

The filter keeps 500 to 3000 Hz and has the same delay for every frequency, so that no bit is smeared into the next.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Samples = NDArray[np.float32]

LOWEST_RATE, HIGHEST_RATE = 8000, 48000
PORTION_S = 0.04
_LOW_HZ, _HIGH_HZ = 500, 3000
_FILTER_S = 0.008
_FULL_SCALE = 32768


class Inlet:
    """Cuts a stream of signed 16-bit little-endian samples into portions of the same length, however it comes."""

    def __init__(self, rate: int) -> None:
        """Raises ValueError for a rate that no line is recorded with."""
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise ValueError(rate)
        self._step = rate // LOWEST_RATE
        self.rate = rate / self._step
        self._taps = _taps(rate)
        self._portion = round(self.rate * PORTION_S) * self._step
        self._bytes = bytearray()
        self._before = np.zeros(len(self._taps) - 1, np.float32)

    def feed(self, block: bytes) -> Iterator[Samples]:
        """Yield the portions that are complete with `block`."""
        self._bytes += block
        size = self._portion * 2
        while len(self._bytes) >= size:
            portion = np.frombuffer(bytes(self._bytes[:size]), "<i2").astype(np.float32)
            del self._bytes[:size]
            yield self._filtered(portion * np.float32(1 / _FULL_SCALE))

    def _filtered(self, portion: Samples) -> Samples:
        whole = np.concatenate((self._before, portion))
        self._before = whole[len(portion) :]
        windows = sliding_window_view(whole, len(self._taps))[:: self._step]
        return np.ascontiguousarray(windows) @ self._taps


def _taps(rate: int) -> Samples:
    """Return a band pass: the difference of two windowed low passes."""
    half = round(rate * _FILTER_S / 2)
    place = np.arange(-half, half + 1)

    def low_pass(edge: int) -> NDArray[np.float64]:
        response: NDArray[np.float64] = 2 * edge / rate * np.sinc(2 * edge / rate * place)
        return response

    taps: Samples = ((low_pass(_HIGH_HZ) - low_pass(_LOW_HZ)) * np.hamming(len(place))).astype(np.float32)
    taps -= taps.mean()  # a constant is not let through at all
    return taps
