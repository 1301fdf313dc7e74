"""Writes Opus packets into an Ogg file (RFC 3533, RFC 7845), never going back, so that a hash can follow.

Lengths are exact: `pre_skip` drops what the encoder puts in front, and the granule position of the last page cuts off
the padding of the last packet. Granule positions count samples at 48 kHz, whatever the rate of the sound.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

GRANULE_RATE = 48000

_CONTINUED, _FIRST, _LAST = 1, 2, 4  # header type flags, RFC 3533 section 6
_SEGMENTS_AT_MOST = 255
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def checksum(data: bytes) -> int:
    """Return the CRC-32 of RFC 3533 (polynomial 0x04C11DB7, bits in order, nothing inverted).

    zlib computes the mirrored form; mirroring the bits going in and coming out gives ours at its speed.
    """
    mirrored = zlib.crc32(data.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRRORED), "big")


def page(serial: int, number: int, granule: int, flags: int, packets: list[bytes]) -> bytes:
    """Return one page that holds whole packets."""
    lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, granule, serial, number, 0, len(lacing))
    body = lacing + b"".join(packets)
    crc = checksum(head + body)
    return head[:22] + crc.to_bytes(4, "little") + head[26:] + body


class OggOpus:
    """An Ogg Opus stream of two channels. `write` gets each page in order; `close` must be the last call."""

    def __init__(self, write: Callable[[bytes], object], *, serial: int, rate: int, pre_skip: int, vendor: str) -> None:
        """`pre_skip` is in samples at 48 kHz; `rate` that of the original, for information (RFC 7845 section 5.1)."""
        self._write = write
        self._serial = serial
        self._number = 0
        self._packets: list[bytes] = []
        self._segments = 0
        self._granule = 0
        head = struct.pack("<8sBBHIhB", b"OpusHead", 1, 2, pre_skip, rate, 0, 0)
        self._emit([head], 0, _FIRST)
        name = vendor.encode()
        self._emit([struct.pack("<8sI", b"OpusTags", len(name)) + name + struct.pack("<I", 0)], 0, 0)

    def add(self, packet: bytes, duration: int) -> None:
        """Append a packet that lasts `duration` samples at 48 kHz. A page is a second, so that players can seek."""
        segments = len(packet) // 255 + 1
        if self._segments + segments > _SEGMENTS_AT_MOST or len(self._packets) * duration >= GRANULE_RATE:
            self._flush(0)
        self._packets.append(packet)
        self._segments += segments
        self._granule += duration

    def close(self, end: int) -> None:
        """Write the last page. `end` is where the sound ends at 48 kHz, pre-skip included (RFC 7845 section 4.4)."""
        self._granule = end
        self._flush(_LAST)

    def _flush(self, flags: int) -> None:
        self._emit(self._packets, self._granule, flags)
        self._packets, self._segments = [], 0

    def _emit(self, packets: list[bytes], granule: int, flags: int) -> None:
        self._write(page(self._serial, self._number, granule, flags, packets))
        self._number += 1
