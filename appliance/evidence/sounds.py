"""The sounds of a package: the recording as it is, each side of it and both together as WAV, and what was sent.

Runs ffmpeg, in the process that makes the package. Knows no ZIP.
"""

from __future__ import annotations

import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path

from appliance.evidence.dossier import Dossier, Sound, Source
from appliance.evidence.packing import Entry, sum_of

FOLDER = "audio/"
_SIDES = ("caller", "office", "mixed")
_SPLIT = "[0:a]pan=mono|c0=c0[caller];[0:a]pan=mono|c0=c1[office];[0:a]pan=mono|c0=0.5*c0+0.5*c1[mixed]"
_QUIETLY = ("-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1", "-y")
_PLAINLY = ("-c:a", "pcm_s16le", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-map_metadata", "-1")


class CannotSplit(Exception):
    """ffmpeg is not there, or refused the recording."""


@dataclass(frozen=True)
class Sounds:
    """All sounds in order, their files in the package, and which of them a source has become."""

    sounds: tuple[Sound, ...]
    entries: tuple[Entry, ...]
    names: dict[Source, str]


def gather(dossier: Dossier, work: Path) -> Sounds:
    """Return the sounds of a package; what must be made lies in `work`. Raises CannotSplit, OSError."""
    found: list[tuple[Sound, Path]] = []
    names: dict[Source, str] = {}
    for number, source in enumerate(sorted(dossier.sources, key=lambda one: one.what != "recording")):
        kept = Path(source.path)
        name = f"{FOLDER}{source.what}{kept.suffix}" if source.what == "recording" else f"{FOLDER}{_numbered(number)}"
        names[source] = name
        sound = Sound(name, source.what, source.started_ms, source.duration_ms, sum_of(kept), source.sha256)
        found.append((sound, kept))
        if source.what == "recording":
            found += [(_side(file, source), file) for file in _split(kept, work)]
    entries = tuple(Entry(sound.file, path) for sound, path in found)
    return Sounds(tuple(sound for sound, _ in found), entries, names)


def _numbered(number: int) -> str:
    return f"announcement-{max(1, number)}.wav"


def _split(recording: Path, work: Path) -> tuple[Path, ...]:
    files = tuple(work / f"{side}.wav" for side in _SIDES)
    outputs = [
        part for side, file in zip(_SIDES, files, strict=True) for part in ("-map", f"[{side}]", *_PLAINLY, str(file))
    ]
    command = ["ffmpeg", *_QUIETLY, "-i", f"file:{recording}", "-filter_complex", _SPLIT, *outputs]
    try:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        raise CannotSplit(str(error)) from error
    return files


def _side(file: Path, source: Source) -> Sound:
    with wave.open(str(file)) as sound:
        duration_ms = sound.getnframes() * 1000 // sound.getframerate()
    return Sound(f"{FOLDER}{file.name}", file.stem, source.started_ms, duration_ms, sum_of(file))
