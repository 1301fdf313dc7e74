"""The keeper as a process: leases, the journal, and what is left when somebody is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sip import api
from sip.errors import NoWorker, VoiceUnavailable
from sip.voice.client import VoiceClient
from tests.simulators.audio import tone_ms
from tests.support.talk import CALLER_HZ, ONE, answer, arrive, caller_of, recorded
from tests.support.voice import VoiceUnderTest, children, is_gone, voice_in, workers_of
from tests.support.waiting import wait_until

pytestmark = pytest.mark.process


@pytest.fixture
async def voice(tmp_path: Path) -> AsyncIterator[VoiceUnderTest]:
    async with voice_in(tmp_path / "data") as voice:
        yield voice


def keeper_pid(voice: VoiceUnderTest) -> int:
    assert voice.process is not None
    return voice.process.pid


async def gone(*pids: int) -> None:
    await asyncio.to_thread(wait_until, lambda: all(is_gone(pid) for pid in pids), f"the end of {pids}")


def lost(voice: VoiceUnderTest) -> list[api.Told]:
    return [told for told in voice.told if isinstance(told.fact, api.ConversationLost)]


async def test_a_lease_nobody_uses_is_taken_back(tmp_path: Path) -> None:
    async with voice_in(tmp_path / "data", lease_seconds=0.3) as voice:
        lease = await voice.client.lease(api.ConversationPlan(ONE))
        await asyncio.to_thread(wait_until, Path(lease.folder).is_dir, "the folder")
        await voice.heard(api.LeaseUnused)
        await voice.client.acknowledge(ONE, 1)
        await asyncio.to_thread(wait_until, lambda: not Path(lease.folder).exists(), "the folder to go")
        await voice.state(lambda state: state.busy == 0)


async def test_leases_end_at_the_limit_and_go_on_when_a_worker_is_free(tmp_path: Path) -> None:
    async with voice_in(tmp_path / "data", conversations=2, warm_workers=2, lease_seconds=3) as voice:
        for name in ("one", "two"):
            await voice.client.lease(api.ConversationPlan(name))
        with pytest.raises(NoWorker, match="every worker talks"):
            await voice.client.lease(api.ConversationPlan("three"))
        await voice.heard(api.LeaseUnused)
        await voice.state(lambda state: state.warm > 0)
        await voice.client.lease(api.ConversationPlan("four"))


async def test_a_name_that_leaves_the_folder_is_refused(voice: VoiceUnderTest) -> None:
    with pytest.raises(NoWorker):
        await voice.client.lease(api.ConversationPlan("../../etc"))


async def test_a_killed_worker_is_told_and_replaced_and_its_recording_is_playable(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller:
        await answer(voice, caller)
        await caller.sound.say(2.5)
        killed_ms = time.time_ns() // 1_000_000
        worker = await voice.kill_worker(ONE)
        closed = await voice.heard(api.RecordingClosed)
        told = await voice.heard(api.ConversationLost)
        assert "signal 9" in told.why
        assert told.sip_contact == f"w{caller.ua.edge[1]}"
        [started] = [t.fact for t in voice.told if isinstance(t.fact, api.RecordingStarted)]
        assert started.started_ms + closed.duration_ms > killed_ms - 1000
        sound = recorded(voice, "caller")
        assert len(sound) / 8 == pytest.approx(closed.duration_ms, abs=2)
        assert tone_ms(sound, CALLER_HZ) > 1200
        await gone(worker)
        await voice.state(lambda state: state.warm >= 1 and state.busy == 0)


async def test_a_live_recording_is_playable_while_the_talk_goes_on(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller:
        await answer(voice, caller)
        await caller.sound.hear(3.0)
        assert len(recorded(voice, "caller")) > 8000
        caller.within("BYE")
        await voice.heard(api.ConversationEnded)


async def test_a_worker_that_hangs_is_asked_for_its_stack_and_killed(tmp_path: Path) -> None:
    async with voice_in(tmp_path / "data", reply_seconds=2) as voice, caller_of(voice) as caller:
        await answer(voice, caller)
        worker = await voice.worker_of(ONE)
        os.kill(worker, signal.SIGSTOP)
        told = await voice.heard(api.ConversationLost, seconds=20)
        assert "did not answer" in told.why
        await gone(worker)


async def test_facts_are_told_again_until_they_are_acknowledged(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller:
        await answer(voice, caller)
        before = list(voice.told)
        await voice.client.acknowledge(ONE, 1)
        await voice.client.stop()
        caller.within("BYE")
        await asyncio.to_thread(wait_until, lambda: "ConversationEnded" in journal_of(voice), "the last fact")
        again: list[api.Told] = []
        everything = asyncio.Event()

        def hear(told: api.Told) -> None:
            again.append(told)
            if isinstance(told.fact, api.LAST_FACTS):
                everything.set()

        core = VoiceClient(Path(voice.settings["data"]) / "run" / "voice.sock")
        [alive] = await core.start(hear, lambda state: None)
        try:
            assert (alive.conversation, alive.living) == (ONE, False)
            await asyncio.wait_for(everything.wait(), 20)
            assert again[: len(before) - 1] == before[1:]
            assert [told.number for told in again] == list(range(2, alive.last_number + 1))
            await core.acknowledge(ONE, alive.last_number)
            note = voice.folder / ONE / "conversation.json"
            await asyncio.to_thread(wait_until, lambda: not note.exists(), "the conversation to be forgotten")
            assert (voice.folder / ONE / "caller.wav").exists()
        finally:
            await core.stop()


def journal_of(voice: VoiceUnderTest) -> str:
    return (voice.folder / ONE / "facts.jsonl").read_text()


async def test_a_talk_goes_on_while_the_core_is_gone(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller:
        await answer(voice, caller)
        await voice.client.stop()
        await caller.sound.hear(1.0)
        core = VoiceClient(Path(voice.settings["data"]) / "run" / "voice.sock")
        [alive] = await core.start(voice.hear, voice.changed)
        try:
            assert (alive.conversation, alive.living) == (ONE, True)
            await core.order(ONE, api.Hangup("caller"))
            caller.ua.reply(await caller.ua.heard("BYE"), 200)
            await voice.heard(api.ConversationEnded)
        finally:
            await core.stop()


async def test_when_the_keeper_is_killed_its_workers_hang_up_and_the_next_one_tells_of_the_loss(
    voice: VoiceUnderTest,
) -> None:
    async with caller_of(voice) as caller:
        await answer(voice, caller)
        await caller.sound.hear(1.5)
        processes = [*workers_of(keeper_pid(voice)), *children(keeper_pid(voice))]
        killed_ms = time.time_ns() // 1_000_000
        await voice.stop_keeper(signal.SIGKILL)
        bye = await caller.ua.heard("BYE")
        took_ms = (caller.ua.reply(bye, 200).at_ns - bye.at_ns) // 1_000_000  # until then the worker had to wait
        await gone(*processes)
        await voice.state(lambda state: not state.connected)
        with pytest.raises(VoiceUnavailable):
            await voice.client.lease(api.ConversationPlan("two"))
        await asyncio.sleep(1)
        heard = len(voice.told)
        voice.start_keeper()
        await voice.heard(api.ConversationLost)
        [told] = lost(voice)
        assert killed_ms - 800 <= told.at_ms <= killed_ms + took_ms + 800
        again = voice.told[heard:]
        assert [fact.number for fact in again] == list(range(1, told.number + 1))
        [closed] = [fact.fact for fact in again if isinstance(fact.fact, api.RecordingClosed)]
        assert closed.duration_ms == pytest.approx(len(recorded(voice, "caller")) / 8, abs=2)
        assert closed.duration_ms > 1000
        await voice.state(lambda state: state.warm > 0)


async def test_when_the_zygote_is_killed_talks_go_on_and_new_workers_come(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller:
        await answer(voice, caller)
        [zygote] = children(keeper_pid(voice))
        os.kill(zygote, signal.SIGKILL)
        await gone(zygote)
        await caller.sound.hear(1.0)
        await asyncio.to_thread(wait_until, lambda: children(keeper_pid(voice)), "another zygote")
        caller.within("BYE")
        await voice.heard(api.ConversationEnded)
        await voice.state(lambda state: state.warm == 1 and state.busy == 0)
        await voice.client.lease(api.ConversationPlan("two"))


async def test_a_stop_hangs_up_every_talk_and_leaves_no_process(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller:
        await answer(voice, caller)
        processes = [*workers_of(keeper_pid(voice)), *children(keeper_pid(voice))]
        stopping = asyncio.create_task(voice.stop_keeper())
        caller.ua.reply(await caller.ua.heard("BYE"), 200)
        assert await stopping == 0
        await gone(*processes)
        await voice.heard(api.ConversationEnded)
        assert "ConversationEnded" in journal_of(voice)


async def test_without_pjsua2_the_keeper_says_why_there_are_no_workers(tmp_path: Path) -> None:
    (tmp_path / "wheel").mkdir()
    (tmp_path / "wheel" / "pjsua2.py").write_text("raise ImportError('no such module')\n")
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join((str(tmp_path / "wheel"), root))
    async with voice_in(tmp_path / "data", environment={"PYTHONPATH": path}) as voice:
        state = await voice.state(lambda state: bool(state.connected and state.reason))
        assert "no pjsua2 for this processor" in state.reason
        with pytest.raises(NoWorker, match="no pjsua2"):
            await voice.client.lease(api.ConversationPlan(ONE))


async def test_workers_that_cannot_start_are_tried_again_ever_later(tmp_path: Path) -> None:
    async with voice_in(tmp_path / "data", start=False) as voice:
        taken = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(5)]
        try:
            for slot, sock in enumerate(taken):
                sock.bind(("127.0.0.1", int(voice.settings["voice_port"]) + slot))
            voice.start_keeper()
            state = await voice.state(lambda state: bool(state.connected and state.reason))
            assert state.warm == 0
            with pytest.raises(NoWorker):
                await voice.client.lease(api.ConversationPlan(ONE))
        finally:
            for sock in taken:
                sock.close()
        await voice.state(lambda state: state.warm > 0 and not state.reason, seconds=30)


async def test_a_second_keeper_on_the_same_folder_gives_up(voice: VoiceUnderTest, tmp_path: Path) -> None:
    first = voice.process
    second = voice.start_keeper()
    try:
        assert await asyncio.to_thread(second.wait, 30) == 1
    finally:
        voice.process = first
    await arrive_again(voice)


async def arrive_again(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller:
        await arrive(voice, caller)


async def test_an_idle_keeper_and_its_workers_come_to_rest(voice: VoiceUnderTest) -> None:
    await voice.state(lambda state: state.warm == 1 and state.pss_kib > 0)
    pids = [keeper_pid(voice), *children(keeper_pid(voice)), *workers_of(keeper_pid(voice))]

    def slept_for_a_second() -> bool:
        before = sum(map(wake_ups, pids))
        time.sleep(1)
        return sum(map(wake_ups, pids)) == before

    await asyncio.to_thread(wait_until, slept_for_a_second, "a second without a wake-up")


def wake_ups(pid: int) -> int:
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        [line] = [line for line in status.read_text().splitlines() if line.startswith("voluntary_ctxt")]
        total += int(line.split()[1])
    return total


async def test_the_socket_is_for_its_own_user_only(voice: VoiceUnderTest) -> None:
    path = Path(voice.settings["data"]) / "run" / "voice.sock"
    assert (await asyncio.to_thread(path.stat)).st_mode & 0o777 == 0o600
