"""Live WAV files: 16 bit, 8 kHz, one channel, with a header that says how long the file is now.

pjsua writes the lengths into the header only when a recording ends. `mend` writes them in place, so that a live file
is always playable and a killed worker's file is as well. Knows no process; used by keeper and worker.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

HEADER = 44
BYTES_PER_SECOND = 16000


def duration_ms(data_bytes: int) -> int:
    """Return how long so much sound is."""
    return data_bytes * 1000 // BYTES_PER_SECOND


def header(data_bytes: int) -> bytes:
    """Return the header of a file with so much sound (RIFF WAVE, PCM)."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        data_bytes + HEADER - 8,
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        8000,
        BYTES_PER_SECOND,
        2,
        16,
        b"data",
        data_bytes,
    )


def mend(path: Path) -> int:
    """Make the header say what the file holds. Returns the length in ms.

    May wait for the disk: call it in a thread. Safe while the file grows, since pjsua only appends. Raises OSError.
    """
    descriptor = os.open(path, os.O_RDWR)
    try:
        size = os.fstat(descriptor).st_size
        data = max(0, size - HEADER) // 2 * 2
        os.pwrite(descriptor, header(data), 0)
        return duration_ms(data)
    finally:
        os.close(descriptor)
