"""The two ways in which an office may keep its recordings, and what their files are called. Knows no library."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePath


class Format(StrEnum):
    """What a recording is kept as; the value of the setting `recordings.format`."""

    LOSSLESS = "lossless"  # FLAC: bit for bit what the lines delivered
    SMALL = "small"  # Opus in Ogg: a quarter of the room, and no longer what was on the line to the last bit

    @property
    def suffix(self) -> str:
        """How the names of its files end."""
        return _SUFFIXES[self]

    @property
    def content_type(self) -> str:
        """What browsers are told that it is (RFC 9639 section 12, RFC 7845 section 9)."""
        return _CONTENT_TYPES[self]

    @classmethod
    def of(cls, file: PurePath) -> Format:
        """Return what a recording's file holds, by its name."""
        return next(one for one in cls if one.suffix == file.suffix)


_SUFFIXES = {Format.LOSSLESS: ".flac", Format.SMALL: ".opus"}
_CONTENT_TYPES = {Format.LOSSLESS: "audio/flac", Format.SMALL: "audio/ogg; codecs=opus"}
