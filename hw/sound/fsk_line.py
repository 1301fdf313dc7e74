"""Listens to a line for messages in two tones: notices the steady tone before one, then reads what follows it. Pure.

Noticing is cheap and goes on all the time; reading is dear and done only behind such a tone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from hw.api import Frame
from hw.sound.bits import ALONE, BAUD, TOGETHER, Tones, softly
from hw.sound.inlet import Samples
from hw.sound.message import Reading, read

_WINDOW_S, _HOP_S = 0.02, 0.005
_STEADY = 0.3  # of all power is in the tone
_SHORTEST_TONE = 3  # windows
_SILENCE = 1e-8  # mean square: less is nothing that could be read
_KEPT_S = 2.6  # the longest message
_MOST_BEGINS = 8


@dataclass
class _Begin:
    """A place behind which a message may be, and how many samples from there are needed to go on."""

    at: int
    needs: int


class FskLine:
    """One line, one pair of tones."""

    def __init__(self, rate: float, tones: Tones) -> None:
        """`rate`: samples a second, as they come."""
        self._rate, self._tones, self._per_bit = rate, tones, rate / BAUD
        self._window, self._hop = round(rate * _WINDOW_S), round(rate * _HOP_S)
        turn = np.exp(2j * np.pi * tones.mark / rate * np.arange(self._window))
        self._mark = np.stack((turn.real, turn.imag), axis=1).astype(np.float32)
        self._kept = np.zeros(0, np.float32)
        self._first = 0  # the number of the first sample that is kept
        self._looked = 0  # windows before this sample were looked at
        self._steady = 0
        self._begins: list[_Begin] = []

    def feed(self, samples: Samples) -> list[Frame]:
        """Return the calls whose messages are complete with `samples`."""
        self._kept = np.concatenate((self._kept, samples))
        self._notice()
        found = [frame for begin in list(self._begins) if (frame := self._go_on(begin)) is not None]
        self._forget()
        return found

    def _notice(self) -> None:
        """Note each place where a steady tone ends."""
        ahead = self._kept[self._looked - self._first :]
        if len(ahead) < self._window:
            return
        windows = np.ascontiguousarray(sliding_window_view(ahead, self._window)[:: self._hop])
        tone = ((windows @ self._mark) ** 2).sum(axis=1) * 2 / self._window
        power = (windows**2).sum(axis=1)
        steady = (tone > _STEADY * power) & (power > _SILENCE * self._window)
        for is_steady in steady:
            if not is_steady and self._steady >= _SHORTEST_TONE:
                self._begins.append(_Begin(self._looked - self._hop, self._window + int(30 * self._per_bit)))
            self._steady = self._steady + 1 if is_steady else 0
            self._looked += self._hop
        del self._begins[:-_MOST_BEGINS]

    def _go_on(self, begin: _Begin) -> Frame | None:
        """Read behind a tone, as soon as there is enough to read."""
        samples = self._kept[begin.at - self._first :]
        if begin not in self._begins or len(samples) < begin.needs:
            return None
        reading = self._read(samples)
        if reading.frame is not None:
            self._begins = [other for other in self._begins if other.at > begin.at + reading.end]
        elif reading.needs > len(samples) and reading.needs < _KEPT_S * self._rate:
            begin.needs = reading.needs
        else:
            self._begins.remove(begin)
        return reading.frame

    def _read(self, samples: Samples) -> Reading:
        """Judge bits with their neighbours; where that leads nowhere, each by itself: some senders break the phase."""
        reading = Reading()
        for together in (TOGETHER, ALONE):
            reading = read(softly(samples, self._rate, self._tones, together), self._per_bit)
            if reading.frame is not None or reading.needs:
                break
        return reading

    def _forget(self) -> None:
        """Let go of what nothing can begin in any more."""
        needed = min([self._looked - self._hop, *(begin.at for begin in self._begins)])
        self._kept = self._kept[max(0, needed - self._first) :]
        self._first = max(self._first, needed)
