"""Tel-Control units, and others in TCI mode: lines of exactly seventy characters. Pure."""

from __future__ import annotations

import re
from functools import partial

from hw.api import Frame, FrameKind
from hw.cid.registry import Dialect, register
from hw.cid.text import LineReader, name_of, understood

LENGTH = 70
_MOMENT = re.compile(r"[ 01]\d/[ 0-3]\d", re.ASCII)


def _frame(line: str) -> Frame | None:
    channel = line[0:2].strip()
    right = len(line) == LENGTH and _MOMENT.fullmatch(line[7:12]) and line[19] == ":" and line[23:25] in ("AM", "PM")
    if not right or not channel.isdecimal() or not int(channel):
        return None
    found = understood(line[29:44])
    if found is None:
        return None
    return Frame(FrameKind.RING, int(channel), *found, name_of(line[55:70]), line.encode("latin-1"))


def encode(channel: int, number: str) -> bytes:
    """Return what a unit says of a call."""
    head = f"{channel:02}     01/01     12:00 PM    "
    return f"{head}{number or 'PRIVATE':>15}{'':11}{'':15}\r".encode("ascii")


TCI = register(Dialect("tci", (9600,), partial(LineReader, _frame), encode, rank=31))
