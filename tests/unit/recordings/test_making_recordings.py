"""From tracks to a file: heard again with other ears, every moment and side where it belongs."""

from __future__ import annotations

import base64
import errno
import hashlib
import math
import random
from array import array
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest

from appliance.core.durable import UNFINISHED
from appliance.recordings.encoder import make
from appliance.recordings.formats import Format
from appliance.recordings.wav import RATES
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


Side: TypeAlias = "list[tuple[array[int], int]]"
Jobs: TypeAlias = "Callable[[Side, Side], Job]"


def write_job_for(tmp_path: Path, kept: Format, left: Side, right: Side) -> Job:
    sides = [
        tuple(
            Source(str(write_wav(tmp_path / "voice" / f"{name}{place}.wav", sound)), started_ms)
            for place, (sound, started_ms) in enumerate(side)
        )
        for name, side in (("left", left), ("right", right))
    ]
    return Job("call-1", str(tmp_path / "recordings" / "2026" / "call-1"), kept, *sides)


@pytest.fixture(params=list(Format))
def job(request: pytest.FixtureRequest, tmp_path: Path) -> Jobs:
    """Makes jobs, in each format."""
    return partial(write_job_for, tmp_path, request.param)


def file_of(wanted: Job) -> Path:
    return wanted.file(wanted.format)


def made(wanted: Job) -> Made:
    outcome = make(wanted)
    assert isinstance(outcome, Made), outcome
    return outcome


def failure(wanted: Job) -> Failure:
    outcome = make(wanted)
    assert isinstance(outcome, NotMade), outcome
    return outcome.failure


def test_the_caller_is_left_and_the_agent_is_right_and_neither_is_heard_on_the_other_side(job: Jobs) -> None:
    wanted = job([(tone(440, 2), 1000)], [(tone(1000, 2), 1000)])
    made(wanted)
    left, right = listen(file_of(wanted))
    assert power(left, 440) > 0.4 > 0.02 > power(left, 1000)
    assert power(right, 1000) > 0.4 > 0.02 > power(right, 440)


def test_each_tone_begins_at_the_moment_it_began_in_the_call(job: Jobs) -> None:
    early, late = silence(1) + tone(440, 1), silence(0.25) + tone(1000, 1)
    wanted = job([(early, 50_000)], [(late, 51_500), (tone(700, 0.5), 54_000)])
    made(wanted)
    left, right = listen(file_of(wanted))
    assert loud_from(left, 440) == pytest.approx(1.0, abs=0.021)
    assert loud_from(right, 1000) == pytest.approx(1.75, abs=0.021)
    assert loud_from(right, 700) == pytest.approx(4.0, abs=0.021)


@pytest.mark.parametrize("samples", [1, 100, 159, 160, 161, 7999, 8000, 8001, 12345])
def test_the_length_is_exact_to_the_sample(job: Jobs, samples: int) -> None:
    wanted = job([(tone(440, 2)[:samples], 0)], [(tone(1000, 0.01)[:samples], 0)])
    outcome = made(wanted)
    left, right = listen(file_of(wanted))
    assert len(left) == len(right) == max(samples, min(samples, 80))
    assert outcome.duration_ms == samples * 1000 // RATE


def test_size_hash_and_waveform_are_those_of_the_file(job: Jobs) -> None:
    wanted = job([(silence(1) + tone(440, 1, 0.5), 0)], [(tone(1000, 1, 1.0) + silence(1), 0)])
    outcome = made(wanted)
    data = file_of(wanted).read_bytes()
    assert outcome.size == len(data)
    assert outcome.sha256 == hashlib.sha256(data).hexdigest()
    caller, agent = outcome.peaks
    assert caller[:20] == bytes(20)
    assert all(120 <= point <= 130 for point in caller[20:])
    assert all(point >= 250 for point in agent[:20])
    assert agent[20:] == bytes(20)


def test_the_same_tracks_give_the_same_file(job: Jobs) -> None:
    wanted = job([(tone(440, 1), 0)], [(tone(1000, 1), 0)])
    assert made(wanted) == made(wanted)


def test_a_track_without_its_header_is_heard_all_the_same(job: Jobs) -> None:
    wanted = job([(tone(440, 1), 0)], [(tone(1000, 1), 0)])
    track = Path(wanted.right[0].file)
    track.write_bytes(bytes(44) + track.read_bytes()[44:])
    assert made(wanted).left_out == ()
    assert power(listen(file_of(wanted))[1], 1000) > 0.4


@pytest.mark.parametrize("damage", [None, b"this is no sound" * 10])
def test_a_lost_track_is_named_and_the_other_side_is_kept(job: Jobs, damage: bytes | None) -> None:
    wanted = job([(tone(440, 1), 0)], [(tone(1000, 1), 0)])
    track = Path(wanted.right[0].file)
    if damage is None:
        track.unlink()
    else:
        track.write_bytes(damage)
    assert [track.name in told for told in made(wanted).left_out] == [True]
    left, right = listen(file_of(wanted))
    assert power(left, 440) > 0.4
    assert math.isclose(power(right, 1000), 0, abs_tol=0.01)


def test_a_call_in_which_nothing_was_heard_gives_no_file(job: Jobs) -> None:
    wanted = job([(array("h"), 0)], [(array("h"), 0)])
    assert failure(wanted) is Failure.NO_SOUND
    assert not file_of(wanted).exists()


def test_tracks_that_are_all_lost_never_replace_a_file_that_is_there(job: Jobs) -> None:
    wanted = job([(tone(440, 1), 0)], [(tone(1000, 1), 0)])
    made(wanted)
    before = file_of(wanted).read_bytes()
    for side in (wanted.left, wanted.right):
        Path(side[0].file).unlink()
    assert failure(wanted) is Failure.UNREADABLE
    assert file_of(wanted).read_bytes() == before


def test_a_full_disk_leaves_everything_as_it_was(job: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = job([(tone(440, 1), 0)], [(tone(1000, 1), 0)])

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert failure(wanted) is Failure.NO_SPACE
    assert not file_of(wanted).exists()
    assert not list(tmp_path.rglob(f"*{UNFINISHED}"))
    assert Path(wanted.left[0].file).exists()


def lose(monkeypatch: pytest.MonkeyPatch, *libraries: Format) -> None:
    """Let the libraries of these formats be missing."""
    if Format.LOSSLESS in libraries:
        monkeypatch.setattr("appliance.recordings.flac.LIBRARIES", ("libnowhere.so.1", "libnowhere.so.0"))
    if Format.SMALL in libraries:
        monkeypatch.setattr("appliance.recordings.opus.LIBRARY", "libnowhere.so.0")


def test_without_the_library_of_its_format_a_recording_is_kept_in_the_other_and_that_is_said(
    job: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = job([(tone(440, 1), 0)], [(tone(1000, 1), 0)])
    lose(monkeypatch, wanted.format)
    outcome = made(wanted)
    assert outcome.format is not wanted.format
    assert "libnowhere.so.0" in outcome.instead
    file = wanted.file(outcome.format)
    assert list(file.parent.iterdir()) == [file]
    assert power(listen(file)[0], 440) > 0.4


def test_a_recording_in_its_own_format_is_nothing_to_speak_of(job: Jobs) -> None:
    wanted = job([(tone(440, 1), 0)], [])
    outcome = made(wanted)
    assert (outcome.format, outcome.instead) == (wanted.format, "")


def test_without_any_library_nothing_is_made_and_all_are_named(job: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = job([(tone(440, 1), 0)], [])
    lose(monkeypatch, *Format)
    outcome = make(wanted)
    assert isinstance(outcome, NotMade)
    assert outcome.failure is Failure.NO_LIBRARY
    assert outcome.detail.count("libnowhere") == 3
    assert not list(file_of(wanted).parent.iterdir())


def test_a_lossless_recording_of_several_tracks_is_what_they_were_to_the_last_bit(tmp_path: Path) -> None:
    first, second, other = noise(5000), noise(3001), noise(9001)
    wanted = write_job_for(tmp_path, Format.LOSSLESS, [(first, 0), (second, 1000)], [(other, 250)])
    made(wanted)
    left, right = listen(file_of(wanted))
    assert left == first + silence(0.375) + second
    assert right == silence(0.25) + other


@pytest.mark.parametrize("rate", RATES)
def test_a_lossless_recording_keeps_the_rate_of_its_tracks(tmp_path: Path, rate: int) -> None:
    sound = noise(rate // 2)
    track = write_wav(tmp_path / "wide.wav", sound, rate)
    wanted = Job("call-1", str(tmp_path / "call-1"), Format.LOSSLESS, (Source(str(track), 0),), ())
    assert made(wanted).duration_ms == 500
    assert listen(file_of(wanted)) == (sound, silence(0.5, rate))


def noise(samples: int) -> array[int]:
    """Return sound of which nothing can be foretold."""
    return array("h", random.Random(samples).randbytes(2 * samples))


def test_jobs_and_outcomes_survive_the_way_between_the_processes() -> None:
    wanted = Job("c", "/r/통화", Format.SMALL, (Source("/v/a.wav", 1), Source("/v/b.wav", 2)), ())
    assert read_job(write_job(wanted)) == wanted
    done = Made("c", Format.LOSSLESS, 1, 2, "ab", (b"\x00\xff", b"\x01\x02"), ("x: gone",), "no libopus")
    assert read_outcome(write_outcome(done)) == done
    not_done = NotMade("c", Failure.DISK, "why")
    assert read_outcome(write_outcome(not_done)) == not_done
    assert base64.b64encode(b"\x00\xff").decode() in write_outcome(done).decode()
