"""Sound for simulated phones: tones, G.711, WAV files, speech, and how loud a tone is in something recorded.

Samples are signed 16 bit at 8000 Hz, mono, in an `array("h")`.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import wave
from array import array
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE = 8000
FRAME = 160  # samples in 20 ms


def tone(hertz: int, milliseconds: int = 20, amplitude: int = 8000) -> array[int]:
    """Return a sine. A multiple of 50 Hz can be repeated every 20 ms without a click."""
    count = RATE * milliseconds // 1000
    step = 2 * math.pi * hertz / RATE
    return array("h", (round(amplitude * math.sin(step * index)) for index in range(count)))


def _to_ulaw(sample: int) -> int:
    """ITU-T G.711, µ-law."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 132
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | (magnitude >> (exponent + 3)) & 0x0F) & 0xFF


def _from_ulaw(code: int) -> int:
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + 132 << (code >> 4 & 7)) - 132
    return -magnitude if code & 0x80 else magnitude


def _to_alaw(sample: int) -> int:
    """ITU-T G.711, A-law."""
    sign = 0x80 if sample >= 0 else 0
    magnitude = min(sample if sample >= 0 else ~sample, 32767) >> 3
    exponent = max(magnitude.bit_length() - 5, 0)
    mantissa = (magnitude >> max(exponent, 1)) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55


def _from_alaw(code: int) -> int:
    code ^= 0x55
    exponent, mantissa = code >> 4 & 7, code & 0x0F
    magnitude = (mantissa << 4) + 8 if exponent == 0 else (mantissa << 4) + 0x108 << exponent - 1
    return magnitude if code & 0x80 else -magnitude


_CODERS = {"PCMU": _to_ulaw, "PCMA": _to_alaw}
_DECODED = {
    "PCMU": np.array([_from_ulaw(code) for code in range(256)], np.int16),
    "PCMA": np.array([_from_alaw(code) for code in range(256)], np.int16),
}


def encode(samples: array[int], codec: str) -> bytes:
    """Return G.711 of these samples; `codec` is PCMU or PCMA."""
    coder = _CODERS[codec]
    return bytes(coder(sample) for sample in samples)


def decode(data: bytes, codec: str) -> array[int]:
    """Return the samples of G.711 bytes."""
    return array("h", _DECODED[codec][np.frombuffer(data, np.uint8)].tobytes())


def packets(samples: array[int], codec: str) -> list[bytes]:
    """Return payloads of 20 ms each; a rest at the end is dropped."""
    data = encode(samples, codec)
    return [data[start : start + FRAME] for start in range(0, len(data) - FRAME + 1, FRAME)]


def strengths(samples: array[int], hertz: float, window: int) -> npt.NDArray[np.float64]:
    """Return the amplitude of one frequency in each whole window of so many samples."""
    heard = np.array(samples, np.int16)[: len(samples) // window * window].reshape(-1, window)
    wave_form = np.exp(-2j * np.pi * hertz / RATE * np.arange(window))
    found: npt.NDArray[np.float64] = np.abs(heard @ wave_form) * 2 / window
    return found


def strength(samples: array[int], hertz: float) -> float:
    """Return the amplitude of one frequency in these samples."""
    return float(strengths(samples, hertz, len(samples))[0]) if samples else 0.0


def tone_spans(samples: array[int], hertz: float, least: int = 1000) -> list[tuple[int, int]]:
    """Return where a tone is heard, as (from, to) in milliseconds, measured in steps of 10 ms."""
    spans: list[tuple[int, int]] = []
    for index in np.flatnonzero(strengths(samples, hertz, FRAME // 2) >= least).tolist():
        at = index * 10
        if spans and spans[-1][1] == at:
            spans[-1] = (spans[-1][0], at + 10)
        else:
            spans.append((at, at + 10))
    return spans


def tone_ms(samples: array[int], hertz: float) -> int:
    """Return for how many milliseconds a tone is heard."""
    return sum(end - start for start, end in tone_spans(samples, hertz))


def longest_pause_ms(samples: array[int], hertz: float) -> int:
    """Return for how long a tone is not heard between two times that it is."""
    return max((after - before for (_, before), (after, _) in pairwise(tone_spans(samples, hertz))), default=0)


def pure_tone_ms(samples: array[int], hertz: float, least: int = 1000) -> int:
    """Return for how many milliseconds a tone is heard with hardly anything beside it, as there is in speech."""
    window = FRAME // 2
    heard = np.array(samples, np.float64)[: len(samples) // window * window].reshape(-1, window)
    loudest = np.sqrt(2 * np.mean(heard * heard, axis=1))  # as strong as a tone can be in this
    strong = strengths(samples, hertz, window)
    return 10 * int(np.count_nonzero((strong >= least) & (strong >= 0.95 * loudest)))


def sound_ends_ms(samples: array[int], least: int = 200) -> int:
    """Return when anything is heard for the last time, 0 when nothing is."""
    loud = np.flatnonzero(np.abs(np.array(samples, np.int32)) >= least)
    return int(loud[-1]) * 1000 // RATE if len(loud) else 0


def level(samples: array[int]) -> float:
    """Return the root mean square."""
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples)) if samples else 0.0


def write_wav(file: Path, samples: array[int], channels: int = 1) -> None:
    """Write a 16 bit WAV file at 8000 Hz."""
    with wave.open(str(file), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())


def read_wav(file: Path) -> array[int]:
    """Read a mono 16 bit WAV file; another rate than 8000 Hz is thinned out by whole samples."""
    with wave.open(str(file), "rb") as source:
        samples = array("h", source.readframes(source.getnframes()))
        step = source.getframerate() // RATE
    return samples[::step] if step > 1 else samples


def speech(file: Path, text: str, voice: str, seconds: int) -> Path:
    """Write spoken `text` to a WAV file, repeated and cut to `seconds`; a tone where espeak-ng is missing."""
    if shutil.which("espeak-ng") is None or shutil.which("sox") is None:
        write_wav(file, tone(400 if voice == "ko" else 600, 1000) * seconds)
        return file
    raw = file.with_suffix(".spoken.wav")
    subprocess.run(["espeak-ng", "-v", voice, "-s", "150", "-w", str(raw), text], check=True, capture_output=True)
    effects = ["pad", "0", "0.8", "repeat", "40", "trim", "0", str(seconds), "norm", "-6"]
    subprocess.run(["sox", str(raw), "-r", str(RATE), "-c", "1", "-b", "16", str(file), *effects], check=True)
    raw.unlink()
    return file


def raw_alaw(file: Path, samples: array[int]) -> Path:
    """Write bare A-law bytes, the form SIPp streams."""
    file.write_bytes(encode(samples, "PCMA"))
    return file
