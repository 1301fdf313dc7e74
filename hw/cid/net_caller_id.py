"""NetCallerID units: one line with dots between its fields. Pure."""

from __future__ import annotations

import re
from functools import partial

from hw.api import Frame, FrameKind
from hw.cid.registry import Dialect, register
from hw.cid.text import LineReader, name_of, understood

_CALL = re.compile(r".*###DATE(\d{8})\.\.\.NMBR(.*?)\.\.\.NAME(.*)\+\+\+", re.ASCII)
_IDLE = re.compile(r".*###DATE.*\+\+\+|.*MSG O(?:N|FF).*", re.ASCII)


def _frame(line: str) -> Frame | None:
    call = _CALL.fullmatch(line)
    found = understood(call[2]) if call is not None else None
    if call is None or found is None:
        return None
    return Frame(FrameKind.RING, 1, *found, name_of(call[3]), line.encode("latin-1"))


def encode(number: str) -> bytes:
    """Return what a unit says of a call."""
    return f"###DATE01011200...NMBR{number or '-PRIVATE-'}...NAME-UNKNOWN CALLER-+++\r".encode("ascii")


NET_CALLER_ID = register(
    Dialect("netcallerid", (4800,), partial(LineReader, _frame, _IDLE), lambda _, number: encode(number), rank=40)
)
