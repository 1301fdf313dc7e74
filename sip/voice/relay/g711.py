"""The two laws of G.711 as tables: each as linear sound and as the other. Pure. Source: ITU-T G.711 (1988)."""

from __future__ import annotations

PCMU, PCMA = 0, 8
"""Static payload types (RFC 3551, table 4)."""

SILENCE = {PCMU: b"\xff", PCMA: b"\xd5"}
RATE = 8000

_CODES = range(256)


def _a_law(code: int) -> int:
    """Return the sample of an A-law code, 16 bit."""
    code ^= 0x55
    segment, step = (code >> 4) & 7, (code & 0x0F) << 4
    size = step + 8 if segment == 0 else (step + 0x108) << (segment - 1)
    return size if code & 0x80 else -size


def _mu_law(code: int) -> int:
    """Return the sample of a µ-law code, 16 bit."""
    code ^= 0xFF
    size = ((((code & 0x0F) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84
    return -size if code & 0x80 else size


_SAMPLES = {PCMU: [_mu_law(code) for code in _CODES], PCMA: [_a_law(code) for code in _CODES]}


def _nearest(samples: list[int], wanted: int) -> int:
    return min(_CODES, key=lambda code: (abs(samples[code] - wanted), samples[code] < 0))


def _translation(one: int, other: int) -> bytes:
    return bytes(_nearest(_SAMPLES[other], sample) for sample in _SAMPLES[one])


TRANSLATIONS: dict[tuple[int, int], bytes | None] = {
    (PCMU, PCMU): None,
    (PCMA, PCMA): None,
    (PCMA, PCMU): _translation(PCMA, PCMU),
    (PCMU, PCMA): _translation(PCMU, PCMA),
}
"""(payload type in, payload type out) → table for `bytes.translate`; None: nothing to do."""

_LOW = {law: bytes(sample & 0xFF for sample in samples) for law, samples in _SAMPLES.items()}
_HIGH = {law: bytes(sample >> 8 & 0xFF for sample in samples) for law, samples in _SAMPLES.items()}


def linear(sound: bytes, law: int) -> bytes:
    """Return G.711 as linear sound: 16 bit, little endian."""
    wide = bytearray(2 * len(sound))
    wide[0::2] = sound.translate(_LOW[law])
    wide[1::2] = sound.translate(_HIGH[law])
    return bytes(wide)
