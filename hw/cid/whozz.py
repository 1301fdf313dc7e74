"""Whozz Calling units: one line of text for the beginning and end of a call, and for handsets. Pure."""

from __future__ import annotations

import re
from functools import partial

from hw.api import Frame, FrameKind, Presentation
from hw.cid.registry import Dialect, register
from hw.cid.text import LineReader, name_of, understood

_CALL = re.compile(
    r"\$?(\d\d) ([IO]) ([SE]) (\d{4}) ([GB]) (.\d) (\d\d/\d\d) (\d\d:\d\d [AP]M) (.{2,15})(.*)", re.ASCII
)
_WIDTH = 15
_DETAIL = re.compile(r"\$?(\d\d) ([RFNH])\b.*", re.ASCII)
_IDLE = re.compile(rf"{_DETAIL.pattern}|{_CALL.pattern}|ok|V\d.*", re.ASCII)
_HANDSET = {"F": FrameKind.OFF_HOOK, "N": FrameKind.ON_HOOK}


def _frame(line: str) -> Frame | None:
    raw = line.encode("latin-1")
    if (detail := _DETAIL.fullmatch(line)) is not None:
        kind = _HANDSET.get(detail[2])
        return Frame(kind, int(detail[1]), raw=raw) if kind is not None and int(detail[1]) else None
    call = _CALL.fullmatch(line)
    if call is None or not int(call[1]) or call[2] == "O":
        return None
    if call[3] == "E":
        return Frame(FrameKind.ON_HOOK, int(call[1]), raw=raw)
    found = understood(call[9]) if _whole(call[9]) else None
    if call[5] == "B" or found is None:  # damaged, by the unit's own word or on its way: there is a call, and no number
        return Frame(FrameKind.RING, int(call[1]), presentation=Presentation.UNAVAILABLE, raw=raw)
    return Frame(FrameKind.RING, int(call[1]), *found, name_of(call[10]), raw)


def _whole(field: str) -> bool:
    """Say whether no byte of a number's field was lost: what has blanks behind it is as long as the field."""
    return not field.endswith(" ") or len(field) == _WIDTH


def encode(channel: int, number: str) -> bytes:
    """Return what a unit says as a call begins."""
    return f"{channel:02} I S 0000 G A1 01/01 12:00 PM {number or 'PRIVATE':<15}\r".encode("ascii")


WHOZZ = register(Dialect("whozz", (9600,), partial(LineReader, _frame, _IDLE), encode, hooks=True, rank=30))
