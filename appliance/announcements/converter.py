"""Makes telephone sound of any file: 8 kHz, 16 bit, mono WAV, as loud as the others, never clipped. Knows no table.

ffmpeg reads and filters; it is told which kinds of files there are and that none may lead to another file or address,
since what is uploaded is not to be trusted. It runs twice: once to measure, once to convert. Its samples come through
a pipe and the file is written here, so that it has the plainest header there is and appears whole or not at all.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import re
import wave
from dataclasses import dataclass
from pathlib import Path

from appliance.announcements.programs import Output, Programs
from appliance.announcements.types import LONGEST_MINUTES, RATE
from appliance.core.durable import replacing
from appliance.core.errors import InvalidInput, Unavailable

log = logging.getLogger(__name__)

FIELD = "sound"
LOUDNESS = -20.0  # LUFS (ITU-R BS.1770): a little above people who talk on the telephone
PEAK = 0.8  # of full scale; room for what coding for the line adds
_MOST_GAIN_DB = 30.0
_SILENCE = -60.0  # LUFS; nothing quieter is a recording of something
_LONGEST_S = LONGEST_MINUTES * 60
_SAMPLE = 2  # bytes
_HEADER = 44  # bytes
_QUIET_DB = -42  # a room with nobody speaking, heard through a telephone

# By the names of ffmpeg's readers. Not among them: whatever names other files (playlists), pictures, subtitles.
_KINDS = "wav,w64,mp3,mov,ogg,flac,aac,aiff,caf,matroska,asf,amr,au"
# Rumble and hum below the telephone band would only take loudness away from speech.
_TELEPHONE = f"highpass=f=80,aresample={RATE},aformat=channel_layouts=mono"
_MEASURE = f"{_TELEPHONE},ebur128=framelog=verbose"
_MEASURED = re.compile(r"Integrated loudness:\s+I:\s+(-?[0-9.]+|-?inf|nan) LUFS")


@dataclass(frozen=True)
class Sound:
    """A finished file: how long it plays, how many bytes it has."""

    duration_ms: int
    size: int

    @classmethod
    def of(cls, path: Path) -> Sound:
        """Return what a file is that was written here before. Touches the disk."""
        size = path.stat().st_size
        return cls(max(0, size - _HEADER) * 1000 // (RATE * _SAMPLE), size)


@dataclass(frozen=True)
class Trim:
    """What of a sound is meant: no more than its first `length_ms`, without the silence before and after."""

    length_ms: int

    @property
    def filter(self) -> str:
        """How ffmpeg does that; what is quiet at the end is found from behind."""
        quiet = f"silenceremove=start_periods=1:start_duration=0.02:start_threshold={_QUIET_DB}dB:start_silence=0.08"
        return f"atrim=end={self.length_ms / 1000:.3f},{quiet},areverse,{quiet},areverse,"


class Converter:
    """Converts files, and sound that is in memory."""

    def __init__(self, programs: Programs) -> None:
        self._programs = programs

    async def convert(self, source: Path | bytes, target: Path, trim: Trim | None = None) -> Sound:
        """Write the sound of `source`, or what is meant of it, to `target`, whole or not at all.

        Raises InvalidInput about the field "sound" when it is empty, silent, too long or no sound; Unavailable.
        """
        first = trim.filter if trim is not None else ""
        samples = await self._samples(source, first, await self._gain(source, first))
        if not samples:
            raise InvalidInput(FIELD, "announcements.empty")
        if len(samples) > _LONGEST_S * RATE * _SAMPLE:
            raise InvalidInput(FIELD, "announcements.too_long", minutes=LONGEST_MINUTES)
        try:
            return await asyncio.to_thread(_write, samples, target)
        except OSError as error:
            log.error("an announcement could not be written: %s", error)
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            raise Unavailable("announcements.no_space" if full else "announcements.not_written") from error

    async def _gain(self, source: Path | bytes, first: str) -> float:
        """Return by how many decibels the sound is too quiet."""
        measured = await self._ffmpeg(source, "info", "-af", first + _MEASURE, "-f", "null", "-")
        found = _MEASURED.findall(measured.words)
        if not found:
            raise InvalidInput(FIELD, "announcements.empty")
        loudness = float(found[-1])
        if not loudness > _SILENCE:  # also when it is not a number
            raise InvalidInput(FIELD, "announcements.silent")
        return min(LOUDNESS - loudness, _MOST_GAIN_DB)

    async def _samples(self, source: Path | bytes, first: str, gain: float) -> bytes:
        even = f"{first}{_TELEPHONE},volume={gain:.2f}dB,alimiter=limit={PEAK}:attack=5:release=80:level=0"
        output = ("-ar", str(RATE), "-ac", "1", "-c:a", "pcm_s16le", "-f", "s16le", "pipe:1")
        return (await self._ffmpeg(source, "error", "-af", even, *output)).data

    async def _ffmpeg(self, source: Path | bytes, level: str, *output: str) -> Output:
        given = source if isinstance(source, bytes) else None
        name = "pipe:0" if isinstance(source, bytes) else f"file:{source}"
        safely = ("-protocol_whitelist", "file,pipe", "-format_whitelist", _KINDS)
        quietly = ("-hide_banner", "-nostats", "-loglevel", level, "-threads", "1")
        read = (*safely, "-t", str(_LONGEST_S + 1), "-i", name, "-map", "0:a:0")
        done = await self._programs.run("ffmpeg", *quietly, *read, *output, given=given)
        if done.code:
            log.info("a file was refused: %s", " / ".join(done.words.strip().splitlines()[-2:]))
            raise InvalidInput(FIELD, "announcements.no_sound")
        return done


def _write(samples: bytes, target: Path) -> Sound:
    with replacing(target) as file:
        with wave.open(file, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(_SAMPLE)
            sound.setframerate(RATE)
            sound.writeframes(samples)
        size = file.tell()
    return Sound(len(samples) * 1000 // (RATE * _SAMPLE), size)
