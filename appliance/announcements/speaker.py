"""Turns text into speech. Knows no table and no file that is kept.

`Speaker` is what the rest of the feature needs; a better voice is another class here, chosen in `appliance/wiring.py`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Protocol

from appliance.announcements.converter import Converter, Sound
from appliance.announcements.programs import Programs
from appliance.core.errors import InvalidInput, Unavailable


class Speaker(Protocol):
    """Somebody who can read aloud."""

    @property
    def engine(self) -> str:
        """Who it is: what was spoken by another is spoken again."""

    @property
    def voices(self) -> tuple[str, ...]:
        """Their voices, the usual one first; each has its name in the catalogue, `announcements.voice.<voice>`."""

    async def speak(self, text: str, language: str, speed: int, voice: str) -> bytes:
        """Return `text` as a WAV file of any rate. `speed` is in percent of the usual. Raises Unavailable."""


class Espeak:
    """espeak-ng: small, quick, offline, and speaks Korean and English. It sounds like a machine."""

    engine = "espeak-ng-1"
    voices = ("plain", "low", "soft", "bright")

    # What espeak-ng makes of each voice (its variants).
    _VARIANTS = {"low": "+m3", "soft": "+f2", "bright": "+f5"}  # noqa: RUF012 - never changed

    # The voice of each language, and its usual speed in words a minute.
    _VOICES = {"ko": ("ko", 150), "en": ("en-us", 150)}  # noqa: RUF012 - never changed

    def __init__(self, programs: Programs) -> None:
        self._programs = programs

    async def speak(self, text: str, language: str, speed: int, voice: str) -> bytes:
        """Return `text` as a WAV file. Raises Unavailable when it cannot be spoken."""
        speaks, usual = self._VOICES[language]
        pace = str(usual * speed // 100)
        command = (
            "espeak-ng",
            "-v",
            speaks + self._VARIANTS.get(voice, ""),
            "-s",
            pace,
            "-b",
            "1",
            "--stdin",
            "--stdout",
        )
        done = await self._programs.run(*command, given=text.encode())
        if done.code or not done.data:
            raise Unavailable("announcements.not_spoken")
        return done.data


class Speech:
    """Spoken text as telephone sound."""

    def __init__(self, speaker: Speaker, converter: Converter) -> None:
        self._speaker = speaker
        self._converter = converter

    @property
    def voices(self) -> tuple[str, ...]:
        """The voices there are, the usual one first."""
        return self._speaker.voices

    def key(self, text: str, language: str, speed: int, voice: str) -> str:
        """Return what the file of these words is called: a digest of all that decides how it sounds."""
        usual = voice in ("", self.voices[0])
        parts = (self._speaker.engine, language, str(speed), text, *(() if usual else (voice,)))
        return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()

    async def write(self, text: str, language: str, speed: int, voice: str, target: Path) -> Sound:
        """Write `text`, checked, as a file. Raises InvalidInput when nothing of it can be read aloud, Unavailable."""
        spoken = await self._speaker.speak(text, language, speed, voice)
        try:
            return await self._converter.convert(spoken, target)
        except InvalidInput as error:
            key = error.key if error.key == "announcements.too_long" else "announcements.nothing_spoken"
            raise InvalidInput("text", key, **error.params) from error
