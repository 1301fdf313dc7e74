"""Writes recordings as Opus in Ogg: the encoder of `opus.py` into the pages of `ogg.py`. Knows no call."""

from __future__ import annotations

from array import array
from typing import BinaryIO

from appliance.recordings.ogg import GRANULE_RATE, OggOpus
from appliance.recordings.opus import OpusEncoder
from appliance.recordings.writing import CHANNELS, Sound


class OpusWriter:
    """An Ogg Opus file of two channels: see `writing.Writer`."""

    def __init__(self, file: BinaryIO, sound: Sound) -> None:
        """Raises NoLibraryError, OSError."""
        self._encoder = OpusEncoder(sound.rate)
        self._scale = GRANULE_RATE // sound.rate
        pre_skip = self._encoder.lookahead * self._scale
        self._end = pre_skip + sound.samples * self._scale
        vendor = self._encoder.vendor
        self._stream = OggOpus(file.write, serial=sound.serial, rate=sound.rate, pre_skip=pre_skip, vendor=vendor)
        self._rest = array("h")  # left and right by turns; less than a frame between two calls

    def add(self, left: array[int], right: array[int]) -> None:
        """Go on with these samples, equally many of each side."""
        both = array("h", bytes(2 * CHANNELS * len(left)))
        both[0::2], both[1::2] = left, right
        self._encode(self._rest + both)

    def finish(self) -> None:
        """Write what is left, with silence behind it until the encoder has given out all sound."""
        behind = CHANNELS * self._encoder.lookahead
        behind += -(len(self._rest) + behind) % (CHANNELS * self._encoder.frame)
        self._encode(self._rest + array("h", bytes(2 * behind)))
        self._stream.close(self._end)

    def close(self) -> None:
        """Give the memory back. Twice is harmless."""
        self._encoder.close()

    def _encode(self, samples: array[int]) -> None:
        size = CHANNELS * self._encoder.frame
        whole = len(samples) // size * size
        duration = self._encoder.frame * self._scale
        for at in range(0, whole, size):
            self._stream.add(self._encoder.encode(samples, at), duration)
        self._rest = samples[whole:]
