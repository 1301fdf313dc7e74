"""From tracks to a file: heard again with other ears, every moment and side where it belongs."""

from __future__ import annotations

import base64
import errno
import hashlib
import math
from array import array
from pathlib import Path

import pytest

from appliance.recordings.durable import UNFINISHED
from appliance.recordings.encoder import make
from appliance.recordings.work import (
    Failure,
    Job,
    Made,
    NotMade,
    Source,
    read_job,
    read_outcome,
    write_job,
    write_outcome,
)
from tests.support.sound import RATE, listen, loud_from, power, silence, tone, write_wav

pytestmark = pytest.mark.unit


def job(tmp_path: Path, left: list[tuple[array[int], int]], right: list[tuple[array[int], int]]) -> Job:
    sides = [
        tuple(
            Source(str(write_wav(tmp_path / "voice" / f"{name}{place}.wav", sound)), started_ms)
            for place, (sound, started_ms) in enumerate(side)
        )
        for name, side in (("left", left), ("right", right))
    ]
    return Job("call-1", str(tmp_path / "recordings" / "2026" / "call-1.opus"), *sides)


def made(wanted: Job) -> Made:
    outcome = make(wanted)
    assert isinstance(outcome, Made), outcome
    return outcome


def failure(wanted: Job) -> Failure:
    outcome = make(wanted)
    assert isinstance(outcome, NotMade), outcome
    return outcome.failure


def test_the_caller_is_left_and_the_agent_is_right_and_neither_is_heard_on_the_other_side(tmp_path: Path) -> None:
    wanted = job(tmp_path, [(tone(440, 2), 1000)], [(tone(1000, 2), 1000)])
    made(wanted)
    left, right = listen(Path(wanted.target))
    assert power(left, 440) > 0.4 > 0.02 > power(left, 1000)
    assert power(right, 1000) > 0.4 > 0.02 > power(right, 440)


def test_each_tone_begins_at_the_moment_it_began_in_the_call(tmp_path: Path) -> None:
    early, late = silence(1) + tone(440, 1), silence(0.25) + tone(1000, 1)
    wanted = job(tmp_path, [(early, 50_000)], [(late, 51_500), (tone(700, 0.5), 54_000)])
    made(wanted)
    left, right = listen(Path(wanted.target))
    assert loud_from(left, 440) == pytest.approx(1.0, abs=0.021)
    assert loud_from(right, 1000) == pytest.approx(1.75, abs=0.021)
    assert loud_from(right, 700) == pytest.approx(4.0, abs=0.021)


@pytest.mark.parametrize("samples", [1, 100, 159, 160, 161, 7999, 8000, 8001, 12345])
def test_the_length_is_exact_to_the_sample(tmp_path: Path, samples: int) -> None:
    wanted = job(tmp_path, [(tone(440, 2)[:samples], 0)], [(tone(1000, 0.01)[:samples], 0)])
    outcome = made(wanted)
    left, right = listen(Path(wanted.target))
    assert len(left) == len(right) == max(samples, min(samples, 80))
    assert outcome.duration_ms == samples * 1000 // RATE


def test_size_hash_and_waveform_are_those_of_the_file(tmp_path: Path) -> None:
    wanted = job(tmp_path, [(silence(1) + tone(440, 1, 0.5), 0)], [(tone(1000, 1, 1.0) + silence(1), 0)])
    outcome = made(wanted)
    data = Path(wanted.target).read_bytes()
    assert outcome.size == len(data)
    assert outcome.sha256 == hashlib.sha256(data).hexdigest()
    caller, agent = outcome.peaks
    assert caller[:20] == bytes(20)
    assert all(120 <= point <= 130 for point in caller[20:])
    assert all(point >= 250 for point in agent[:20])
    assert agent[20:] == bytes(20)


def test_the_same_tracks_give_the_same_file(tmp_path: Path) -> None:
    wanted = job(tmp_path, [(tone(440, 1), 0)], [(tone(1000, 1), 0)])
    assert made(wanted) == made(wanted)


def test_a_track_without_its_header_is_heard_all_the_same(tmp_path: Path) -> None:
    wanted = job(tmp_path, [(tone(440, 1), 0)], [(tone(1000, 1), 0)])
    track = Path(wanted.right[0].file)
    track.write_bytes(bytes(44) + track.read_bytes()[44:])
    assert made(wanted).left_out == ()
    assert power(listen(Path(wanted.target))[1], 1000) > 0.4


@pytest.mark.parametrize("damage", [None, b"this is no sound" * 10])
def test_a_lost_track_is_named_and_the_other_side_is_kept(tmp_path: Path, damage: bytes | None) -> None:
    wanted = job(tmp_path, [(tone(440, 1), 0)], [(tone(1000, 1), 0)])
    track = Path(wanted.right[0].file)
    if damage is None:
        track.unlink()
    else:
        track.write_bytes(damage)
    assert [track.name in told for told in made(wanted).left_out] == [True]
    left, right = listen(Path(wanted.target))
    assert power(left, 440) > 0.4
    assert math.isclose(power(right, 1000), 0, abs_tol=0.01)


def test_a_call_in_which_nothing_was_heard_gives_no_file(tmp_path: Path) -> None:
    wanted = job(tmp_path, [(array("h"), 0)], [(array("h"), 0)])
    assert failure(wanted) is Failure.NO_SOUND
    assert not Path(wanted.target).exists()


def test_tracks_that_are_all_lost_never_replace_a_file_that_is_there(tmp_path: Path) -> None:
    wanted = job(tmp_path, [(tone(440, 1), 0)], [(tone(1000, 1), 0)])
    made(wanted)
    before = Path(wanted.target).read_bytes()
    for side in (wanted.left, wanted.right):
        Path(side[0].file).unlink()
    assert failure(wanted) is Failure.UNREADABLE
    assert Path(wanted.target).read_bytes() == before


def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = job(tmp_path, [(tone(440, 1), 0)], [(tone(1000, 1), 0)])

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert failure(wanted) is Failure.NO_SPACE
    assert not Path(wanted.target).exists()
    assert not list(tmp_path.rglob(f"*{UNFINISHED}"))
    assert Path(wanted.left[0].file).exists()


def test_a_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.recordings.opus.LIBRARY", "libnowhere.so.0")
    wanted = job(tmp_path, [(tone(440, 1), 0)], [])
    assert failure(wanted) is Failure.NO_LIBRARY


def test_jobs_and_outcomes_survive_the_way_between_the_processes(tmp_path: Path) -> None:
    wanted = Job("c", "/r/통화.opus", (Source("/v/a.wav", 1), Source("/v/b.wav", 2)), ())
    assert read_job(write_job(wanted)) == wanted
    done = Made("c", 1, 2, "ab", (b"\x00\xff", b"\x01\x02"), ("x: gone",))
    assert read_outcome(write_outcome(done)) == done
    not_done = NotMade("c", Failure.DISK, "why")
    assert read_outcome(write_outcome(not_done)) == not_done
    assert base64.b64encode(b"\x00\xff").decode() in write_outcome(done).decode()
