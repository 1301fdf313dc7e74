"""`python -m tests.bench encode`: what a minute of a recording costs, in bytes and seconds of processor.

Stereo sound at 8 kHz as lines deliver it (A-law), of four kinds: people who speak by turns, both speaking all the time,
turns with noise on the line, and tones. For each: plain WAV, FLAC at every level, Opus with several settings, and the
real encoder's whole job, from the tracks to the synced file, for both formats. Then what starting the encoder's process
costs. Figures are for one minute of call, the least of some runs; decision 0004 rests on them.
"""

from __future__ import annotations

import io
import json
import os
import random
import resource
import subprocess
import tempfile
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from appliance.recordings.encoder import WINDOW, make
from appliance.recordings.encoder_process import COMMAND
from appliance.recordings.flac import LEVEL, FlacWriter
from appliance.recordings.formats import Format
from appliance.recordings.opus import OpusEncoder
from appliance.recordings.wav import Wav
from appliance.recordings.work import Job, Made, Source
from appliance.recordings.writing import Sound
from tests.simulators import audio
from tests.support.sound import RATE, silence, tone, write_wav

MINUTES = 3
_RUNS = 3
_TURN = 10  # seconds
_NOISE = 60  # of 32767: a line on which somebody who listens hears that it is there
_SAID = {
    "en": "Good morning, I would like to know when the order that I placed last Tuesday is going to be delivered.",
    "ko": "네, 고객님. 주문하신 상품은 내일 오전에 배송될 예정입니다. 더 궁금하신 점이 있으신가요?",
}
# Bits a second and complexity. The last is CELT, the half of Opus that is meant for music and needs less time.
_OPUS = [(24000, 0, False), (24000, 1, False), (24000, 5, False), (16000, 1, False), (32000, 1, False)]
_OPUS += [(32000, 0, True)]


def as_delivered(samples: array[int]) -> array[int]:
    """Return sound after its way over a line."""
    return audio.decode(audio.encode(samples, "PCMA"), "PCMA")


def speech(folder: Path, language: str) -> array[int]:
    """Return somebody speaking without pause, for one turn."""
    spoken, narrow = folder / f"{language}.wav", folder / f"{language}-8k.wav"
    subprocess.run(["espeak-ng", "-v", language, "-w", spoken, _SAID[language]], check=True)
    subprocess.run(["sox", "-v", "0.8", spoken, "-r", str(RATE), "-b", "16", narrow, "repeat", "5"], check=True)
    wav = Wav(narrow)
    samples = wav.read(0, _TURN * RATE)
    wav.close()
    return as_delivered(samples)


def noisy(samples: array[int], chance: random.Random) -> array[int]:
    """Return sound with the noise of a line in it."""
    heard = (sample + round(chance.gauss(0, _NOISE)) for sample in samples)
    return as_delivered(array("h", (max(-32768, min(32767, sample)) for sample in heard)))


def sides(folder: Path) -> Iterator[tuple[str, array[int], array[int]]]:
    """Yield the kinds of sound, each with both sides."""
    turns, chance = MINUTES * 60 // _TURN // 2, random.Random(1)
    one, other, pause = speech(folder, "en"), speech(folder, "ko"), as_delivered(silence(_TURN))
    left, right = (one + pause) * turns, (pause + other) * turns
    yield "turns", left, right
    yield "noisy_turns", noisy(left, chance), noisy(right, chance)
    yield "both_talk", one * 2 * turns, other * 2 * turns
    low, high = (as_delivered(tone(hertz, _TURN)) * 2 * turns for hertz in (440, 1000))
    yield "tone", low, high


def cost(work: Callable[[], int]) -> dict[str, float]:
    """Do `work`, which returns how many bytes it made; say what a minute costs."""
    used = []
    for _ in range(_RUNS):
        before = time.process_time()
        size = work()
        used.append(time.process_time() - before)
    return {"kb_per_minute": round(size / 1024 / MINUTES, 1), "cpu_s_per_minute": round(min(used) / MINUTES, 4)}


def flac(left: array[int], right: array[int], level: int, mid_side: bool = False) -> int:
    """Encode and return the size of the file."""
    file = io.BytesIO()
    writer = FlacWriter(file, Sound(RATE, len(left), 0), level, mid_side=mid_side)
    for at in range(0, len(left), WINDOW):
        writer.add(left[at : at + WINDOW], right[at : at + WINDOW])
    writer.finish()
    writer.close()
    return len(file.getvalue())


def opus(left: array[int], right: array[int], bits_per_second: int, complexity: int, celt: bool) -> int:
    """Encode and return the size of all packets."""
    sound = array("h", bytes(4 * len(left)))
    sound[0::2], sound[1::2] = left, right
    encoder = OpusEncoder(RATE, complexity=complexity, bits_per_second=bits_per_second, low_delay=celt)
    step = encoder.frame * 2
    size = sum(len(encoder.encode(sound, at)) for at in range(0, len(sound) - step + 1, step))
    encoder.close()
    return size


def whole_job(folder: Path, kept: Format) -> int:
    """Do what the encoder does for a call and return the file's size."""
    left, right = ((Source(str(folder / f"{side}.wav"), 0),) for side in ("caller", "agent"))
    done = make(Job("bench", str(folder / "bench"), kept, left, right))
    assert isinstance(done, Made), done
    return done.size


def start() -> float:
    """Return the seconds of processor that it takes to start the encoder's process and to end it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(_RUNS):
        subprocess.run([*COMMAND, str(os.getpid())], stdin=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / _RUNS, 3)


def compare(folder: Path, left: array[int], right: array[int]) -> dict[str, Any]:
    """Measure one kind of sound in every way."""
    write_wav(folder / "caller.wav", left)
    write_wav(folder / "agent.wav", right)
    ways: dict[str, Callable[[], int]] = {f"flac_{level}": partial(flac, left, right, level) for level in range(9)}
    ways[f"flac_{LEVEL}_mid_side"] = partial(flac, left, right, LEVEL, mid_side=True)
    for bits, complexity, celt in _OPUS:
        name = f"opus_{'celt_' * celt}{bits // 1000}k_complexity_{complexity}"
        ways[name] = partial(opus, left, right, bits, complexity, celt)
    ways |= {f"whole_job_{kept}": partial(whole_job, folder, kept) for kept in Format}
    wav = {"kb_per_minute": round(len(left) * 4 / 1024 / MINUTES, 1), "cpu_s_per_minute": 0.0}
    return {"wav": wav} | {name: cost(work) for name, work in ways.items()}


def run() -> dict[str, Any]:
    """Measure everything."""
    figures: dict[str, Any] = {"minutes": MINUTES, "processors": os.cpu_count(), "encoder_start_cpu_s": start()}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, left, right in sides(folder):
            figures[name] = compare(folder, left, right)
    return figures


def main(arguments: Sequence[str] = ()) -> int:
    """Print the figures as one JSON object. Takes no arguments."""
    print(json.dumps(run(), indent=2))  # noqa: T201 - this is what a bench is for
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
