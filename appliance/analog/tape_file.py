"""The file of a line's sound while it is written: a WAV that can be played at any moment, also after a kill.

Blocks: call it in a thread. A power cut takes no more than the last second.
"""

from __future__ import annotations

import errno
import os
import struct
from contextlib import suppress
from pathlib import Path

from appliance.core.durable import make_folders, sync_folder

HEADER = 44
_SAMPLE = 2  # bytes


class TapeFile:
    """An open file, mono, 16 bit. Every method raises OSError."""

    def __init__(self, path: Path, rate: int) -> None:
        make_folders(path.parent)
        self._path = path
        self._rate = rate
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._sound = 0
        self._unsafe = 0
        try:
            _write(self._file, header(0, rate), 0)
            sync_folder(path.parent)
        except OSError:
            os.close(self._file)
            self._remove()
            raise

    @property
    def duration_ms(self) -> int:
        """How long the sound is."""
        return self._sound * 1000 // _SAMPLE // self._rate

    def append(self, data: bytes) -> None:
        """Add samples; the file says at once that it has them."""
        _write(self._file, data, HEADER + self._sound)
        self._sound += len(data)
        _write(self._file, header(self._sound, self._rate), 0)
        self._unsafe += len(data)
        if self._unsafe >= self._rate * _SAMPLE:
            os.fdatasync(self._file)
            self._unsafe = 0

    def close(self) -> None:
        """Put everything on the disk, and let go of the file; one without any sound is removed."""
        try:
            os.fsync(self._file)
        finally:
            os.close(self._file)
            if not self._sound:
                self._remove()

    def _remove(self) -> None:
        self._path.unlink()
        with suppress(OSError):  # there are others in it
            self._path.parent.rmdir()


def _write(file: int, data: bytes, at: int) -> None:
    """Write all of it; a disk that is nearly full takes a part and says no more than that."""
    if os.pwrite(file, data, at) < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def header(sound: int, rate: int) -> bytes:
    """Return the head of a file with so many bytes of sound (RIFF WAVE, PCM)."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * _SAMPLE, _SAMPLE, 16)
    return struct.pack("<4sI4s", b"RIFF", sound + HEADER - 8, b"WAVE") + form + struct.pack("<4sI", b"data", sound)


def mend(path: Path, rate: int) -> int:
    """Make the head of a file that was left open say what is in it; return its length in ms, 0 if it is not there."""
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return 0
    try:
        sound = max(0, os.fstat(file).st_size - HEADER) // _SAMPLE * _SAMPLE
        os.pwrite(file, header(sound, rate), 0)
        os.fsync(file)
        return sound * 1000 // _SAMPLE // rate
    finally:
        os.close(file)
