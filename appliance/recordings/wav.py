"""Reads the WAV files that the voice leaves, also those of a worker that was killed. Knows no call.

A header is written first and corrected later; after a kill or a power cut it says too little, too much or nothing.
The size of the file is the truth then. Format: RIFF/WAVE, "Multimedia Programming Interface and Data
Specifications 1.0", IBM and Microsoft 1991.
"""

from __future__ import annotations

import struct
import sys
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

RATE = 8000
RATES = (8000, 12000, 16000, 24000, 48000)  # what Opus takes; FLAC takes any
USUAL_HEADER = 44
SAMPLE = 2  # bytes

_PCM = 1
_AFTER_SOUND = (b"LIST", b"id3 ", b"fact", b"cue ", b"bext", b"JUNK")


class UnreadableError(Exception):
    """A file is no sound that the voice could have written."""


@dataclass(frozen=True)
class Shape:
    """Where the samples lie in a file, and how many there are."""

    rate: int
    offset: int
    samples: int


class Wav:
    """An open WAV file, mono, 16 bit. Raises UnreadableError for any other, OSError as files do."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("rb")
        try:
            self.shape = measure(self._file)
        except BaseException:
            self._file.close()
            raise

    def read(self, first: int, count: int) -> array[int]:
        """Return up to `count` samples from sample `first` on."""
        count = max(0, min(count, self.shape.samples - first))
        self._file.seek(self.shape.offset + first * SAMPLE)
        data = self._file.read(count * SAMPLE)
        samples = array("h", data[: len(data) // SAMPLE * SAMPLE])
        if sys.byteorder == "big":
            samples.byteswap()
        return samples

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def measure(file: BinaryIO) -> Shape:
    """Find the samples of a WAV file, whatever its header says of its length."""
    size = file.seek(0, 2)
    if size <= USUAL_HEADER:
        return Shape(RATE, size, 0)  # cut off before the first sample
    file.seek(0)
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        if head.strip(b"\0"):
            raise UnreadableError("no WAV file")
        return Shape(RATE, USUAL_HEADER, max(0, size - USUAL_HEADER) // SAMPLE)  # the header never reached the disk
    rate = RATE
    while len(chunk := file.read(8)) == 8:
        name, length = chunk[:4], int.from_bytes(chunk[4:], "little")
        if name == b"data":
            offset = file.tell()
            return Shape(rate, offset, _sound(file, offset, length, size) // SAMPLE)
        if name == b"fmt ":
            rate = _rate(file.read(length + length % 2))
        else:
            file.seek(length + length % 2, 1)
    return Shape(rate, size, 0)


def _rate(described: bytes) -> int:
    if len(described) < 16:
        raise UnreadableError("format cut off")
    form, channels, rate, _, _, bits = struct.unpack("<HHIIHH", described[:16])
    if (form, channels, bits) != (_PCM, 1, 16) or rate not in RATES:
        raise UnreadableError(f"format {form}, {channels} channels, {bits} bits, {rate} Hz")
    return int(rate)


def _sound(file: BinaryIO, offset: int, said: int, size: int) -> int:
    """Return how many bytes are sound: to the end of the file, unless the header is right and more follows."""
    rest = size - offset
    if 0 < said < rest:
        file.seek(offset + said + said % 2)
        if file.read(4) in _AFTER_SOUND:
            return said
    return rest
