"""A line's sound: its file is playable at any moment, loudness is in dBFS, and it is heard when people talk."""

from __future__ import annotations

import errno
import os
import wave
from array import array
from pathlib import Path

import pytest

from appliance.analog import tape_file
from appliance.analog.hearing import Hearing
from appliance.analog.line_sound import checked_sound
from appliance.analog.tape_file import TapeFile, mend
from appliance.analog.types import AnalogLine, LineDraft
from appliance.core.errors import InvalidInput
from hw.sound.levels import LEAST_DB, amplify, level
from tests.support.sound import RATE, silence, tone

pytestmark = pytest.mark.unit


def played(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        return bytes(file.readframes(file.getnframes()))


def test_a_file_can_be_played_while_it_is_written_and_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "call" / "line-1.wav"
    file = TapeFile(path, RATE)
    sound = tone(440, 0.3).tobytes()
    for at in range(0, len(sound), 1600):
        file.append(sound[at : at + 1600])
        assert played(path) == sound[: at + 1600]
    with path.open("ab") as killed:
        killed.write(b"\x01\x02\x03")  # more than the head says, and half a sample
    assert mend(path, RATE) == 300
    assert played(path) == sound + b"\x01\x02"
    file.close()


def test_a_file_without_sound_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "call" / "line-1.wav"
    TapeFile(path, RATE).close()
    assert not path.parent.exists()
    assert mend(path, RATE) == 0


@pytest.mark.parametrize("full", ["takes nothing", "takes a part", "folder"])
def test_a_full_disk_leaves_neither_an_empty_file_nor_an_open_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: str
) -> None:
    path = tmp_path / "call" / "line-1.wav"
    with monkeypatch.context() as disk:
        if full == "folder":
            disk.setattr(tape_file, "sync_folder", no_room)
        else:
            disk.setattr(os, "pwrite", no_room if full == "takes nothing" else lambda *_: 7)
        with pytest.raises(OSError, match="No space left"):
            TapeFile(path, RATE)
    assert not path.parent.exists()
    assert not [one for one in map(_leads_to, os.listdir("/proc/self/fd")) if one.startswith(str(tmp_path))]


def _leads_to(handle: str) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{handle}")
    except FileNotFoundError:  # that of the list itself
        return ""


def no_room(*_: object) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_what_a_disk_takes_only_a_part_of_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "call" / "line-1.wav"
    file, sound = TapeFile(path, RATE), tone(440, 0.1).tobytes()
    file.append(sound)
    with monkeypatch.context() as disk:
        disk.setattr(os, "pwrite", lambda *_: 7)
        with pytest.raises(OSError, match="No space left"):
            file.append(sound)
    file.close()
    assert played(path) == sound


@pytest.mark.parametrize(("loud", "db"), [(1.0, 0.0), (0.5, -6.0), (0.001, -60.2)])
def test_levels_are_in_decibels_below_the_loudest(loud: float, db: float) -> None:
    now = level(tone(440, 0.1, loud))
    assert now.peak_db == pytest.approx(db, abs=0.3)
    assert now.rms_db == pytest.approx(db - 3, abs=0.4)
    assert level(silence(0.1)).rms_db == LEAST_DB
    assert level(array("h")).peak_db == LEAST_DB


def test_gain_makes_louder_and_what_is_cut_off_is_counted() -> None:
    quiet = tone(440, 0.1, 0.05)
    assert amplify(quiet, 0) is quiet
    assert level(amplify(quiet, 20)).peak_db == pytest.approx(level(quiet).peak_db + 20, abs=0.1)
    assert level(amplify(quiet, 20)).clipped == 0
    assert level(amplify(quiet, 40)).clipped > 100
    assert level(amplify(tone(440, 0.1, 1.0), -20)).peak_db == pytest.approx(-20, abs=0.1)


def hear(*stretches: tuple[float, bool]) -> tuple[Hearing, int]:
    """Hear stretches of so many seconds, loud or not; return with the moment of the last block."""
    hearing, at_ms = Hearing(), 1_000_000
    for length, loud in stretches:
        for _ in range(round(length * 10)):
            hearing.take(at_ms, array("h", [0]), loud=loud)
            at_ms += 100
    return hearing, at_ms - 100


RINGS = [(1.0, True), (2.0, False)] * 4


def test_ringing_is_no_talk_and_people_are() -> None:
    assert hear(*RINGS)[0].talk_since(hear(*RINGS)[1]) == 0
    assert hear((2.0, True), (4.0, False), (2.0, True))[0].talk_since(1_008_000) == 0
    hearing, at_ms = hear(*RINGS, (1.2, True), (0.8, False), (1.5, True))
    assert hearing.talk_since(at_ms) == 1_012_000
    assert next(one.at_ms for one in hearing.from_then(1_012_000)) == 1_012_000


def test_silence_counts_from_the_last_sound_and_not_from_before_the_talk() -> None:
    hearing, _ = hear((1.0, False), (1.0, True), (5.0, False))
    assert hearing.silent_since(answered_ms=1_000_500) == 1_001_900
    assert hearing.silent_since(answered_ms=1_004_000) == 1_004_000


def test_what_is_said_of_a_lines_sound_is_checked() -> None:
    other = AnalogLine(1, "회선 1", "", "", "", "usb", 1, card="usb", side=2)
    fine = LineDraft("x", card=" usb ", side=1, gain_db=12, recorded="by_hand")
    assert checked_sound(fine, [other]).card == "usb"
    wrong = (
        ("side", LineDraft("x", card="usb", side=2)),
        ("side", LineDraft("x", card="usb", side=0)),
        ("gain_db", LineDraft("x", card="usb", gain_db=41)),
        ("recorded", LineDraft("x", card="usb", recorded="sometimes")),
        ("card", LineDraft("x", card="-v")),
        ("card", LineDraft("x", card="x" * 101)),
    )
    for field, draft in wrong:
        with pytest.raises(InvalidInput) as error:
            checked_sound(draft, [other])
        assert error.value.field == field
