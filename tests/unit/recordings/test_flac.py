"""FLAC files: every bit as it came in, by the ears of sox and by RFC 9639."""

from __future__ import annotations

import errno
import hashlib
import io
import random
import struct
from array import array
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.recordings import flac
from appliance.recordings.flac import SEEK_SECONDS, FlacWriter, widen
from appliance.recordings.writing import NoLibraryError, Sound
from tests.simulators import audio
from tests.support.sound import RATE, listen, silence, tone

pytestmark = pytest.mark.unit

BLOCK = 4096  # samples in a frame at this level


def noise(samples: int, loudest: int = 32767) -> array[int]:
    chance = random.Random(samples)
    return array("h", (chance.randint(-loudest, loudest) for _ in range(samples)))


def written(left: array[int], right: array[int], *, rate: int = RATE, piece: int = 10_000, level: int = 5) -> bytes:
    file = io.BytesIO()
    writer = FlacWriter(file, Sound(rate, len(left), 0), level)
    for at in range(0, len(left), piece):
        writer.add(left[at : at + piece], right[at : at + piece])
    writer.finish()
    writer.close()
    return file.getvalue()


def heard(folder: Path, data: bytes) -> tuple[array[int], array[int]]:
    file = folder / "heard.flac"
    file.write_bytes(data)
    return listen(file)


@dataclass(frozen=True)
class Head:
    """What a file says of itself before the sound: STREAMINFO and the points of the seek table."""

    rate: int
    channels: int
    bits: int
    samples: int
    md5: bytes
    points: list[tuple[int, int]]
    end: int


def head_of(data: bytes) -> Head:
    """Read the metadata blocks as RFC 9639 sections 8.2 and 8.5 lay them out."""
    assert data[:4] == b"fLaC"
    blocks, at, last = {}, 4, 0
    while not last:
        last, kind, size = data[at] >> 7, data[at] & 0x7F, int.from_bytes(data[at + 1 : at + 4], "big")
        blocks[kind] = data[at + 4 : at + 4 + size]
        at += 4 + size
    packed = int.from_bytes(blocks[0][10:18], "big")
    points = [struct.unpack_from(">QQ", blocks[3], place) for place in range(0, len(blocks[3]), 18)]
    rate, channels, bits = packed >> 44, (packed >> 41 & 7) + 1, (packed >> 36 & 31) + 1
    return Head(rate, channels, bits, packed & (1 << 36) - 1, blocks[0][18:34], points, at)


@pytest.mark.parametrize("samples", [1, 2, 15, 16, 17, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 12_345])
@pytest.mark.parametrize("piece", [1000, BLOCK, 1 << 15])
def test_every_sample_comes_out_as_it_went_in(tmp_path: Path, samples: int, piece: int) -> None:
    left, right = noise(samples), noise(samples, 200)
    data = written(left, right, piece=piece)
    assert heard(tmp_path, data) == (left, right)
    assert head_of(data).samples == samples


@pytest.mark.parametrize("level", range(9))
def test_every_level_gives_the_same_sound(tmp_path: Path, level: int) -> None:
    left, right = noise(9000), tone(440, 9000 / RATE)
    assert heard(tmp_path, written(left, right, level=level)) == (left, right)


@pytest.mark.parametrize("codec", ["PCMA", "PCMU"])
def test_sound_of_a_telephone_line_is_less_than_half_as_large(tmp_path: Path, codec: str) -> None:
    line = audio.decode(audio.encode(noise(RATE * 2, 4000), codec), codec)
    data = written(line, silence(2))
    assert heard(tmp_path, data) == (line, silence(2))
    assert len(data) < len(line) * 4 / 2


def test_silence_is_nearly_nothing() -> None:
    assert len(written(silence(60), silence(60))) < 2500


def test_one_side_alone_stays_on_its_side(tmp_path: Path) -> None:
    sound = noise(5000)
    assert heard(tmp_path, written(silence(5000 / RATE), sound)) == (silence(5000 / RATE), sound)


def test_the_loudest_samples_keep_their_sign(tmp_path: Path) -> None:
    edges = array("h", [-32768, 32767, -1, 0, 1, 255, 256, -256, -257] * 500)
    assert heard(tmp_path, written(edges, edges[::-1])) == (edges, edges[::-1])
    assert array("i", bytes(widen(edges))) == array("i", edges)


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_the_head_says_what_is_in_the_file(rate: int) -> None:
    left, right = noise(rate), noise(rate, 100)
    head = head_of(written(left, right, rate=rate))
    both = array("h", bytes(4 * rate))
    both[0::2], both[1::2] = left, right
    assert (head.rate, head.channels, head.bits, head.samples) == (rate, 2, 16, rate)
    assert head.md5 == hashlib.md5(both.tobytes()).digest()


def test_a_player_finds_a_place_to_begin_every_ten_seconds() -> None:
    sound = noise(RATE * 65, 3000)
    data = written(sound, sound)
    head = head_of(data)
    assert len(head.points) == 7
    for number, (sample, offset) in enumerate(head.points):
        assert 0 <= number * SEEK_SECONDS * RATE - sample < BLOCK
        assert data[head.end + offset : head.end + offset + 2] == b"\xff\xf8"  # a frame begins, section 9.1.1


def test_the_same_sound_gives_the_same_file() -> None:
    assert written(noise(9000), noise(9000)) == written(noise(9000), noise(9000))


class Full(io.BytesIO):
    """A file on a disk that has room for so many bytes."""

    room = 20_000

    def write(self, data: object) -> int:
        if self.tell() + len(bytes(data)) > self.room:  # type: ignore[call-overload]
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)  # type: ignore[arg-type]


@pytest.mark.parametrize("room", [0, 10, 200, 20_000])
def test_a_full_disk_is_told_as_what_it_is(room: int) -> None:
    file = Full()
    file.room = room
    sound = noise(BLOCK * 3)
    with pytest.raises(OSError, match="No space left"):
        FlacWriter(file, Sound(RATE, len(sound), 0)).add(sound, sound)


def test_a_writer_that_is_closed_early_and_twice_does_no_harm() -> None:
    writer = FlacWriter(io.BytesIO(), Sound(RATE, BLOCK, 0))
    writer.add(noise(100), noise(100))
    writer.close()
    writer.close()


def test_the_library_is_taken_by_the_name_that_this_release_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flac, "LIBRARIES", ("libnowhere.so.0", *flac.LIBRARIES))
    assert written(noise(10), noise(10))


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flac, "LIBRARIES", ("libnowhere.so.0",))
    with pytest.raises(NoLibraryError, match=r"libnowhere\.so\.0"):
        FlacWriter(io.BytesIO(), Sound(RATE, 1, 0))
