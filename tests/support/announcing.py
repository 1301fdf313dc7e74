"""Announcements over a real store, with the real ffmpeg, and sound files as people upload them."""

from __future__ import annotations

import subprocess
import wave
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.announcements.service import Announcements
from appliance.announcements.speaker import Speaker
from tests.support.office_store import Store, opened


@asynccontextmanager
async def announcing(
    folder: Path, speaker: Speaker | None = None, shared: Path | None = None
) -> AsyncIterator[tuple[Announcements, Store]]:
    """Open the store and the announcements in `folder`, and close them at the end."""
    async with opened(folder) as store:
        announcements = Announcements(
            store.database, store.settings, store.bus, store.clock, store.health, folder, speaker, shared
        )
        await announcements.open()
        try:
            yield announcements, store
        finally:
            await announcements.stop()


def made(path: Path, source: str, *options: str) -> Path:
    """Make a sound file with ffmpeg's own generators. Blocks."""
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, *options, str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


def samples(path: Path) -> array[int]:
    """Return the samples of a kept file, which must be what telephones want. Blocks."""
    with wave.open(str(path), "rb") as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
        return array("h", sound.readframes(sound.getnframes()))


def loudness(path: Path) -> float:
    """Return how loud a file is (LUFS, ITU-R BS.1770). Blocks."""
    command = ["ffmpeg", "-nostats", "-i", str(path), "-af", "ebur128=framelog=verbose", "-f", "null", "-"]
    told = subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL).stderr.decode()
    return float(told.rpartition("I:")[2].split()[0])
