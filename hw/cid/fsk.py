"""The messages that exchanges send between two rings (SDMF, MDMF), as bytes with a checksum. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hw.api import Frame, FrameKind, Presentation
from hw.cid.registry import Dialect, register
from hw.cid.text import name_of

SDMF, MDMF = 0x04, 0x80
_TYPES = (SDMF, MDMF)
_BETWEEN = (0x55, 0xFF, 0x00, 0x0D, 0x0A)  # seizure, mark, and what ends lines
_LONGEST = 2 + 255 + 1
_DATE, _NUMBER, _NO_NUMBER, _NAME = 0x01, 0x02, 0x04, 0x07
_REASONS = {"P": Presentation.WITHHELD, "O": Presentation.UNAVAILABLE, "C": Presentation.PAYPHONE}
_MOMENT = re.compile(r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-4])[0-5]\d", re.ASCII)
_DIGITS = re.compile(r"\+?[0-9*#]{2,24}", re.ASCII)
STALE_MS = 1000


def checksum(message: bytes) -> int:
    """Return the byte that makes the sum of everything zero."""
    return -sum(message) % 256


def message(body: bytes) -> Frame | None:
    """Return what a message without its checksum says: type, length, data. None when it is no call."""
    if len(body) < 2 or body[0] not in _TYPES or len(body) != 2 + body[1]:
        return None
    found = _single(body[2:]) if body[0] == SDMF else _several(body[2:])
    if found is None:
        return None
    number, presentation, name = found
    return Frame(FrameKind.RING, 1, number, presentation, name, raw=body)


def _single(data: bytes) -> tuple[str, Presentation, str] | None:
    text = data.decode("latin-1")
    if not _MOMENT.fullmatch(text[:8]):
        return None
    return _numbered(text[8:], "")


def _several(data: bytes) -> tuple[str, Presentation, str] | None:
    fields = _fields(data)
    if fields is None or not _MOMENT.fullmatch(fields.get(_DATE, "")):
        return None
    name = name_of(fields.get(_NAME, ""))
    return _numbered(fields.get(_NUMBER) or fields.get(_NO_NUMBER, "O"), name)


def _fields(data: bytes) -> dict[int, str] | None:
    found: dict[int, str] = {}
    place = 0
    while place < len(data):
        if place + 2 > len(data) or place + 2 + data[place + 1] > len(data):
            return None
        end = place + 2 + data[place + 1]
        found[data[place]] = data[place + 2 : end].decode("latin-1")
        place = end
    return found


def _numbered(text: str, name: str) -> tuple[str, Presentation, str] | None:
    if (reason := _REASONS.get(text)) is not None:
        return "", reason, name
    return (text, Presentation.SHOWN, name) if _DIGITS.fullmatch(text) else None


class FskReader:
    """Finds messages in a stream of bytes; one with a wrong checksum is no message."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._since_ms = 0
        self.unread = 0

    def feed(self, data: bytes, now_ms: int) -> list[Frame]:
        """Return the calls that are complete with `data`."""
        self.tick(now_ms)
        found: list[Frame] = []
        for byte in data:  # one at a time, so that what is kept stays small
            self._since_ms = now_ms
            self._kept.append(byte)
            found += self._take()
        return found

    def _take(self) -> Iterator[Frame]:
        """Yield the messages at the beginning of what is kept; what cannot be one's beginning is dropped."""
        while self._kept:
            if self._kept[0] not in _TYPES:
                self.unread += self._kept[0] not in _BETWEEN
                del self._kept[0]
                continue
            if len(self._kept) < 2 or len(self._kept) < 3 + self._kept[1]:
                return
            size = 2 + self._kept[1]
            body = bytes(self._kept[:size])
            frame = message(body) if checksum(body) == self._kept[size] else None
            del self._kept[: size + 1 if frame is not None else 1]
            self.unread += frame is None
            if frame is not None:
                yield frame

    def tick(self, now_ms: int) -> list[Frame]:
        """Look behind the beginning of a message that does not go on."""
        if not self._kept or now_ms - self._since_ms < STALE_MS:
            return []
        found: list[Frame] = []
        while self._kept:
            del self._kept[0]
            self.unread += 1
            found += self._take()
            if len(self._kept) > _LONGEST:
                self._kept.clear()
        return found


def encode(number: str) -> bytes:
    """Return the message of a call, with its checksum."""
    reason = bytes((_NO_NUMBER, 1)) + b"P"
    shown = bytes((_NUMBER, len(number))) + number.encode("ascii")
    data = bytes((_DATE, 8)) + b"01011200" + (shown if number else reason)
    body = bytes((MDMF, len(data))) + data
    return body + bytes((checksum(body),))


FSK = register(Dialect("fsk", (1200,), FskReader, lambda _, number: encode(number), rank=60))
