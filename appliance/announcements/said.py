"""Keeps what was spoken, so that the same words are spoken once. Knows no announcement.

A file is named by a digest of voice, language, speed and text: who finds it finds the right one, also after a restart.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

from appliance.announcements import checks
from appliance.announcements.shelf import Shelf
from appliance.announcements.speaker import Speech
from appliance.core.durable import make_folders

log = logging.getLogger(__name__)

_SUFFIX = ".wav"


class Said:
    """Spoken files in a folder, `at_most` so many: those not wanted for the longest time go first."""

    def __init__(self, folder: Path, speech: Speech, at_most: int, shelf: Shelf | None = None) -> None:
        """`shelf` has files that others have spoken, and is given those that are spoken here."""
        self._folder = folder
        self._speech = speech
        self._at_most = at_most
        self._shelf = shelf
        self._files: OrderedDict[str, Path] = OrderedDict()
        self._being_made: dict[str, asyncio.Task[Path]] = {}
        self._forgetting = asyncio.Lock()

    async def open(self) -> None:
        """Find what is there from before. Raises OSError."""
        for path in await asyncio.to_thread(_found, self._folder):
            self._files[path.stem] = path
        await self._forget_old()

    async def stop(self) -> None:
        """Let go of what is being made."""
        making = tuple(self._being_made.values())
        for task in making:
            task.cancel()
        await asyncio.gather(*making, return_exceptions=True)

    def key(self, text: str, language: str, speed: int = 100, voice: str = "") -> str:
        """Return what the file of these words is called."""
        return self._speech.key(text, language, speed, voice)

    def find(self, key: str) -> Path | None:
        """Return a file that is there."""
        if (path := self._files.get(key)) is not None:
            self._files.move_to_end(key)
        return path

    async def file(self, text: str, language: str, speed: int = 100, voice: str = "") -> Path:
        """Return the file of these words, spoken now if it must be. Raises InvalidInput, Unavailable."""
        tidy = checks.text(text, language, speed)
        key = self.key(tidy, language, speed, voice)
        if (path := self.find(key)) is not None:
            return path
        if (making := self._being_made.get(key)) is None:
            making = asyncio.create_task(self._make(key, tidy, language, speed, voice), name=f"speak {key}")
            self._being_made[key] = making
            making.add_done_callback(lambda made: self._done(key, made))
        return await asyncio.shield(making)  # others may wait for the same

    async def _make(self, key: str, text: str, language: str, speed: int, voice: str) -> Path:
        path = self._folder / (key + _SUFFIX)
        async with self._forgetting:
            pass  # the same words may be on their way out: their file goes before it is made anew
        if self._shelf is None or not await self._shelf.lend(path):
            await self._speech.write(text, language, speed, voice, path)
            if self._shelf is not None:
                await self._shelf.take(path)
        self._files[key] = path
        await self._forget_old()
        return path

    def _done(self, key: str, made: asyncio.Task[Path]) -> None:
        del self._being_made[key]
        if not made.cancelled() and (error := made.exception()) is not None:
            log.warning("%s was not spoken: %s", key, error)

    async def _forget_old(self) -> None:
        async with self._forgetting:
            while len(self._files) > self._at_most:
                _, path = self._files.popitem(last=False)
                await asyncio.to_thread(path.unlink, missing_ok=True)


def _found(folder: Path) -> Iterable[Path]:
    """Return the files of a folder, the oldest first, and tidy up what a crash has left."""
    make_folders(folder)
    files = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    for path in files:
        if path.suffix != _SUFFIX:
            path.unlink()
    return [path for path in files if path.suffix == _SUFFIX]
