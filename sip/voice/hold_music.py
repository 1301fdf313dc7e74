"""Music for whoever is on hold, made here so that there is always some: a soft arpeggio over four chords.

Knows how to write a WAV file; an office that wants its own sets the file.
"""

from __future__ import annotations

import array
import math
import wave
from pathlib import Path

RATE = 8000
_NOTE_S = 0.4
_RING_S = 1.4
_LOUDNESS = 2600  # of 32767: well below speech
_CHORDS = (  # frequencies in Hz: C, A minor, F, G
    (261.6, 329.6, 392.0, 523.3),
    (220.0, 261.6, 329.6, 440.0),
    (174.6, 220.0, 261.6, 349.2),
    (196.0, 246.9, 293.7, 392.0),
)


def write_music(folder: Path) -> Path:
    """Write the music unless it is there; return the file. Takes a moment: use a thread. Raises OSError."""
    path = folder / "hold-music.wav"
    if not path.exists():
        unfinished = path.with_suffix(".new")
        with wave.open(str(unfinished), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(_samples().tobytes())
        unfinished.rename(path)
    return path


def _samples() -> array.array[int]:
    """Return a round that begins and ends alike, so that it can go on for ever."""
    notes = [note for chord in _CHORDS for note in (*chord, *reversed(chord))]
    step, ring = int(_NOTE_S * RATE), int(_RING_S * RATE)
    sound = [0.0] * (step * len(notes))
    for place, frequency in enumerate(notes):
        for at in range(ring):
            fade = math.exp(-3.0 * at / ring) * min(1.0, at / 80) * min(1.0, (ring - at) / 400)
            tone = math.sin(2 * math.pi * frequency * at / RATE)
            sound[(place * step + at) % len(sound)] += fade * tone
    return array.array("h", (int(_LOUDNESS * value) for value in sound))
