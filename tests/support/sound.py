"""Tones to record and ears to hear them again: WAV in, FLAC and Ogg Opus out, without any of the product's own code."""

from __future__ import annotations

import ctypes
import math
import struct
import subprocess
import wave
from array import array
from dataclasses import dataclass
from pathlib import Path

import numpy as np

RATE = 8000


def tone(hertz: float, seconds: float, level: float = 0.5, rate: int = RATE) -> array[int]:
    """Return a sine tone."""
    turn, peak = 2 * math.pi * hertz / rate, level * 32767
    return array("h", (int(peak * math.sin(turn * n)) for n in range(int(seconds * rate))))


def silence(seconds: float, rate: int = RATE) -> array[int]:
    """Return nothing to hear."""
    return array("h", bytes(2 * int(seconds * rate)))


def write_wav(path: Path, samples: array[int], rate: int = RATE) -> Path:
    """Write a proper WAV file, mono, 16 bit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path


def power(samples: array[int], hertz: float, rate: int = RATE) -> float:
    """Return how loud one frequency is, 0 to 1."""
    if not samples:
        return 0.0
    turns = np.exp(-2j * np.pi * hertz / rate * np.arange(len(samples)))
    return float(abs(np.array(samples, np.int16) @ turns)) * 2 / len(samples) / 32767


def loud_from(samples: array[int], hertz: float, rate: int = RATE, level: float = 0.1) -> float:
    """Return the second at which a tone begins, to about 10 ms; infinity when it never does."""
    reach = rate // 100
    for first in range(0, len(samples) - reach, reach):
        if power(samples[first : first + reach], hertz, rate) > level:
            return first / rate
    return math.inf


@dataclass(frozen=True)
class Page:
    """One page of an Ogg file as RFC 3533 lays it out."""

    flags: int
    granule: int
    serial: int
    number: int
    packets: tuple[bytes, ...]


def crc(data: bytes) -> int:
    """Return the checksum of RFC 3533, bit by bit as the text says."""
    register = 0
    for byte in data:
        register ^= byte << 24
        for _ in range(8):
            register = (register << 1) ^ (0x04C11DB7 if register & 0x80000000 else 0)
            register &= 0xFFFFFFFF
    return register


def read_pages(data: bytes) -> list[Page]:
    """Take an Ogg file apart; fails when a page is damaged or anything lies between pages."""
    pages, at = [], 0
    while at < len(data):
        mark, version, flags, granule, serial, number, check, count = struct.unpack_from("<4sBBqIIIB", data, at)
        assert (mark, version) == (b"OggS", 0)
        lacing = data[at + 27 : at + 27 + count]
        end = at + 27 + count + sum(lacing)
        assert crc(data[at : at + 22] + bytes(4) + data[at + 26 : end]) == check
        pages.append(Page(flags, granule, serial, number, _packets(lacing, data[at + 27 + count : end])))
        at = end
    return pages


def _packets(lacing: bytes, body: bytes) -> tuple[bytes, ...]:
    packets, size, at = [], 0, 0
    for segment in lacing:
        size += segment
        if segment < 255:
            packets.append(body[at : at + size])
            at, size = at + size, 0
    assert size == 0, "a packet goes on to the next page"
    return tuple(packets)


def listen(path: Path) -> tuple[array[int], array[int]]:
    """Decode a recording. Returns left and right: of FLAC every sample as it is, of Opus at 8 kHz."""
    return {".flac": _listen_flac, ".opus": _listen_opus}[path.suffix](path)


def _listen_flac(path: Path) -> tuple[array[int], array[int]]:
    """Decode with sox, which says on standard error what is wrong with a file."""
    decode = ["sox", str(path), "-t", "raw", "-e", "signed-integer", "-b", "16", "-c", "2", "-"]
    done = subprocess.run(decode, check=True, capture_output=True)
    assert not done.stderr, done.stderr.decode()
    heard = array("h", done.stdout)
    return heard[0::2], heard[1::2]


def _listen_opus(path: Path) -> tuple[array[int], array[int]]:
    """Decode with libopus, cut exactly as RFC 7845 says."""
    head, _, *pages = read_pages(path.read_bytes())
    channels, pre_skip = struct.unpack_from("<BH", head.packets[0], 9)
    assert channels == 2
    opus = ctypes.CDLL("libopus.so.0")
    opus.opus_decoder_create.restype = ctypes.c_void_p
    decoder = ctypes.c_void_p(opus.opus_decoder_create(RATE, channels, ctypes.byref(ctypes.c_int())))
    room = (ctypes.c_int16 * (2 * RATE))()
    heard = array("h")
    for packet in (packet for page in pages for packet in page.packets):
        count = opus.opus_decode(decoder, packet, len(packet), room, RATE, 0)
        assert count > 0
        heard.frombytes(bytes(room)[: count * 4])
    opus.opus_decoder_destroy(decoder)
    first, last = pre_skip * RATE // 48000, pages[-1].granule * RATE // 48000
    return heard[0::2][first:last], heard[1::2][first:last]
