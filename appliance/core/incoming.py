"""A file on its way in: written piece by piece, refused as soon as it is too large, gone when nobody keeps it.

Knows no request and no feature.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from appliance.core.errors import InvalidInput, Unavailable

log = logging.getLogger(__name__)

_AT_ONCE = 1 << 18  # bytes that are gathered before a thread is asked to write them


@dataclass(frozen=True)
class Bounds:
    """How large a file may be, beside which field that is said, and the texts for what may go wrong."""

    field: str
    largest_mb: int
    too_large: str
    needed: str
    not_written: str


class Incoming:
    """What has come in so far."""

    def __init__(self, path: Path, file: BinaryIO, bounds: Bounds) -> None:
        self.path = path
        self.size = 0
        self._file = file
        self._bounds = bounds
        self._gathered = bytearray()

    async def add(self, piece: bytes) -> None:
        """Go on with these bytes. Raises InvalidInput when it is too large, Unavailable when the disk is full."""
        self.size += len(piece)
        if self.size > self._bounds.largest_mb * 1_000_000:
            raise InvalidInput(self._bounds.field, self._bounds.too_large, most=self._bounds.largest_mb)
        self._gathered += piece
        if len(self._gathered) >= _AT_ONCE:
            await self.flush()

    async def take(self, pieces: AsyncIterator[bytes]) -> None:
        """Take everything that comes. Raises InvalidInput when it is nothing or too much, Unavailable."""
        async for piece in pieces:
            await self.add(piece)
        if not self.size:
            raise InvalidInput(self._bounds.field, self._bounds.needed)
        await self.flush()

    async def flush(self) -> None:
        """Write what was gathered. Raises Unavailable."""
        gathered, self._gathered = bytes(self._gathered), bytearray()
        try:
            await asyncio.to_thread(_write, self._file, gathered)
        except OSError as error:
            log.error("what is sent cannot be written: %s", error)
            raise Unavailable(self._bounds.not_written) from error


@asynccontextmanager
async def receiving(folder: Path, bounds: Bounds) -> AsyncIterator[Incoming]:
    """Give a file to write into; it is removed at the end."""
    path = folder / secrets.token_hex(8)
    file = await asyncio.to_thread(_open, path)
    try:
        yield Incoming(path, file, bounds)
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
