"""Short sounds that tell somebody at a phone what has become of what they dialled. Knows no call.

Done: three short high tones (the confirmation tone of ITU-T E.180 supplement 2). Not done: a low tone in quick bursts.
Switched on: two tones that rise; switched off: two that fall.
"""

from __future__ import annotations

import logging
import math
import wave
from array import array
from pathlib import Path

log = logging.getLogger(__name__)

RATE = 8000
_LOUD = 6000
DONE, NOT_DONE = "done", "not_done"
SPEAK = "speak"
SWITCHED_ON, SWITCHED_OFF = "switched_on", "switched_off"
_SOUNDS: dict[str, tuple[tuple[int, int], ...]] = {
    # (hertz, milliseconds); 0 Hz is silence, with which both begin: sound takes a moment to be there
    DONE: ((0, 300), *(((950, 120), (0, 100)) * 3), (0, 200)),
    NOT_DONE: ((0, 300), *(((400, 250), (0, 250)) * 4)),
    SPEAK: ((0, 200), (1000, 400), (0, 100)),
    SWITCHED_ON: ((0, 300), (600, 350), (0, 80), (1200, 700), (0, 200)),
    SWITCHED_OFF: ((0, 300), (1200, 350), (0, 80), (600, 700), (0, 200)),
}


class Tones:
    """The sounds as files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self) -> None:
        """Write what is not there yet. Blocks. On a full disk phones hear nothing and hang up: calls go on."""
        try:
            self._write()
        except OSError as error:
            log.error("tones not written: %s", error)

    def _write(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, parts in _SOUNDS.items():
            file = Path(self.file(name))
            if not file.exists():
                unfinished = file.with_suffix(".part")
                _write(unfinished, parts)
                unfinished.replace(file)

    def file(self, name: str) -> str:
        """Return the file of one of the sounds."""
        return str(self._folder / f"{name}.wav")


def _write(file: Path, parts: tuple[tuple[int, int], ...]) -> None:
    samples = array("h")
    for hertz, milliseconds in parts:
        step = 2 * math.pi * hertz / RATE
        samples.extend(round(_LOUD * math.sin(step * at)) for at in range(RATE * milliseconds // 1000))
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes())
