"""What must hold whatever a caller-ID device or a line says; the fuzzer and the ordinary tests ask the same.

check("callstar", data)                      # raises AssertionError
python -m tests.support.fuzzing TARGET FOLDER BYTES     # coverage-guided, until so many bytes were tried
"""

from __future__ import annotations

import os
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

CORPUS = Path(__file__).parent.parent / "fixtures" / "corpus"
MOST_KEPT = 4096
_NEXT = "0511234567"
_SEEDS = ("01012345678", "0212345678")
_LATER = 60_000  # milliseconds after which no beginning is remembered


def targets() -> tuple[str, ...]:
    """Return every dialect, and the two ways into the ear."""
    from hw.cid.registry import dialects

    return (*(one.name for one in dialects()), "bits", "sound")


def check(target: str, data: bytes) -> None:
    """Raise AssertionError when `data` makes one of the promises untrue."""
    {"bits": check_bits, "sound": check_sound}.get(target, lambda given: check_dialect(target, given))(data)


def check_dialect(name: str, data: bytes) -> None:
    """Pieces make no difference, nothing comes of nothing, little is kept, and the next good frame is read."""
    from hw.cid.registry import dialect

    spoken = dialect(name)
    assert spoken is not None
    whole = spoken.reader()
    frames = whole.feed(data, 0)
    single = spoken.reader()
    assert [frame for at in range(len(data)) for frame in single.feed(data[at : at + 1], 0)] == frames
    late = whole.tick(_LATER)
    assert single.tick(_LATER) == late
    for frame in (*frames, *late):
        assert_was_sent(name, data, frame.number, frame.raw)
    kept = sum(len(value) for value in vars(whole).values() if isinstance(value, bytes | bytearray | str | list))
    assert kept < MOST_KEPT
    whole.feed(b"\r\n", _LATER)
    whole.tick(2 * _LATER)
    found = [*whole.feed(spoken.ring(1, _NEXT), 2 * _LATER + 1), *whole.tick(3 * _LATER)]
    assert found
    assert found[-1].number == _NEXT


def assert_was_sent(name: str, data: bytes, number: str, raw: bytes) -> None:
    """Every digit of a number stands in its frame, and every line of the frame in what was said."""
    if name == "hayes" and raw[:1] in (b"\x04", b"\x80"):
        assert raw.hex().encode("ascii") in re.sub(rb"\s", b"", data).lower()
        return
    for line in raw.split(b"\r\n") if name == "hayes" else (raw,):
        assert line in data or line == b"RING"
    if name == "fsk":
        assert 0 in [sum(data[at : at + len(raw) + 1]) % 256 for at in _places(data, raw)]
    digits = re.sub(rb"[^0-9+]", b"", raw).decode("ascii")
    assert number in digits or number[1:] in digits


def _places(data: bytes, part: bytes) -> Iterator[int]:
    at = data.find(part)
    while at >= 0:
        yield at
        at = data.find(part, at + 1)


def check_bits(data: bytes) -> None:
    """Whatever bits sound like: a call has a right checksum, and all its bytes can be heard one after the other."""
    import numpy as np

    from hw.sound.bits import Softly
    from hw.sound.message import read

    per_bit = 1 + (data[0] % 14 if data else 0)
    values = np.repeat(np.frombuffer(data[1:], np.int8).astype(np.float32), per_bit)
    if len(values) < 2:
        return
    usual = float(np.median(np.abs(values)))
    reading = read(Softly(values, 0.0, usual, 0.5), float(per_bit))
    assert reading.frame is None or 0 < reading.end <= len(values) + per_bit
    assert not (reading.frame is not None and reading.needs)


def check_sound(data: bytes) -> None:
    """Samples as they are, then as a message between others in two tones: no caller but one whose message was sent."""
    from hw.cid.fsk import FskReader
    from hw.sound.caller_id import Ear
    from tests.support.spoken_cid import Disturbance, disturbed, dtmf_sound, fsk_sound

    ear = Ear(8000)
    in_one = Ear(8000).feed(data)
    assert [frame for at in range(0, len(data), 321) for frame in ear.feed(data[at : at + 321])] == in_one
    if data[:1] < b"\xc0" or len(data) > 80:
        return
    sent = FskReader().feed(data, 0)
    told = Ear(8000).feed(disturbed(fsk_sound(data, 8000), 8000, Disturbance(noise_db=15)))
    assert {frame.number for frame in told} <= {frame.number for frame in sent}
    keys = "".join("123A456B789C*0#D"[byte & 15] for byte in data[:24])
    dialled = Ear(8000).feed(disturbed(dtmf_sound(keys, 8000), 8000, Disturbance(noise_db=15)))
    assert all(frame.raw.decode("ascii") in keys for frame in dialled)


def seeds(target: str) -> list[bytes]:
    """Return what is worth beginning with: good frames, and what was found before."""
    from hw.cid.registry import dialect

    spoken = dialect(target)
    good = _heard_seeds(target) if spoken is None else [spoken.ring(1, number) for number in (*_SEEDS, "")]
    return good + [path.read_bytes() for path in sorted((CORPUS / target).glob("*"))]


def _heard_seeds(target: str) -> list[bytes]:
    from hw.cid.fsk import encode
    from tests.support.spoken_cid import Sending, bits_of, dtmf_sound, fsk_sound, pcm

    calls = [encode(number) for number in (*_SEEDS, "")]
    if target == "bits":
        return [bytes((7, *((100 if bit else 156) for bit in bits_of(call, Sending(0, 9))))) for call in calls]
    lines = [pcm(fsk_sound(call, 8000, sending=Sending(0, 60)) / 2) for call in calls]
    return [*lines, *(b"\xff" + call for call in calls), pcm(dtmf_sound("D1#", 8000, 0.04, 0.04))]


def varied(begin: Sequence[bytes], rng: random.Random, longest: int = 400) -> bytes:
    """Return some of `begin` one after the other, with bytes lost, changed, doubled, and noise put in."""
    data = bytearray(b"".join(rng.choice(begin) for _ in range(rng.randint(1, 3))) if begin else b"")
    for _ in range(rng.randint(0, 8)):
        at = rng.randint(0, len(data))
        data[at : at + rng.randint(0, 3)] = rng.choice((b"", rng.randbytes(rng.randint(1, 12)), data[at : at + 9] * 2))
    return bytes(data[:longest])


def main(target: str, folder: str, wanted: int) -> None:
    """Fuzz until `wanted` bytes were tried; what is new to the code is written to `folder`. Ends the process."""
    import atheris

    with atheris.instrument_imports(include=["hw"]):
        targets()
        import hw.sound.caller_id  # noqa: F401 - to be instrumented
    for place, seed in enumerate(seeds(target)):
        (Path(folder) / f"seed-{place}").write_bytes(seed)
    lengths = ["-max_len=12000", "-len_control=0"] if target == "sound" else ["-max_len=600"]
    places = [folder, f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], *places, *lengths, "-rss_limit_mb=0"], _counting(target, wanted))
    atheris.Fuzz()


def _counting(target: str, wanted: int) -> Callable[[bytes], None]:
    tried = 0

    def one(data: bytes) -> None:
        nonlocal tried
        check(target, data)
        tried += len(data)
        if tried >= wanted:
            sys.stdout.write(f"{tried}\n")
            sys.stdout.flush()
            os._exit(0)  # the fuzzer itself knows only numbers of runs

    return one


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
