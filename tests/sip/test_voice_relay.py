"""Real talks that the relay takes over and gives back: what both phones hear, and what is recorded."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sip import api
from tests.simulators.audio import longest_pause_ms, tone_ms
from tests.support.sockets import holds, relay_among, sockets, udp_inodes
from tests.support.sound import power, tone, write_wav
from tests.support.talk import (
    AGENT_HZ,
    CALLER_HZ,
    ONE,
    Far,
    agent_of,
    caller_of,
    is_recorded_to_its_end,
    recorded,
    talk,
)
from tests.support.tones import hear
from tests.support.voice import VoiceUnderTest, children, voice_in, workers_of
from tests.support.waiting import wait_until

pytestmark = pytest.mark.sip

CLEAR, QUIET = 0.15, 0.03


@pytest.fixture
async def voice(tmp_path: Path) -> AsyncIterator[VoiceUnderTest]:
    async with voice_in(tmp_path / "data", log_level="debug") as voice:
        yield voice


async def relay_of(voice: VoiceUnderTest) -> int:
    """Return the relay's process, once there is one."""

    def find() -> int | None:
        assert voice.process is not None
        return relay_among(workers_of(voice.process.pid), Path(voice.settings["data"]) / "run")

    await asyncio.to_thread(wait_until, find, "the relay")
    return find() or 0


async def is_taken(relay: int, far: Far) -> None:
    """Wait until the relay has the socket that this phone sends to."""
    assert far.sound._far is not None
    port = far.sound._far[1]
    await asyncio.to_thread(wait_until, lambda: holds(relay, port), "the relay to have the talk")


async def relayed(voice: VoiceUnderTest, caller: Far, agent: Far) -> int:
    """Bring a talk into the relay's hands; returns its process."""
    await talk(voice, caller, agent)
    relay = await relay_of(voice)
    await is_taken(relay, caller)
    return relay


async def test_the_relay_takes_over_unheard_and_both_are_recorded(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await relayed(voice, caller, agent)
        heard = await asyncio.gather(caller.sound.hear(1.0), agent.sound.hear(1.0))
        assert power(heard[0], AGENT_HZ) > CLEAR
        assert power(heard[1], CALLER_HZ) > CLEAR
        assert caller.sound.is_one_stream()
        assert agent.sound.is_one_stream()
        await hang_up(voice, caller, agent)
    assert power(recorded(voice, "caller")[4000:], CALLER_HZ) > CLEAR
    assert power(recorded(voice, "agent")[4000:], AGENT_HZ) > CLEAR
    assert not list((voice.folder / ONE).glob("caller.2.wav"))


async def hang_up(voice: VoiceUnderTest, caller: Far, agent: Far) -> None:
    """End the talk from the caller's side."""
    caller.within("BYE")
    await voice.heard(api.LegEnded)
    await voice.client.order(ONE, api.Hangup("agent"))
    agent.ua.reply(await agent.ua.heard("BYE"), 200)
    await voice.heard(api.ConversationEnded)


async def test_a_hold_takes_the_sound_back_and_a_retrieve_lets_the_relay_have_it_again(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        relay = await relayed(voice, caller, agent)
        await voice.client.order(ONE, api.Hold("caller"))
        await asyncio.gather(hear(caller), hear(agent))
        heard = await asyncio.gather(caller.sound.hear(0.6), agent.sound.hear(0.6))
        assert power(heard[0], AGENT_HZ) < QUIET
        assert power(heard[1], CALLER_HZ) < QUIET
        await voice.client.order(ONE, api.Retrieve("caller"))
        await hear(caller, "agent")
        assert power(await caller.sound.hear(0.5), AGENT_HZ) > CLEAR
        await is_taken(relay, caller)
        assert power(await caller.sound.hear(0.5), AGENT_HZ) > CLEAR
        assert caller.sound.is_one_stream()
        assert agent.sound.is_one_stream()
        hung_up_ms = time.time_ns() // 1_000_000
        await hang_up(voice, caller, agent)
    for leg in ("caller", "agent"):
        assert is_recorded_to_its_end(voice, leg, hung_up_ms), leg


async def test_a_mute_takes_the_sound_back_and_its_end_lets_the_relay_have_it_again(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        relay = await relayed(voice, caller, agent)
        await voice.client.order(ONE, api.Mute("agent"))
        await asyncio.gather(hear(caller), hear(agent, "caller"))
        await caller.sound.hear(0.5)
        await voice.client.order(ONE, api.Unmute("agent"))
        await asyncio.gather(hear(caller, "agent"), hear(agent, "caller"))
        await is_taken(relay, caller)
        await voice.client.order(ONE, api.Listen("agent", "agent"))
        await hear(agent, "caller", "agent")
        assert caller.sound.is_one_stream()
        await hang_up(voice, caller, agent)
    assert longest_pause_ms(recorded(voice, "agent"), AGENT_HZ) >= 500, "the time is kept, and nobody is in it"


async def test_a_relayed_talk_is_measured_without_being_taken_back(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        relay = await relayed(voice, caller, agent)
        # What is lost in the very moment of being lent is counted by nobody.
        await asyncio.gather(caller.sound.hear(0.2), agent.sound.hear(0.2))
        first = {leg.leg: leg.quality.received for leg in await voice.client.measure(ONE)}
        caller.sound.lose(5)
        await caller.sound.hear(0.4)
        second = {leg.leg: leg.quality for leg in await voice.client.measure(ONE)}
        assert second["caller"].received > first["caller"] + 10
        assert (second["caller"].lost, second["agent"].lost) == (5, 0)
        assert caller.sound._far is not None
        assert holds(relay, caller.sound._far[1])
        await voice.client.order(ONE, api.Hold("caller"))
        third = {leg.leg: leg.quality for leg in await voice.client.measure(ONE)}
        assert third["caller"].received >= second["caller"].received
        assert third["caller"].lost == 5


async def test_a_talk_is_measured_also_when_the_relay_has_just_died(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        relay = await relayed(voice, caller, agent)
        os.kill(relay, signal.SIGSTOP)
        assert {leg.leg for leg in await voice.client.measure(ONE)} == {"caller", "agent"}
        os.kill(relay, signal.SIGKILL)
        await asyncio.gather(hear(caller, "agent"), hear(agent, "caller"))


async def test_a_prompt_for_both_is_heard_over_the_talk(voice: VoiceUnderTest, tmp_path: Path) -> None:
    file = write_wav(tmp_path / "prompt.wav", tone(900.0, 1.0))
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await relayed(voice, caller, agent)
        await voice.client.order(ONE, api.Play("hello", str(file), ("caller", "agent")))
        heard = await asyncio.gather(caller.sound.hear(0.8), agent.sound.hear(0.8))
        assert power(heard[0][3200:], 900.0) > CLEAR
        assert power(heard[1][3200:], 900.0) > CLEAR
        assert await voice.heard(api.PlayEnded) == api.PlayEnded("hello", whole=True)
        assert caller.sound.is_one_stream()


async def test_keys_pressed_in_a_relayed_talk_are_told_once_each(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await relayed(voice, caller, agent)
        for digit in "59":
            caller.sound.press(digit)
            assert await voice.heard(api.DigitHeard) == api.DigitHeard("caller", digit)
            await caller.sound.hear(0.3)
        await voice.client.order(ONE, api.SendDigits("agent", "7"))
        async with asyncio.timeout(20):
            while not agent.sound.digits:
                await agent.sound.hear(0.1)
        assert agent.sound.digits == "7"
        assert not [told for told in voice._unseen if isinstance(told.fact, api.DigitHeard)]


async def test_a_far_hold_by_reinvite_is_served_at_once(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await relayed(voice, caller, agent)
        agent.sound.fall_silent()
        reinvite = agent.within("INVITE", body=agent.sound.sdp("sendonly", version=2))
        await agent.ua.answered(reinvite.header("Call-ID"), 200)
        agent.within("ACK")
        assert await voice.heard(api.LegHeld) == api.LegHeld("agent")
        music = await caller.sound.hear(1.0)
        assert max(abs(sample) for sample in music[4000:]) > 500


async def test_quality_counts_across_the_mixer_and_the_relay(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await talk(voice, caller, agent)
        await caller.sound.hear(0.1)
        caller.sound.lose(4)
        relay = await relay_of(voice)
        await is_taken(relay, caller)
        await caller.sound.hear(0.4)
        caller.sound.lose(5)
        await caller.sound.hear(0.4)
        await voice.client.order(ONE, api.Hold("caller"))
        await caller.sound.hear(0.3)
        caller.sound.lose(6)
        await caller.sound.hear(0.3)
        caller.within("BYE")
        ended = await voice.heard(api.LegEnded)
        assert ended.quality is not None
        assert ended.quality.lost == 15
        assert ended.quality.received >= 80


async def test_a_killed_relay_is_hardly_heard_and_the_talk_is_recorded_on(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        relay = await relayed(voice, caller, agent)
        await caller.sound.hear(0.5)
        before, began = caller.sound.packets, time.monotonic()
        os.kill(relay, signal.SIGKILL)
        await asyncio.gather(caller.sound.hear(1.0), agent.sound.hear(1.0))
        assert time.monotonic() - began < 1.3
        assert caller.sound.packets > before
        sources = {source for source, _, _ in caller.sound.numbers}
        assert len(sources) == 1
        assert await relay_of(voice) != relay  # another one serves the next talk
        await hang_up(voice, caller, agent)
    assert len(list((voice.folder / ONE).glob("caller*.wav"))) >= 2
    assert tone_ms(recorded(voice, "caller")[-8000:], CALLER_HZ) > 500


async def test_a_killed_worker_takes_its_talk_from_the_relay_and_what_was_said_is_kept(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        relay = await relayed(voice, caller, agent)
        await caller.sound.hear(1.0)
        await voice.kill_worker(ONE)
        await voice.heard(api.ConversationLost)
        closed = {told.fact.leg: told.fact for told in voice.told if isinstance(told.fact, api.RecordingClosed)}
        assert closed["caller"].duration_ms >= 1000
        await asyncio.to_thread(wait_until, lambda: not sockets(relay) & udp_inodes(), "the relay to let go")


async def test_a_keeper_that_stops_waits_for_no_relay(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        relay = await relayed(voice, caller, agent)
        stopping = asyncio.create_task(voice.stop_keeper())
        agent.ua.reply(await agent.ua.heard("BYE"), 200)
        caller.ua.reply(await caller.ua.heard("BYE"), 200)
        assert await stopping == 0
        await asyncio.to_thread(wait_until, lambda: not sockets(relay), "the relay to end")
        assert children(relay) == []
