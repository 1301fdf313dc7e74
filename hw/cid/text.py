"""What the dialects in plain text have in common: lines out of bytes, and words in the place of a number. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from hw.api import Frame, Presentation

LONGEST_LINE = 256
_NUMBER = re.compile(r"\+?[0-9][0-9()\-. ]{1,24}")
_WITHHELD = ("p", "private", "anonymous", "blocked", "-private-", "private caller")
_PAYPHONE = ("c", "payphone")


class Lines:
    """Cuts bytes into lines at CR or LF; a line that does not end is dropped."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._too_long = False
        self.dropped = 0  # bytes of lines that were too long

    @property
    def rest(self) -> str:
        """The line that has not ended yet."""
        return self._kept.decode("latin-1")

    @property
    def odd(self) -> int:
        """How many bytes of the line that has not ended are no text."""
        return sum(not 0x20 <= byte < 0x7F for byte in self._kept)

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that end in `data`, without their ends; empty ones are left out."""
        found = []
        for byte in data:
            if byte not in b"\r\n":
                self._too_long = self._too_long or len(self._kept) >= LONGEST_LINE
                if self._too_long:
                    self.dropped += 1
                else:
                    self._kept.append(byte)
                continue
            if self._kept and not self._too_long:
                found.append(self.rest)
            self.clear()
        return found

    def clear(self) -> None:
        """Forget the line that has not ended."""
        self._kept.clear()
        self._too_long = False


class LineReader:
    """Reads a device that says everything in one line."""

    def __init__(self, frame: Callable[[str], Frame | None], idle: re.Pattern[str] | None = None) -> None:
        """`frame` says what a line means, None when it means nothing; `idle` lines are right and tell nothing."""
        self._lines = Lines()
        self._frame = frame
        self._idle = idle
        self._unread = 0

    @property
    def unread(self) -> int:
        """Bytes so far that meant nothing."""
        return self._unread + self._lines.dropped + self._lines.odd

    def feed(self, data: bytes, now_ms: int) -> list[Frame]:
        """Return what the lines that end in `data` say."""
        found = []
        for line in self._lines.feed(data):
            if (frame := self._frame(line)) is not None:
                found.append(frame)
            elif self._idle is None or not self._idle.fullmatch(line):
                self._unread += len(line)
        return found

    def tick(self, now_ms: int) -> list[Frame]:
        """Time alone completes nothing."""
        return []


def understood(field: str) -> tuple[str, Presentation] | None:
    """Return the digits of a number's field, or why there are none; None when it is neither."""
    text = field.strip()
    if text.casefold() in _WITHHELD:
        return "", Presentation.WITHHELD
    if text.casefold() in _PAYPHONE:
        return "", Presentation.PAYPHONE
    if not text or text.casefold() in _UNAVAILABLE:
        return "", Presentation.UNAVAILABLE
    if not _NUMBER.fullmatch(text) or "  " in text:  # two fields that have become one
        return None
    return re.sub(r"[^0-9+]", "", text), Presentation.SHOWN


def name_of(field: str) -> str:
    """Return a caller's name, or nothing where the field says that there is none."""
    name = " ".join(field.split())
    nothing = name.casefold() in (*_UNAVAILABLE, *_WITHHELD, "-unknown caller-", "unknown caller")
    return "" if nothing or not name.isprintable() else name[:40]


_UNAVAILABLE = ("o", "out-of-area", "out of area", "-out of area-", "unavailable", "unknown", "-unknown-", "no number")
