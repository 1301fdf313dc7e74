"""Callers that exchanges send as keys, between an A, B or D and a C or #. Pure.

People who dial on the line make keys, too, and so, now and then, does speech. Neither makes a caller: no telephone has
those letters, and only a machine sends all its keys equally long. Levels and lengths are those of ITU-T Q.24.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from hw.api import Frame, FrameKind, Presentation
from hw.sound.inlet import Samples

_LOW, _HIGH = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
_KEYS = "123A456B789C*0#D"
_WINDOW_S, _HOP_S = 0.016, 0.004
_SHARE = 0.45  # of all power is in the two tones
_ALONE = 4.0  # a tone has so many times the power of the next one of its row
_TWIST = 10**0.9  # one tone may have so many times the power of the other
_SILENCE = 1e-7  # mean square
_SHORTEST, _LONGEST = 7, 38  # windows that a key is heard in: keys of 30 to 150 ms
_GAP, _SHORTEST_PAUSE, _LONGEST_PAUSE = 3, 4, 75
_UNEVEN = 8  # windows between the longest and the shortest
_MOST_KEYS = 40
_MESSAGE = re.compile(r"(?:[ABD][0-9]*)+[C#]")
_PART = re.compile(r"([ABD])([0-9]*)")
_REASONS = {"B00": Presentation.UNAVAILABLE, "B10": Presentation.WITHHELD, "D1": Presentation.WITHHELD,
            "D2": Presentation.UNAVAILABLE, "D3": Presentation.UNAVAILABLE}  # fmt: skip
_DIGITS = range(3, 21)


@dataclass(frozen=True)
class _Key:
    """A key that was heard: the first window with it, and the one behind the last."""

    key: str
    begin: int
    end: int


class DtmfLine:
    """One line."""

    def __init__(self, rate: float) -> None:
        """`rate`: samples a second, as they come."""
        self._window, self._hop = round(rate * _WINDOW_S), round(rate * _HOP_S)
        turns = np.outer(np.arange(self._window), _LOW + _HIGH) * (2 * np.pi / rate)
        self._tones = np.concatenate((np.cos(turns), np.sin(turns)), axis=1).astype(np.float32)
        self._kept = np.zeros(0, np.float32)
        self._at = 0
        self._key = ""
        self._begin = self._last = 0
        self._keys: list[_Key] = []

    def feed(self, samples: Samples) -> list[Frame]:
        """Return the calls that are complete with `samples`."""
        self._kept = np.concatenate((self._kept, samples))
        if len(self._kept) < self._window:
            return []
        windows = np.ascontiguousarray(sliding_window_view(self._kept, self._window)[:: self._hop])
        self._kept = self._kept[len(windows) * self._hop :]
        return [frame for key in self._heard(windows) if (frame := self._next(key)) is not None]

    def _heard(self, windows: Samples) -> list[str]:
        """Return for each window the key that is heard in it, "" for none."""
        parts = windows @ self._tones
        powers = parts[:, :8] ** 2 + parts[:, 8:] ** 2
        low, high = np.sort(powers[:, :4], axis=1), np.sort(powers[:, 4:], axis=1)
        alone = (low[:, 3] > _ALONE * low[:, 2]) & (high[:, 3] > _ALONE * high[:, 2])
        even = (low[:, 3] < _TWIST * high[:, 3]) & (high[:, 3] < _TWIST * low[:, 3])
        power = (windows**2).sum(axis=1)
        share = (low[:, 3] + high[:, 3]) * 2 / self._window > _SHARE * power
        is_key = alone & even & share & (power > _SILENCE * self._window)
        places = powers[:, :4].argmax(axis=1) * 4 + powers[:, 4:].argmax(axis=1)
        return [_KEYS[place] if found else "" for place, found in zip(places, is_key, strict=True)]

    def _next(self, key: str) -> Frame | None:
        """Take what one window holds; a key ends when it was not heard for a moment, or another one is."""
        self._at += 1
        ended = self._key and (self._at - self._last > _GAP or (key and key != self._key))
        frame = self._ended() if ended else None
        if key:
            if not self._key:
                self._key, self._begin = key, self._at
            self._last = self._at
        return frame

    def _ended(self) -> Frame | None:
        key = _Key(self._key, self._begin, self._last + 1)
        self._key = ""
        if key.end - key.begin < _SHORTEST:
            return None
        last = self._keys[-1] if self._keys else None
        if key.key in "ABD" and (last is None or not _follows(last, key)):
            self._keys = []
        elif last is None or not _follows(last, key):
            self._keys = []
            return None
        self._keys.append(key)
        if key.key in "C#" or len(self._keys) > _MOST_KEYS:
            keys, self._keys = self._keys, []
            return _call(keys)
        return None


def _follows(last: _Key, key: _Key) -> bool:
    pause = key.begin - last.end
    return _SHORTEST_PAUSE <= pause <= _LONGEST_PAUSE and key.end - key.begin <= _LONGEST


def _call(keys: list[_Key]) -> Frame | None:
    """Return what keys say when a machine has sent them."""
    lengths = [key.end - key.begin for key in keys]
    pauses = [later.begin - earlier.end for earlier, later in pairwise(keys)]
    if len(keys) < 3 or max(max(row) - min(row) for row in (lengths, pauses)) > _UNEVEN or max(lengths) > _LONGEST:
        return None
    return _meaning("".join(key.key for key in keys))


def _meaning(text: str) -> Frame | None:
    if not _MESSAGE.fullmatch(text):
        return None
    parts = _PART.findall(text)
    numbers = [digits for letter, digits in sorted(parts) if letter != "B" and len(digits) in _DIGITS]
    reasons = [_REASONS[letter + digits] for letter, digits in parts if letter + digits in _REASONS]
    if numbers:
        return Frame(FrameKind.RING, 1, numbers[0], raw=text.encode("ascii"))
    return Frame(FrameKind.RING, 1, presentation=reasons[0], raw=text.encode("ascii")) if reasons else None
