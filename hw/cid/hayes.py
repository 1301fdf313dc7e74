"""Modems with caller ID: lines of text between two RINGs, formatted or as hexadecimal messages. Pure.

The name may come behind the number, so that a number waits for it a moment. Two RINGs without a number are a call, too.
"""

from __future__ import annotations

import re

from hw.api import DialEnd, Frame, FrameKind, Presentation
from hw.cid import fsk
from hw.cid.registry import Dialect, Dialling, register
from hw.cid.text import Lines, name_of, understood

NAME_WITHIN_MS = 120
CALL_LASTS_MS = 8000  # between two RINGs of one call
_TAG = re.compile(r"(DATE TIME|DATE|TIME|NMBR|NBR|DDN_NMBR|DDN|NAME|MESG)\s*=\s*(.*)", re.IGNORECASE)
_NUMBER_TAGS = ("NMBR", "NBR", "DDN_NMBR", "DDN")
_RING = re.compile(r"RING(?: [A-Z0-9])?", re.IGNORECASE)
_REFUSED = {
    "BUSY": DialEnd.BUSY,
    "NO ANSWER": DialEnd.NO_ANSWER,
    "NO DIALTONE": DialEnd.NO_DIALTONE,
    "NO DIAL TONE": DialEnd.NO_DIALTONE,
    "NO CARRIER": DialEnd.NO_CARRIER,
    "ERROR": DialEnd.ERROR,
}
_PLAIN = re.compile(r"AT.*|ERROR|NO CARRIER|NO ANSWER|BUSY|CONNECT.*|CID RING|[A-Z_]+ ?=.*|", re.IGNORECASE)
_HEX = re.compile(r"[0-9A-F]{8,}", re.IGNORECASE)
_SEIZURE = re.compile(r"^U+|^(?:55)+", re.IGNORECASE)
_LONGEST_HEX = 600


class ModemReader:
    """Reads one modem, which has one line."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._number: tuple[str, Presentation] | None = None
        self._number_ms = 0
        self._name = ""
        self._rings = 0
        self._last_ring_ms = 0
        self._told = False  # of this call
        self._hex = ""
        self._sums = False  # this modem sends checksums: what has none has lost a byte
        self._raw: list[str] = []
        self._unread = 0

    @property
    def unread(self) -> int:
        """Bytes so far that meant nothing."""
        return self._unread + self._lines.dropped + self._lines.odd

    def feed(self, data: bytes, now_ms: int) -> list[Frame]:
        """Return the calls that are complete with `data`."""
        found = self.tick(now_ms)
        for line in self._lines.feed(data):
            found += self._line(line.strip(), now_ms)
        return found

    def tick(self, now_ms: int) -> list[Frame]:
        """Tell of a number whose name has not come."""
        if self._last_ring_ms and now_ms - self._last_ring_ms > CALL_LASTS_MS:
            self._begin_again()
        if self._number is None or now_ms - self._number_ms < NAME_WITHIN_MS:
            return []
        return self._tell()

    def _line(self, line: str, now_ms: int) -> list[Frame]:
        if line == "OK":
            return [Frame(FrameKind.DEVICE, raw=b"OK")]
        if (why := _REFUSED.get(line)) is not None:
            return [Frame(FrameKind.REFUSED, 1, name=why.value, raw=line.encode("ascii"))]
        if _RING.fullmatch(line):
            self._hex = ""
            return self._ring(now_ms)
        if (tag := _TAG.fullmatch(line)) is not None:
            return self._tagged(tag[1].upper(), tag[2], line, now_ms)
        return self._hexadecimal(line, now_ms)

    def _ring(self, now_ms: int) -> list[Frame]:
        found = self._tell() if self._number is not None else []
        self._rings += 1
        self._last_ring_ms = now_ms
        if self._rings >= 2 and not self._told:
            self._number = ("", Presentation.UNAVAILABLE)
            found += self._tell()
        return found

    def _tagged(self, tag: str, value: str, line: str, now_ms: int) -> list[Frame]:
        self._raw = [*self._raw[-8:], line]
        if tag == "NAME":
            self._name = name_of(value)
            return self._tell() if self._number is not None else []
        if tag in _NUMBER_TAGS and (found := understood(value)) is not None:
            self._number, self._number_ms, self._told = found, now_ms, False
            self._last_ring_ms = now_ms
            return self._tell() if self._name else []
        return []

    def _hexadecimal(self, line: str, now_ms: int) -> list[Frame]:
        text = _SEIZURE.sub("", line) if not self._hex else line
        if not _HEX.fullmatch(text) and not (self._hex and re.fullmatch("[0-9A-Fa-f]+", text)):
            self._hex = ""
            self._unread += 0 if _PLAIN.fullmatch(line) else len(line)
            return []
        self._hex = (self._hex + text)[:_LONGEST_HEX]
        if len(self._hex) % 2:
            return []
        body = bytes.fromhex(self._hex)
        if len(body) < 2 or body[0] not in (fsk.SDMF, fsk.MDMF):
            self._hex = ""
            return []
        return self._message(body, now_ms)

    def _message(self, body: bytes, now_ms: int) -> list[Frame]:
        """Return a message that is whole; its checksum may be left out where it always is, but not be wrong."""
        size = 2 + body[1]
        if len(body) < size + self._sums:
            return []
        self._hex = ""
        frame = fsk.message(body[:size])
        if frame is None or (len(body) > size and fsk.checksum(body[:size]) != body[size]):
            return []
        self._sums = self._sums or len(body) > size
        self._told, self._last_ring_ms, self._rings = True, now_ms, max(self._rings, 1)
        return [frame]

    def _tell(self) -> list[Frame]:
        number, presentation = self._number or ("", Presentation.UNAVAILABLE)
        raw = "\r\n".join(self._raw or ["RING"]).encode("latin-1", "replace")
        frame = Frame(FrameKind.RING, 1, number, presentation, self._name, raw)
        self._number, self._name, self._raw, self._told = None, "", [], True
        return [frame]

    def _begin_again(self) -> None:
        self._rings, self._last_ring_ms, self._told, self._hex = 0, 0, False, ""


def encode(number: str) -> bytes:
    """Return what a modem says of a call."""
    return f"\r\nRING\r\n\r\nDATE = 0101\r\nTIME = 1200\r\nNMBR = {number or 'P'}\r\nNAME = O\r\n".encode("ascii")


def _dial(_: int, number: str) -> bytes:
    return f"ATDT{number};\r".encode("ascii")  # ";": back to commands when it is dialled (V.250 6.3.1)


HAYES = register(
    Dialect(
        "hayes",
        (115200, 9600),
        ModemReader,
        lambda _, number: encode(number),
        greeting=b"ATE0V1Q0\r",
        dialling=Dialling(
            _dial,
            lambda _: b"ATH\r",
            finished=FrameKind.DEVICE,
            release=lambda _: b"ATH\r",
        ),
        set_up=(b"ATE0V1Q0S0=0\r", b"AT+GCI=61\r", b"AT+VCID=1\r", b"AT#CID=1\r"),
        still=b"AT\r",
        rank=20,
    )
)
