"""Spoken files that boxes on one machine share: spoken once, by whoever needs them first, or when the box is installed.

A file is called by a digest of all that decides how it sounds, so that whoever finds one finds the right one. Nothing
depends on the shelf: where it cannot be read or written, each box speaks for itself. Knows no words.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from pathlib import Path

from appliance.core.durable import make_folders, replacing

log = logging.getLogger(__name__)


class Shelf:
    """A folder of files that never change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def lend(self, to: Path) -> bool:
        """Copy the file of this name to its place, if it is here; says whether it was."""
        try:
            return await asyncio.to_thread(self._lend, to)
        except OSError as error:
            log.info("nothing was taken from the shelf: %s", error)
            return False

    def _lend(self, to: Path) -> bool:
        found = self._folder / to.name
        if not found.is_file():
            return False
        _copy(found, to)
        return True

    async def take(self, path: Path) -> None:
        """Keep a copy of a file for others."""
        try:
            await asyncio.to_thread(self._take, path)
        except OSError as error:  # the program's folder may be read-only
            log.info("nothing was put on the shelf: %s", error)

    def _take(self, path: Path) -> None:
        if not (self._folder / path.name).exists():
            make_folders(self._folder)
            _copy(path, self._folder / path.name)


def _copy(one: Path, to: Path) -> None:
    with one.open("rb") as read, replacing(to) as written:
        shutil.copyfileobj(read, written)
