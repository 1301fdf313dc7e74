"""Who hears whom: everybody speaks with a tone of his own, and is found again by it in what others hear.

await hear(phone, "caller", "agent")       # exactly these two
assert ends_with(samples, "agent")
"""

from __future__ import annotations

import wave
from array import array
from pathlib import Path
from typing import Protocol

from tests.support.rtp import Rtp
from tests.support.sound import power

TONES = {
    "caller": 500.0,
    "agent": 1300.0,
    "third": 2100.0,
    "outside": 800.0,
    "101": 1000.0,
    "102": 1700.0,
    "103": 2500.0,
}
"""Everybody has a tone; all of them are whole waves in the stretches that are listened to."""


class Heard(Protocol):
    """Somebody with an ear."""

    @property
    def sound(self) -> Rtp:
        """It."""


def tones_in(samples: array[int]) -> set[str] | None:
    """Return who is heard in this; None when somebody begins or stops in the middle of it."""
    found = {name: power(samples, hertz) for name, hertz in TONES.items()}
    if any(0.03 < level < 0.15 for level in found.values()):
        return None
    return {name for name, level in found.items() if level > 0.15}


def course_of(samples: array[int]) -> list[set[str]]:
    """Return who is heard in this, one after the other."""
    windows = (tones_in(samples[at : at + 800]) for at in range(0, len(samples) - 799, 160))
    course: list[set[str]] = []
    for found in windows:
        if found is not None and (not course or course[-1] != found):
            course.append(found)
    return course


def ends_with(samples: array[int], *wanted: str) -> bool:
    """Say whether exactly these are heard last; who speaks may fall silent before the end.

    Raises AssertionError with how loud everybody was in each tenth of a second, when nobody is clearly heard.
    """
    heard = next((found for found in reversed(course_of(samples)) if found), None)
    if heard is None:
        parts = [samples[at : at + 800] for at in range(0, len(samples), 800)]
        levels = {name: [round(power(part, hertz), 2) for part in parts] for name, hertz in TONES.items()}
        raise AssertionError(f"nobody is clearly heard in {len(samples)} samples: {levels}")
    return heard == set(wanted)


async def hear(far: Heard, *wanted: str, seconds: float = 20.0) -> None:
    """Listen until exactly these are heard, for a fifth of a second. Raises AssertionError with what was heard."""
    heard: list[set[str] | None] = []
    for _ in range(int(seconds / 0.2)):
        heard.append(tones_in(await far.sound.hear(0.2)))
        if heard[-1] == set(wanted):
            return
    raise AssertionError(f"not {wanted} but {heard}")


async def sounds(far: Heard, hertz: float, seconds: float = 20.0) -> None:
    """Listen until a tone is clearly heard that is nobody's, for a fifth of a second. Raises AssertionError."""
    for _ in range(int(seconds / 0.2)):
        if power(await far.sound.hear(0.2), hertz) > 0.15:
            return
    raise AssertionError(f"no {hertz} Hz in {seconds:.0f} s")


def samples_in(folder: Path, leg: str) -> array[int]:
    """Return what the recordings of a leg hold, one after the other, by their own headers."""
    samples = array("h")
    for path in sorted(folder.glob(f"{leg}*.wav"), key=lambda path: (len(path.name), path.name)):
        with wave.open(str(path)) as file:
            samples.extend(array("h", file.readframes(file.getnframes())))
    return samples
