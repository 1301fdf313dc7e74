"""WAV files as workers leave them: finished, cut off, and with headers that lie."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from appliance.recordings.wav import UnreadableError, Wav
from tests.support.sound import tone, write_wav

pytestmark = pytest.mark.unit

SOUND = tone(440, 0.5)


def samples_of(path: Path) -> bytes:
    wav = Wav(path)
    try:
        return wav.read(0, 1_000_000).tobytes()
    finally:
        wav.close()


def changed(tmp_path: Path, header: bytes, sound: bytes = SOUND.tobytes()) -> Path:
    path = tmp_path / "track.wav"
    path.write_bytes(header + sound)
    return path


def header(said: int, rate: int = 8000, channels: int = 1, bits: int = 16, form: int = 1) -> bytes:
    shape = struct.pack("<HHIIHH", form, channels, rate, rate * 2, 2, bits)
    riff = b"RIFF" + struct.pack("<I", min(said + 36, 0xFFFFFFFF)) + b"WAVE"
    return riff + b"fmt " + struct.pack("<I", 16) + shape + b"data" + struct.pack("<I", said)


def test_a_finished_file_gives_all_its_samples(tmp_path: Path) -> None:
    assert samples_of(write_wav(tmp_path / "a.wav", SOUND)) == SOUND.tobytes()


@pytest.mark.parametrize("said", [0, 2, 1000, 7998, 8001, 100_000, 0xFFFFFFFF])
def test_a_header_that_was_never_corrected_hides_no_sound(tmp_path: Path, said: int) -> None:
    assert samples_of(changed(tmp_path, header(said))) == SOUND.tobytes()


def test_a_header_that_never_reached_the_disk_hides_no_sound(tmp_path: Path) -> None:
    assert samples_of(changed(tmp_path, bytes(44))) == SOUND.tobytes()


def test_half_a_sample_at_the_end_is_dropped(tmp_path: Path) -> None:
    assert samples_of(changed(tmp_path, header(0), SOUND.tobytes() + b"\x01")) == SOUND.tobytes()


def test_what_follows_the_sound_is_not_heard(tmp_path: Path) -> None:
    remark = b"LIST" + struct.pack("<I", 4) + b"INFO"
    assert samples_of(changed(tmp_path, header(8000), SOUND.tobytes() + remark)) == SOUND.tobytes()


@pytest.mark.parametrize("size", [0, 5, 11, 12, 30, 43, 44])
def test_a_file_cut_off_in_its_header_is_silent(tmp_path: Path, size: int) -> None:
    assert samples_of(changed(tmp_path, header(0)[:size], b"")) == b""


@pytest.mark.parametrize(
    "wrong", [header(0, channels=2), header(0, bits=8), header(0, form=6), header(0, rate=11025), b"ID3" + bytes(60)]
)
def test_any_other_sound_is_refused(tmp_path: Path, wrong: bytes) -> None:
    with pytest.raises(UnreadableError):
        samples_of(changed(tmp_path, wrong))


def test_reading_beyond_the_end_gives_what_there_is(tmp_path: Path) -> None:
    wav = Wav(write_wav(tmp_path / "a.wav", SOUND))
    assert wav.read(3990, 100) == SOUND[3990:]
    assert len(wav.read(5000, 100)) == 0
    wav.close()
