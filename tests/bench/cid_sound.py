"""`./box bench cid-sound`: callers out of the sound of a line, in noise, beside minimodem on the very same files.

Each file holds one call of a random number at 8 kHz. SNR is the power of the sender while it sends against the power
of the noise over the whole band of 0 to 4 kHz (in the band of a telephone, 300 to 3400 Hz, it is 1.1 dB more).
minimodem has read a call when its mode for caller ID or its bytes, through the box's own reader, hold the number.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
import time
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hw.api import Frame
from hw.cid.fsk import FskReader, encode
from hw.sound.bits import BELL_202, V_23, Tones
from hw.sound.caller_id import Ear
from tests.support.spoken_cid import Sending, Sound, dtmf_sound, fsk_sound, pcm, speech_like

RATE = 8000
STANDARDS: dict[str, Tones | None] = {"bell202": BELL_202, "v23": V_23, "dtmf": None}
NOISES = ("white", "speech")
_AROUND_S = 0.4


@dataclass
class Count:
    """What became of the calls of one kind."""

    sent: int = 0
    ours: int = 0
    minimodem: int = 0
    invented: int = 0


def main(arguments: Sequence[str] = ()) -> int:
    """Measure and print the figures as one JSON object."""
    parser = argparse.ArgumentParser(prog="box bench cid-sound")
    parser.add_argument("--messages", type=int, default=40, help="of each standard, kind of noise and SNR")
    parser.add_argument("--snr", type=float, nargs="+", default=[20, 12, 8, 6, 3], metavar="DB")
    parser.add_argument("--speech-minutes", type=float, default=10, help="of speech without any call")
    print(json.dumps(run(parser.parse_args(arguments))))  # noqa: T201 - this is what a bench is for
    return 0


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Measure. Returns the figures."""
    counts: dict[str, dict[str, dict[str, float]]] = {}
    invented = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in STANDARDS:
            for noise in NOISES:
                for snr in given.snr:
                    count = _measure(Path(folder) / "call.wav", name, noise, snr, given.messages)
                    counts.setdefault(f"{name} in {noise}", {})[f"{snr:g} dB"] = _told(count, STANDARDS[name])
                    invented += count.invented
    return {
        "calls": given.messages * len(STANDARDS) * len(NOISES) * len(given.snr),
        "snr": "sender while it sends, against noise over 0 to 4 kHz",
        "read_percent": counts,
        "invented": invented,
        "invented_of_speech": _invented_of_speech(given.speech_minutes),
        "speech_minutes": given.speech_minutes,
        "cpu_percent_a_line": {"8000": _cpu(8000), "48000": _cpu(48000)},
    }


def _told(count: Count, tones: Tones | None) -> dict[str, float]:
    """Return shares of the calls in percent; minimodem knows no keys."""
    ours = {"ours": round(100 * count.ours / count.sent, 1)}
    return ours if tones is None else ours | {"minimodem": round(100 * count.minimodem / count.sent, 1)}


def _measure(file: Path, name: str, noise: str, snr: float, messages: int) -> Count:
    count, tones = Count(), STANDARDS[name]
    for index in range(messages):
        rng = np.random.default_rng([index, int(snr * 10), len(noise), len(name)])
        number = f"0{rng.integers(2, 10)}{rng.integers(0, 10**8):08}" if index % 3 else f"010{rng.integers(10**8):08}"
        sound = pcm(_line(_sent(number, tones, rng), noise, snr, rng))
        _write(file, sound)
        heard = [frame.number for frame in _ears(sound)]
        count.sent += 1
        count.ours += heard[:1] == [number]
        count.invented += sum(one != number for one in heard)
        count.minimodem += tones is not None and _minimodem_reads(file, tones, number)
    return count


def _sent(number: str, tones: Tones | None, rng: np.random.Generator) -> Sound:
    if tones is None:
        return dtmf_sound(f"A{number}C" if rng.random() < 0.5 else f"D{number}#", RATE)
    seizure = int(rng.choice((0, 250, 300)))
    return fsk_sound(encode(number), RATE, tones, Sending(seizure, int(rng.integers(80, 190))))


def _line(sound: Sound, noise: str, snr: float, rng: np.random.Generator) -> Sound:
    """Return a line at a level of its own on which it sounds, with noise all along."""
    silence = np.zeros(int(_AROUND_S * RATE))
    whole = np.concatenate((silence, sound, silence))
    if noise == "white":
        disturbing = rng.normal(0, 1, len(whole))
    else:
        disturbing = speech_like(RATE, len(whole) / RATE, int(rng.integers(1 << 30)))[: len(whole)]
    loudness = np.sqrt(np.mean(sound[sound != 0] ** 2) / np.mean(disturbing**2)) / 10 ** (snr / 20)
    line: Sound = (whole + disturbing * loudness) * 10 ** (rng.uniform(-30, -14) / 20)
    return line


def _ears(sound: bytes) -> list[Frame]:
    ear = Ear(RATE)
    return [frame for at in range(0, len(sound), 640) for frame in ear.feed(sound[at : at + 640])]


def _write(file: Path, sound: bytes) -> None:
    with wave.open(str(file), "wb") as written:
        written.setparams((1, 2, RATE, 0, "NONE", ""))
        written.writeframes(sound)


def _minimodem_reads(file: Path, tones: Tones, number: str) -> bool:
    program = shutil.which("minimodem")
    if program is None:
        raise SystemExit("bench: minimodem is missing (./box setup test installs it)")
    frequencies = ["-M", str(tones.mark), "-S", str(tones.space)]

    def output(*mode: str) -> bytes:
        command = [program, "--rx", "-q", "-f", str(file), *frequencies, *mode]
        return subprocess.run(command, capture_output=True, timeout=30).stdout

    if number.encode("ascii") in output("callerid"):
        return True
    return number in [frame.number for frame in FskReader().feed(output("--ascii", "1200"), 0)]


def _invented_of_speech(minutes: float) -> int:
    ear = Ear(RATE)
    return sum(len(ear.feed(pcm(speech_like(RATE, 20, seed)))) for seed in range(round(minutes * 3)))


def _cpu(rate: int) -> float:
    """Return the percentage of a processor that a line takes: talk, and a call every nine seconds."""
    call = fsk_sound(encode("01012345678"), rate)
    talk = np.concatenate((speech_like(rate, 8, 1), call))
    sound = pcm(talk)
    ear = Ear(rate)
    ear.feed(sound)
    began = time.process_time()
    for _ in range(3):
        for at in range(0, len(sound), rate // 50 * 2):
            ear.feed(sound[at : at + rate // 50 * 2])
    return round((time.process_time() - began) / (3 * len(talk) / rate) * 100, 2)
