"""A file on its way in: written piece by piece, refused as soon as it is too large, gone when nobody keeps it.

Knows no request.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from appliance.announcements.converter import FIELD
from appliance.announcements.types import LARGEST_MB
from appliance.core.errors import InvalidInput, Unavailable

log = logging.getLogger(__name__)

_AT_ONCE = 1 << 18  # bytes that are gathered before a thread is asked to write them


class Incoming:
    """What has come in so far."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self.size = 0
        self._file = file
        self._gathered = bytearray()

    async def add(self, piece: bytes) -> None:
        """Go on with these bytes. Raises InvalidInput when it is too large, Unavailable when the disk is full."""
        self.size += len(piece)
        if self.size > LARGEST_MB * 1_000_000:
            raise InvalidInput(FIELD, "announcements.too_large", most=LARGEST_MB)
        self._gathered += piece
        if len(self._gathered) >= _AT_ONCE:
            await self.flush()

    async def take(self, pieces: AsyncIterator[bytes]) -> None:
        """Take everything that comes. Raises InvalidInput when it is nothing or too much, Unavailable."""
        async for piece in pieces:
            await self.add(piece)
        if not self.size:
            raise InvalidInput(FIELD, "announcements.file_needed")
        await self.flush()

    async def flush(self) -> None:
        """Write what was gathered. Raises Unavailable."""
        gathered, self._gathered = bytes(self._gathered), bytearray()
        try:
            await asyncio.to_thread(_write, self._file, gathered)
        except OSError as error:
            log.error("what is sent cannot be written: %s", error)
            raise Unavailable("announcements.not_written") from error


@asynccontextmanager
async def receiving(folder: Path) -> AsyncIterator[Incoming]:
    """Give a file to write into; it is removed at the end."""
    path = folder / secrets.token_hex(8)
    file = await asyncio.to_thread(_open, path)
    try:
        yield Incoming(path, file)
    finally:
        await asyncio.to_thread(_remove, file, path)


def _open(path: Path) -> BinaryIO:
    return path.open("xb")


def _write(file: BinaryIO, data: bytes) -> None:
    file.write(data)
    file.flush()


def _remove(file: BinaryIO, path: Path) -> None:
    file.close()
    path.unlink(missing_ok=True)
