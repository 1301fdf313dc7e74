"""Caller ID as it sounds on a line, for tests and measurements: FSK in both standards, DTMF, and what disturbs them.

line = disturbed(fsk_sound(message, 8000, BELL_202), 8000, Disturbance(noise_db=12), seed=1)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hw.sound.bits import BAUD, BELL_202, Tones

Sound = NDArray[np.float64]

DTMF = {
    key: (low, high)
    for row, low in zip(("123A", "456B", "789C", "*0#D"), (697, 770, 852, 941), strict=True)
    for key, high in zip(row, (1209, 1336, 1477, 1633), strict=True)
}


@dataclass(frozen=True)
class Sending:
    """How an exchange sends a message."""

    seizure: int = 300  # bits that alternate
    mark: int = 180  # ones behind them
    stuffing: int = 0  # ones behind each byte
    baud: float = BAUD
    breaks_phase: bool = False  # each bit begins its wave anew, as bad senders do


@dataclass(frozen=True)
class Disturbance:
    """What happens on the way: levels in dB of full scale, noise in dB below the signal, both over the whole band."""

    level_db: float = -12
    noise_db: float | None = None
    constant: float = 0
    hum: float = 0
    twist_db: float = 0  # the high tone is so much louder than the low one
    clipped_at: float = 1


def bits_of(message: bytes, sending: Sending) -> list[int]:
    """Return everything that is sent for a message, a start bit before each byte and a stop bit behind it."""
    sent = [index % 2 for index in range(sending.seizure)] + [1] * sending.mark
    for byte in message:
        sent += [0, *((byte >> place) & 1 for place in range(8)), 1] + [1] * sending.stuffing
    return [*sent, 1, 1, 1]


def fsk_sound(message: bytes, rate: int, tones: Tones = BELL_202, sending: Sending | None = None,
              twist_db: float = 0) -> Sound:  # fmt: skip
    """Return a message as it sounds, at an amplitude of one."""
    sending = sending or Sending()
    bits = np.array(bits_of(message, sending))
    place = np.arange(int(len(bits) * rate / sending.baud)) * sending.baud / rate
    sent = bits[place.astype(int)]
    ones = np.interp(place, np.arange(len(bits) + 1), np.cumsum((0, *bits)))
    phase = 2 * np.pi / sending.baud * (tones.mark * ones + tones.space * (place - ones))
    if sending.breaks_phase:
        phase = 2 * np.pi / sending.baud * (place % 1) * np.where(sent == 1, tones.mark, tones.space)
    louder = 10 ** (twist_db / 20)
    sound: Sound = np.sin(phase) * np.where(sent == 1, min(1, 1 / louder), min(1, louder))
    return sound


def dtmf_sound(keys: str, rate: int, on_s: float = 0.07, off_s: float = 0.07, twist_db: float = 0,
               shift: float = 0) -> Sound:  # fmt: skip
    """Return keys as they sound, each of the two tones at half an amplitude; `shift` moves all tones by that share."""
    time = np.arange(int(rate * on_s)) / rate
    pause = np.zeros(int(rate * off_s))
    high_level = 10 ** (twist_db / 20)
    parts = [pause]
    for key in keys:
        low, high = (hertz * (1 + shift) for hertz in DTMF[key])
        pair = np.sin(2 * np.pi * low * time) + high_level * np.sin(2 * np.pi * high * time)
        parts += [pair / (1 + high_level), pause]
    return np.concatenate(parts)


def disturbed(sound: Sound, rate: int, how: Disturbance, seed: int = 0, before_s: float = 0.3,
              after_s: float = 0.3) -> bytes:  # fmt: skip
    """Return what a sound card would have recorded of it, with the line's silence around it."""
    rng = np.random.default_rng(seed)
    level = 10 ** (how.level_db / 20)
    whole = np.concatenate((np.zeros(int(before_s * rate)), sound * level, np.zeros(int(after_s * rate))))
    if how.noise_db is not None:
        loudness = np.sqrt(np.mean((sound[sound != 0] * level) ** 2)) / 10 ** (how.noise_db / 20)
        whole = whole + rng.normal(0, loudness, len(whole))
    whole += how.constant + how.hum * np.sin(2 * np.pi * 60 * np.arange(len(whole)) / rate)
    return pcm(np.clip(whole, -how.clipped_at, how.clipped_at))


def pcm(sound: Sound) -> bytes:
    """Return signed 16-bit little-endian samples."""
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


def speech_like(rate: int, seconds: float, seed: int) -> Sound:
    """Return what has the pitch, the formants and the syllables of a voice, at an amplitude of about a half."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(rate * seconds)) / rate
    beats = np.arange(0, seconds + 0.2, 0.12)

    def wander(low: float, high: float) -> Sound:
        return np.interp(time, beats, rng.uniform(low, high, len(beats)))

    phase = 2 * np.pi * np.cumsum(wander(95, 210)) / rate
    formants = [(wander(300, 850), 120), (wander(900, 2300), 180), (wander(2300, 2900), 260)]
    voice = np.zeros(len(time))
    pitch = np.gradient(phase, time) / (2 * np.pi)
    for harmonic in range(1, 30):
        hertz = harmonic * pitch
        loud = sum(1 / (1 + ((hertz - center) / width) ** 2) for center, width in formants)
        voice += np.where(hertz < 3300, loud, 0) * np.sin(harmonic * phase)
    voice = (voice + rng.normal(0, 0.1, len(time))) * np.maximum(wander(-0.4, 1), 0)
    spoken: Sound = 0.5 * voice / np.abs(voice).max()
    return spoken
