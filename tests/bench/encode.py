"""`python -m tests.bench encode`: what a minute of a recording costs, in bytes and seconds of processor.

Two people who speak by turns (espeak-ng), in stereo at 8 kHz: plain WAV, FLAC and Opus with several settings, and the
real encoder from the tracks to the synced file. Figures are for one minute of call; decision 0004 rests on them.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import tempfile
import time
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from appliance.recordings.encoder import make
from appliance.recordings.opus import OpusEncoder
from appliance.recordings.wav import Wav
from appliance.recordings.work import Job, Made, Source
from tests.support.sound import RATE, silence, write_wav

MINUTES = 5
_TURN = 10  # seconds
_SAID = {
    "en": "Good morning, I would like to know when the order that I placed last Tuesday is going to be delivered.",
    "ko": "네, 고객님. 주문하신 상품은 내일 오전에 배송될 예정입니다. 더 궁금하신 점이 있으신가요?",
}
_OPUS = [(24000, 0), (24000, 1), (24000, 3), (24000, 5), (24000, 10), (16000, 1), (32000, 1)]


def speech(folder: Path, language: str) -> array[int]:
    """Return somebody speaking without pause, for one turn."""
    spoken, narrow = folder / f"{language}.wav", folder / f"{language}-8k.wav"
    subprocess.run(["espeak-ng", "-v", language, "-w", spoken, _SAID[language]], check=True)
    subprocess.run(["sox", spoken, "-r", str(RATE), "-c", "1", "-b", "16", narrow, "repeat", "5"], check=True)
    wav = Wav(narrow)
    samples = wav.read(0, _TURN * RATE)
    wav.close()
    return samples


def sides(folder: Path) -> tuple[array[int], array[int]]:
    """Return both sides of the talk."""
    one, other = speech(folder, "en"), speech(folder, "ko")
    pause = silence(_TURN)
    turns = MINUTES * 60 // _TURN // 2
    return (one + pause) * turns, (pause + other) * turns


def both(left: array[int], right: array[int]) -> array[int]:
    """Return the two channels by turns."""
    joined = array("h", bytes(4 * len(left)))
    joined[0::2], joined[1::2] = left, right
    return joined


def cost(work: Callable[[], int]) -> dict[str, float]:
    """Do `work`, which returns how many bytes it made; say what a minute costs, children included."""

    def used() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime

    before = used()
    size = work()
    return {"kb_per_minute": round(size / 1024 / MINUTES, 1), "cpu_s_per_minute": round((used() - before) / MINUTES, 4)}


def opus(sound: array[int], bits_per_second: int, complexity: int) -> int:
    """Encode and return the size of all packets."""
    encoder = OpusEncoder(RATE, complexity=complexity, bits_per_second=bits_per_second)
    size, step = 0, encoder.frame * 2
    for at in range(0, len(sound) - step + 1, step):
        size += len(encoder.encode(sound, at))
    encoder.close()
    return size


def flac(folder: Path, left: Path, right: Path) -> int:
    """Join with sox into FLAC and return its size."""
    target = folder / "both.flac"
    subprocess.run(["sox", "-M", left, right, target], check=True)
    return target.stat().st_size


def whole_job(folder: Path, left: Path, right: Path) -> int:
    """Do what the encoder does for a call and return the file's size."""
    done = make(Job("bench", str(folder / "bench.opus"), (Source(str(left), 0),), (Source(str(right), 0),)))
    assert isinstance(done, Made), done
    return done.size


def run() -> dict[str, Any]:
    """Measure everything."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        left, right = sides(folder)
        caller, agent = write_wav(folder / "caller.wav", left), write_wav(folder / "agent.wav", right)
        sound = both(left, right)
        figures: dict[str, Any] = {
            "minutes": MINUTES,
            "wav": {"kb_per_minute": round(len(sound) * 2 / 1024 / MINUTES, 1), "cpu_s_per_minute": 0.0},
            "flac": cost(lambda: flac(folder, caller, agent)),
        }
        for bits, complexity in _OPUS:
            name = f"opus_{bits // 1000}k_complexity_{complexity}"
            figures[name] = cost(lambda bits=bits, complexity=complexity: opus(sound, bits, complexity))  # type: ignore[misc]
        figures["encoder"] = cost(lambda: whole_job(folder, caller, agent))
        figures["processors"] = os.cpu_count()
        return figures


def main(arguments: Sequence[str] = ()) -> int:
    """Print the figures as one JSON object. Takes no arguments."""
    print(json.dumps(run(), indent=2))  # noqa: T201 - this is what a bench is for
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
