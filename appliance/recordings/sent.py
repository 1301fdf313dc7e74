"""Keeps what a caller was sent while an announcement was played: the voice's file as it is, under a name that stays.

Not joined with anything and in no other format: sample by sample what went out. Blocks; knows no table.
"""

from __future__ import annotations

import hashlib
import wave
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from appliance.core.durable import replacing
from appliance.recordings.recording import Sent
from appliance.recordings.wav import SAMPLE, Wav

_WINDOW = 1 << 16  # samples in memory at once


def keep(sent: Sent, source: Path, folder: Path) -> Sent:
    """Write the track at `source` to its place below `folder`, and return it with length, size and checksum.

    Whatever a killed worker left of its head, the file is as long as its sound. Raises OSError, UnreadableError.
    """
    with closing(Wav(source)) as track, replacing(folder / sent.path) as file:
        with wave.open(file, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(SAMPLE)
            sound.setframerate(track.shape.rate)
            for first in range(0, track.shape.samples, _WINDOW):
                sound.writeframes(track.read(first, _WINDOW).tobytes())
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        duration_ms = track.shape.samples * 1000 // track.shape.rate
        return replace(sent, duration_ms=duration_ms, size=file.tell(), sha256=sha256)
