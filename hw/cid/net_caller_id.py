"""NetCallerID units: one line with dots between its fields. Pure."""

from __future__ import annotations

import re

from hw.api import Frame, FrameKind
from hw.cid.registry import Dialect, register
from hw.cid.text import Lines, name_of, understood

_CALL = re.compile(r".*###DATE(\d{8})\.\.\.NMBR(.*?)\.\.\.NAME(.*)\+\+\+", re.ASCII)


class NetCallerIdReader:
    """Reads one unit, which has one line."""

    def __init__(self) -> None:
        self._lines = Lines()

    def feed(self, data: bytes, now_ms: int) -> list[Frame]:
        """Return what the lines that end in `data` say."""
        frames = (_frame(line) for line in self._lines.feed(data))
        return [frame for frame in frames if frame is not None]

    def tick(self, now_ms: int) -> list[Frame]:
        """Time alone completes nothing."""
        return []


def _frame(line: str) -> Frame | None:
    call = _CALL.fullmatch(line)
    found = understood(call[2]) if call is not None else None
    if call is None or found is None:
        return None
    return Frame(FrameKind.RING, 1, *found, name_of(call[3]), line.encode("latin-1"))


def encode(number: str) -> bytes:
    """Return what a unit says of a call."""
    return f"###DATE01011200...NMBR{number or '-PRIVATE-'}...NAME-UNKNOWN CALLER-+++\r".encode("ascii")


NET_CALLER_ID = register(Dialect("netcallerid", (4800,), NetCallerIdReader, lambda _, number: encode(number), rank=40))
