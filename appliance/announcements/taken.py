"""What was spoken at phones and is not kept yet: made ready to be heard, in a folder of its own. Knows no table.

A file is called like the call in which it was spoken, so that it is found again after a restart.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path

from appliance.announcements.converter import Converter, Sound, Trim
from appliance.core.durable import make_folders, sync_folder
from appliance.core.errors import InvalidInput, NotFound

_FORGOTTEN_AFTER_S = 24 * 3600
_MARK = 8  # letters of a call's id by which the file that was made of it is known


def mark(call: str) -> str:
    """Return by what the file of an announcement is known that was spoken in a call."""
    return call[-_MARK:]


class Taken:
    """The takes of all calls; of each the last counts."""

    def __init__(self, folder: Path, converter: Converter) -> None:
        self._folder = folder
        self._converter = converter
        self._sounds: dict[str, Sound] = {}

    def open(self) -> None:
        """Make the folder, and forget what nobody came back for. Touches the disk."""
        make_folders(self._folder)
        for path in self._folder.iterdir():
            if time.time() - path.stat().st_mtime > _FORGOTTEN_AFTER_S:
                path.unlink(missing_ok=True)

    async def prepare(self, call: str, take: int, file: Path, length_ms: int) -> str:
        """Return the file of what was spoken, or "" when nothing is to be heard. Raises Unavailable."""
        path = self._folder / f"{call}-{take}.wav"
        try:
            self._sounds[path.name] = await self._converter.convert(file, path, Trim(length_ms))
        except InvalidInput:
            return ""
        return str(path)

    async def last(self, call: str) -> tuple[Path, Sound]:
        """Return what a call spoke last, and how long it is. Raises NotFound."""
        found = await asyncio.to_thread(self._found, call)
        if not found:
            raise NotFound("announcements.nothing_taken")
        sound = self._sounds.get(found[-1].name)
        return found[-1], sound if sound is not None else await asyncio.to_thread(Sound.of, found[-1])

    def _found(self, call: str) -> list[Path]:
        return sorted(self._folder.glob(f"{call}-*.wav"), key=lambda path: int(path.stem.rpartition("-")[2]))

    async def forget(self, call: str, folder: Path) -> None:
        """Remove what a call spoke, and the folder in which the voice wrote it. Raises OSError."""
        await asyncio.to_thread(self._forget, call, folder)

    def _forget(self, call: str, folder: Path) -> None:
        for path in self._found(call):
            self._sounds.pop(path.name, None)
            path.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


def move(path: Path, to: Path) -> None:
    """Give a take its place for good. Touches the disk. Raises OSError."""
    path.replace(to)
    sync_folder(to.parent)
