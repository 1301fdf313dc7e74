"""RTCP as far as a relay speaks it: sender reports out, what the far side says of our packets in. Pure.

Source: RFC 3550, sections 6.4 and 6.5. Everything is read and written within one datagram.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

NAME = b"soribox"

_SENDER, _RECEIVER, _DESCRIPTION = 200, 201, 202
_HEAD = struct.Struct("!BBHI")
_SENT = struct.Struct("!IIIII")  # NTP seconds and fraction, RTP timestamp, packets, octets
_BLOCK = struct.Struct("!IIIIII")  # source, fraction and lost, highest, jitter, last report, delay since it
_NTP_OF_1970 = 2_208_988_800
_VERSION = 2
_WORD = 4


@dataclass(frozen=True)
class Sent:
    """What we have sent: `timestamp` belongs to the moment of the report."""

    source: int
    timestamp: int
    packets: int
    octets: int


@dataclass(frozen=True)
class Block:
    """What one side says of what it has received from `source`. `jitter` is in samples."""

    source: int
    fraction: int
    lost: int
    highest: int
    jitter: int
    last_report: int = 0  # middle 32 bits of the NTP time of the last report it has heard
    delay: int = 0  # since then, in 1/65536 s


@dataclass(frozen=True)
class Heard:
    """What a datagram holds: blocks about us, and the middle of the NTP time when its sender reported itself."""

    blocks: tuple[Block, ...] = ()
    report: int = 0


def ntp(at_ns: int) -> tuple[int, int]:
    """Return NTP seconds and fraction of a moment since 1970."""
    seconds, rest = divmod(at_ns, 1_000_000_000)
    return (seconds + _NTP_OF_1970) & 0xFFFFFFFF, (rest << 32) // 1_000_000_000


def middle(at_ns: int) -> int:
    """Return the middle 32 bits of the NTP time: 1/65536 s."""
    seconds, fraction = ntp(at_ns)
    return (seconds & 0xFFFF) << 16 | fraction >> 16


def report(sent: Sent, about: Block | None, at_ns: int) -> bytes:
    """Return a sender report with its name, as it must go out (section 6.1)."""
    blocks = [about] if about is not None else []
    words = (_HEAD.size + _SENT.size + _BLOCK.size * len(blocks)) // _WORD - 1
    head = _HEAD.pack(_VERSION << 6 | len(blocks), _SENDER, words, sent.source)
    body = _SENT.pack(*ntp(at_ns), sent.timestamp & 0xFFFFFFFF, sent.packets, sent.octets)
    said = b"".join(
        _BLOCK.pack(b.source, b.fraction << 24 | b.lost & 0xFFFFFF, b.highest, b.jitter, b.last_report, b.delay)
        for b in blocks
    )
    return head + body + said + _description(sent.source)


def _description(source: int) -> bytes:
    item = bytes((1, len(NAME))) + NAME + b"\0"
    item += b"\0" * (-len(item) % _WORD)
    return _HEAD.pack(_VERSION << 6 | 1, _DESCRIPTION, (_HEAD.size + len(item)) // _WORD - 1, source) + item


def read(datagram: bytes, ours: int) -> Heard:
    """Return what a compound datagram says about `ours`; what cannot be understood is passed over."""
    blocks: list[Block] = []
    report_middle, at = 0, 0
    while at + _HEAD.size <= len(datagram):
        first, kind, words, _ = _HEAD.unpack_from(datagram, at)
        end = at + (words + 1) * _WORD
        if first >> 6 != _VERSION or end > len(datagram):
            break
        start = at + _HEAD.size
        if kind == _SENDER and start + _SENT.size <= end:
            seconds, fraction = struct.unpack_from("!II", datagram, start)
            report_middle = (seconds & 0xFFFF) << 16 | fraction >> 16
            start += _SENT.size
        if kind in (_SENDER, _RECEIVER):
            blocks += _blocks(datagram[start:end], first & 0x1F)
        at = end
    return Heard(tuple(block for block in blocks if block.source == ours), report_middle)


def _blocks(data: bytes, count: int) -> list[Block]:
    whole = data[: min(count, len(data) // _BLOCK.size) * _BLOCK.size]
    return [
        Block(source, lost >> 24, lost & 0xFFFFFF, highest, jitter, last, delay)
        for source, lost, highest, jitter, last, delay in _BLOCK.iter_unpack(whole)
    ]


def round_trip_ms(block: Block, now_ns: int) -> float | None:
    """Return how long a packet goes there and back (section 6.4.1), or None when the far side cannot know yet."""
    if not block.last_report:
        return None
    there_and_back = (middle(now_ns) - block.last_report - block.delay) & 0xFFFFFFFF
    return there_and_back * 1000 / 65536 if there_and_back < 1 << 31 else None
