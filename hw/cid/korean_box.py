"""The Korean caller-ID box: STX, channel, letter, payload, ETX at 19200 baud. Pure.

There is no checksum, and boxes differ in how long their frames are. What has blanks behind its payload must be as long
as a whole frame, what has none may be short: so a frame that has lost a byte on its way is no call of somebody else.
"""

from __future__ import annotations

from hw.api import Frame, FrameKind, Presentation
from hw.cid.registry import Dialect, Dialling, register

STX, ETX = 0x02, 0x03
LONGEST = 40
PADDED = range(18, 22)
STALE_MS = 1000
_MOST_DIGITS = 21

_REASONS = {"P": Presentation.WITHHELD, "C": Presentation.PAYPHONE, "O": Presentation.UNAVAILABLE}
_PLAIN = {"S": FrameKind.OFF_HOOK, "E": FrameKind.ON_HOOK, "K": FrameKind.DIALLED}
_MAYBE_WITHHELD = ("PRIVATE", "")


class BoxReader:
    """Reads one box."""

    def __init__(self) -> None:
        self._kept: bytearray | None = None  # since the last STX
        self._since_ms = 0
        self.unread = 0

    def feed(self, data: bytes, now_ms: int) -> list[Frame]:
        """Return the frames that are complete with `data`."""
        self.tick(now_ms)
        found = []
        for byte in data:
            if byte == STX:
                self._drop()
                self._kept, self._since_ms = bytearray(), now_ms
            elif self._kept is None:
                self.unread += 1
            elif byte == ETX:
                frame = _frame(bytes(self._kept))
                if frame is not None:
                    self._kept = None
                    found.append(frame)
                self._drop()
            elif len(self._kept) >= LONGEST:
                self._drop()
            else:
                self._kept.append(byte)
        return found

    def tick(self, now_ms: int) -> list[Frame]:
        """Drop a frame whose end does not come."""
        if self._kept is not None and now_ms - self._since_ms >= STALE_MS:
            self._drop()
        return []

    def _drop(self) -> None:
        """Give up what was kept."""
        if self._kept is not None:
            self.unread += len(self._kept) + 1
            self._kept = None


def _frame(body: bytes) -> Frame | None:
    """Return what stands between STX and ETX, or None when it is damaged."""
    text = body.decode("latin-1")
    if len(text) < 2 or text[0] not in "123456789 ":
        return None
    channel, letter, field = int(text[0]) if text[0] != " " else 0, text[1], text[2:].rstrip("\x00")
    payload = field.rstrip(" \x00").lstrip(" ")
    if not _whole(field, payload):
        return None
    raw = bytes((STX, *body, ETX))
    if letter == "I":
        return _call(channel, payload, raw)
    if letter == "P":
        return Frame(FrameKind.DEVICE, channel, name=payload if payload.isprintable() else "", raw=raw)
    kind = _PLAIN.get(letter)
    return Frame(kind, channel, raw=raw) if kind is not None and not payload else None


def _whole(field: str, payload: str) -> bool:
    return field == payload or len(field) in PADDED


def _call(channel: int, payload: str, raw: bytes) -> Frame | None:
    if (reason := _REASONS.get(payload)) is not None:
        return Frame(FrameKind.RING, channel, presentation=reason, raw=raw)
    if payload in _MAYBE_WITHHELD:
        return Frame(FrameKind.RING, channel, presentation=Presentation.WITHHELD, raw=raw) if payload else None
    if not (payload.isascii() and payload.isdigit() and 3 <= len(payload) <= _MOST_DIGITS):
        return None
    return Frame(FrameKind.RING, channel, _with_zero(payload), raw=raw)


def _with_zero(digits: str) -> str:
    """Give back the zero that a key telephone in front of the box eats."""
    return digits if len(digits) < 8 or digits[0] in "01" else f"0{digits}"


def encode(channel: int, letter: str, payload: str = "") -> bytes:
    """Return a frame's bytes; channel 0 is the whole box."""
    first = str(channel) if channel else " "
    return bytes([STX]) + f"{first}{letter}{payload:<18}".encode("ascii") + bytes([ETX])


CALLSTAR = register(
    Dialect(
        "callstar",
        (19200,),
        BoxReader,
        lambda channel, number: encode(channel, "I", number or "P"),
        greeting=encode(0, "P"),
        dialling=Dialling(
            lambda channel, number: encode(channel, "O", number),
            lambda channel: encode(channel, "F"),
        ),
        still=encode(0, "P"),
        rank=10,
    )
)
