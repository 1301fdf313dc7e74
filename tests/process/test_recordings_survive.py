"""Recordings through kills, power cuts and a full disk: each call's sound is kept, whole and once."""

from __future__ import annotations

import asyncio
import hashlib
import os
import select
import subprocess
import sys
import wave
from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from appliance.core.bus import Bus
from appliance.core.clock import SystemClock
from appliance.core.errors import NotFound, Unavailable
from appliance.core.health import Health, Level
from appliance.recordings.encoder_process import IDLE_SECONDS, EncoderProcess
from appliance.recordings.formats import Format
from appliance.recordings.recording import Recording, State
from appliance.recordings.service import RecordingReady, Recordings
from appliance.store.database import Database
from appliance.store.settings import Settings
from tests.support.recorded import AGENT_TONE, CALLER_TONE, SENT_TONE, STARTED_MS, recorded
from tests.support.recording_core import POINTS
from tests.support.sound import listen, loud_from, power, tone

pytestmark = pytest.mark.process


@pytest.fixture(params=list(Format))
def kept(request: pytest.FixtureRequest) -> Format:
    """How the office keeps its recordings."""
    return Format(request.param)


class DueNow:
    """The real wall clock, with timers that are due when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[[], None]]] = []

    def now_ms(self) -> int:
        return SystemClock().now_ms()

    def call_later(self, seconds: float, callback: Callable[[], None]) -> DueNow:
        self.waiting.append((seconds, callback))
        return self

    def cancel(self) -> None: ...

    def all_due(self) -> list[float]:
        due, self.waiting = self.waiting, []
        for _, callback in due:
            callback()
        return sorted(seconds for seconds, _ in due)


class Box:
    """Recordings alone, with what they told."""

    def __init__(self, folder: Path, *encoder: str) -> None:
        self.folder = folder
        self.bus = Bus()
        self.clock = DueNow()
        self.health = Health(self.clock.now_ms)
        self.states: list[State] = []
        self.bus.subscribe(RecordingReady, lambda event: self.states.append(event.state))
        self.database = Database(f"sqlite:///{folder / 'soribox.db'}")
        self.settings = Settings(self.database, self.bus, self.clock)
        command = [sys.executable, "-m", *(encoder or ("appliance.recordings.encoder",))]
        process = EncoderProcess(self.clock, command)
        self.recordings = Recordings(self.database, self.settings, self.bus, self.clock, self.health, folder, process)

    async def recording(self, call_id: str = "call-1") -> Recording:
        found = await self.recordings.for_call(call_id)
        assert found is not None
        return found

    async def keep(self, kept: Format) -> None:
        """Set how recordings are kept from now on."""
        await self.settings.set(**{"recordings.format": kept.value})


@asynccontextmanager
async def box(folder: Path, *encoder: str, kept: Format | None = None) -> AsyncIterator[Box]:
    """Run recordings over a folder. `kept`: how they are kept from now on, if that changes."""
    made = Box(folder, *encoder)
    await made.database.open()
    try:
        await made.settings.open()
        if kept is not None:
            await made.keep(kept)
        await made.recordings.start()
        yield made
    finally:
        await made.recordings.stop()
        await made.database.close()


def whole(folder: Path, recording: Recording, kept: Format = Format.LOSSLESS) -> None:
    """Fail unless the recording is what was said, its file is the only one and the tracks are gone."""
    file = folder / "recordings" / recording.path
    assert Format.of(file) is kept
    assert recording.state is State.READY
    assert recording.duration_ms == 2000
    assert hashlib.sha256(file.read_bytes()).hexdigest() == recording.sha256
    sent = file.with_name("call-1-notice-1-sent.wav")
    assert {one for one in (folder / "recordings").rglob("*") if one.is_file()} == {file, sent}
    with wave.open(str(sent)) as sound:
        assert array("h", sound.readframes(9999)) == tone(SENT_TONE, 0.5), "as it went out, to the last sample"
    caller, agent = listen(file)
    assert power(caller, CALLER_TONE) > 0.4
    assert loud_from(agent, AGENT_TONE) == pytest.approx(0.5, abs=0.021)
    assert not (folder / "voice" / "call-1").exists()


async def test_a_finished_call_becomes_one_file_and_its_tracks_go(tmp_path: Path, kept: Format) -> None:
    async with box(tmp_path, kept=kept) as one:
        await one.recordings.take(recorded(tmp_path))
        await one.recordings.settled()
        recording = await one.recording()
        whole(tmp_path, recording, kept)
        assert one.states == [State.JOINING, State.READY]
        sound = await one.recordings.audio("call-1")
        assert (sound.path, sound.content_type) == (tmp_path / "recordings" / recording.path, kept.content_type)
        assert await one.recordings.peaks("call-1") == recording.peaks
        assert set(await one.recordings.many(["call-1", "call-2"])) == {"call-1"}
        assert one.health.reports()[0].level is Level.OK
        (sent,) = await one.recordings.sent("call-1")
        assert (sent.name, sent.started_ms, sent.duration_ms) == ("notice-1-sent", STARTED_MS + 700, 500)
        assert hashlib.sha256(one.recordings.file(sent.path).read_bytes()).hexdigest() == sent.sha256


async def test_being_handed_the_same_call_twice_is_once(tmp_path: Path) -> None:
    async with box(tmp_path) as one:
        call = recorded(tmp_path)
        for _ in range(2):
            await one.recordings.take(call)
            await one.recordings.take(call)
            await one.recordings.settled()
        assert one.states == [State.JOINING, State.READY]
        whole(tmp_path, await one.recording())


async def test_what_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    async with box(tmp_path) as one:
        with pytest.raises(NotFound, match=r"recordings\.none"):
            await one.recordings.audio("call-1")
        await one.recordings.take(recorded(tmp_path))
        with pytest.raises(Unavailable, match=r"recordings\.not_ready"):
            await one.recordings.peaks("call-1")


@pytest.mark.parametrize("step", range(1, 5))
async def test_an_encoder_killed_at_any_step_costs_nothing(tmp_path: Path, step: int, kept: Format) -> None:
    mark = tmp_path / "died"
    async with box(tmp_path, "tests.support.dying_encoder", str(step), str(mark), kept=kept) as one:
        await one.recordings.take(recorded(tmp_path))
        await one.recordings.settled()
        whole(tmp_path, await one.recording(), kept)
        assert one.states == [State.JOINING, State.READY]
    # The contents, the new name, the folder: three steps, and no fourth. What the caller was sent has made the folders.
    assert mark.exists() == (step <= 3)


def cut_power(folder: Path, point: str) -> list[str]:
    """Let a core take over a call and die at `point`. Returns the states it had made known."""
    core = [sys.executable, "-m", "tests.support.recording_core", str(folder), point]
    died = subprocess.run(core, stdout=subprocess.PIPE, text=True, timeout=30, check=False)
    assert died.returncode == -9
    *states, last = died.stdout.split() or [""]
    if last.startswith("encoder="):
        wait_until_gone(int(last.removeprefix("encoder=")))
        return states
    return [*states, last]


@pytest.mark.parametrize("point", POINTS)
async def test_a_power_cut_at_any_step_is_mended_by_the_next_start(tmp_path: Path, point: str, kept: Format) -> None:
    async with box(tmp_path, kept=kept):
        pass
    before = await asyncio.to_thread(cut_power, tmp_path, point)
    async with box(tmp_path) as one:
        await one.recordings.settled()
        whole(tmp_path, await one.recording(), kept)
        assert [*before, *one.states].count(State.READY) == 1


async def test_a_library_that_is_missing_costs_the_format_and_not_the_recording(tmp_path: Path, kept: Format) -> None:
    (other,) = set(Format) - {kept}
    async with box(tmp_path, "tests.support.poor_encoder", kept, kept=kept) as one:
        await one.recordings.take(recorded(tmp_path))
        await one.recordings.settled()
        whole(tmp_path, await one.recording(), other)
        report = one.health.reports()[0]
        assert (report.level, report.key) == (Level.DEGRADED, f"recordings.health.only_{other}")
    async with box(tmp_path) as one:
        await one.recordings.take(recorded(tmp_path, "call-2"))
        await one.recordings.settled()
        assert (await one.recording("call-2")).path.endswith(kept.suffix)
        assert one.health.reports()[0].level is Level.OK


async def test_a_power_cut_before_a_library_came_back_leaves_no_second_file(tmp_path: Path, kept: Format) -> None:
    (other,) = set(Format) - {kept}
    async with box(tmp_path, "tests.support.no_such_module", kept=kept) as one:
        await one.recordings.take(recorded(tmp_path))
        await one.recordings.settled()
        target = tmp_path / "recordings" / (await one.recording()).path
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in (target.with_suffix(other.suffix), target.with_suffix(f"{other.suffix}.unfinished")):
        left.write_bytes(b"from a try that was interrupted")
    async with box(tmp_path, kept=kept) as one:
        await one.recordings.settled()
        whole(tmp_path, await one.recording(), kept)


async def test_a_change_of_format_holds_for_later_calls_and_leaves_the_earlier_as_they_are(
    tmp_path: Path, kept: Format
) -> None:
    (other,) = set(Format) - {kept}
    async with box(tmp_path, "tests.support.no_such_module", kept=kept) as one:
        await one.recordings.take(recorded(tmp_path))
        await one.recordings.settled()
    async with box(tmp_path, kept=other) as one:
        await one.recordings.settled()
        whole(tmp_path, await one.recording(), kept)
        await one.recordings.take(recorded(tmp_path, "call-2"))
        await one.recordings.settled()
        sounds = [await one.recordings.audio(call) for call in ("call-1", "call-2")]
        assert [Format.of(sound.path) for sound in sounds] == [kept, other]
        assert all(sound.path.exists() for sound in sounds)


def wait_until_gone(pid: int) -> None:
    """Wait until a process has ended, without being its parent."""
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        ended, _, _ = select.select([handle], [], [], 10)
        os.close(handle)
        assert ended, "the encoder outlives its core"


async def test_a_full_disk_keeps_the_tracks_and_the_recording_is_made_when_there_is_room(tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.touch()
    async with box(tmp_path, "tests.support.dying_encoder", "full", str(full)) as one:
        await one.recordings.take(recorded(tmp_path))
        await one.recordings.settled()
        failed = await one.recording()
        assert (failed.state, failed.failure) == (State.FAILED, "no_space")
        assert (tmp_path / "voice" / "call-1" / "caller.wav").exists()
        assert one.health.reports()[0].key == "recordings.health.no_space"
        with pytest.raises(Unavailable, match=r"recordings\.failure\.no_space"):
            await one.recordings.audio("call-1")
        one.clock.all_due()
        await one.recordings.settled()
        assert (await one.recording()).state is State.FAILED
        full.unlink()
        assert 30 in one.clock.all_due()
        await one.recordings.settled()
        whole(tmp_path, await one.recording())
        assert one.health.reports()[0].level is Level.OK


async def test_a_recording_whose_encoder_always_dies_does_not_hold_up_the_others(tmp_path: Path) -> None:
    async with box(tmp_path, "tests.support.no_such_module") as one:
        await one.recordings.take(recorded(tmp_path))
        await one.recordings.take(recorded(tmp_path, "call-2"))
        await one.recordings.settled()
        assert [(await one.recording(call)).failure for call in ("call-1", "call-2")] == ["died", "died"]
    async with box(tmp_path) as one:
        await one.recordings.settled()
        assert (await one.recording("call-2")).state is State.READY
        assert one.states == [State.JOINING, State.READY] * 2


def spoil(file: str) -> None:
    """Make a track unreadable."""
    Path(file).write_bytes(b"no sound at all" * 10)


async def test_tracks_of_which_one_is_lost_are_kept_beside_the_recording(tmp_path: Path) -> None:
    call = recorded(tmp_path)
    spoil(call.agent_tracks[0].file)
    async with box(tmp_path) as one:
        await one.recordings.take(call)
        await one.recordings.settled()
        assert (await one.recording()).state is State.READY
        assert (tmp_path / "voice" / "call-1" / "agent.wav").exists()


async def test_a_call_without_a_sound_leaves_nothing_behind(tmp_path: Path) -> None:
    call = recorded(tmp_path, seconds=0.5)
    for track in (*call.caller_tracks, *call.agent_tracks):
        os.truncate(track.file, 44)
    async with box(tmp_path) as one:
        await one.recordings.take(call)
        await one.recordings.settled()
        failed = await one.recording()
        assert (failed.state, failed.failure) == (State.FAILED, "no_sound")
        assert not (tmp_path / "voice" / "call-1").exists()
        assert one.health.reports()[0].level is Level.OK


async def test_nothing_but_a_conversations_own_folder_is_ever_removed(tmp_path: Path) -> None:
    precious = recorded(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "voice" / "call-1").rename(elsewhere)
    moved = recorded(tmp_path)
    assert moved == precious
    async with box(tmp_path) as one:
        await one.recordings.take(type(moved)(moved.call, str(elsewhere), moved.caller_tracks, moved.agent_tracks))
        await one.recordings.settled()
        assert (await one.recording()).state is State.READY
        assert (elsewhere / "caller.wav").exists()


async def test_an_idle_encoder_ends_and_the_next_call_starts_another(tmp_path: Path) -> None:
    async with box(tmp_path) as one:
        await one.recordings.take(recorded(tmp_path))
        await one.recordings.settled()
        assert one.clock.all_due() == [IDLE_SECONDS]
        await one.recordings.take(recorded(tmp_path, "call-2"))
        await one.recordings.settled()
        assert (await one.recording("call-2")).state is State.READY
