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
    check_recorded_to_its_end,
    lost_of,
    recorded,
    talk,
)
from tests.support.tones import hear, sounds
from tests.support.voice import VoiceUnderTest, children, voice_in, workers_of
from tests.support.waiting import wait_until

pytestmark = pytest.mark.sip

QUIET = 0.03


@pytest.fixture
async def voice(tmp_path: Path) -> AsyncIterator[VoiceUnderTest]:
    """A relay that has no processor for a moment is waited for here; how soon one must answer is another matter."""
    async with voice_in(tmp_path / "data", log_level="debug", relay_seconds=3.0) as voice:
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


def silences(voice: VoiceUnderTest) -> int:
    """Return how often the relay gave a talk back because a phone said nothing, as ours do without a processor."""
    return voice.log.read_text().count("the relay gives back: silent")


async def test_the_relay_takes_over_unheard_and_both_are_recorded(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await relayed(voice, caller, agent)
        await asyncio.gather(caller.sound.say(1.0), agent.sound.say(1.0))
        await asyncio.gather(hear(caller, "agent"), hear(agent, "caller"))
        assert caller.sound.is_one_stream()
        assert agent.sound.is_one_stream()
        await hang_up(voice, caller, agent)
    assert tone_ms(recorded(voice, "caller"), CALLER_HZ) > 800
    assert tone_ms(recorded(voice, "agent"), AGENT_HZ) > 800
    assert len(list((voice.folder / ONE).glob("caller.*.wav"))) <= silences(voice)


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
        await is_taken(relay, caller)
        await asyncio.gather(hear(caller, "agent"), hear(agent, "caller"))
        assert caller.sound.is_one_stream()
        assert agent.sound.is_one_stream()
        said_until_ms = {"caller": caller.sound.said_until_ms, "agent": agent.sound.said_until_ms}
        await hang_up(voice, caller, agent)
    for leg, far in (("caller", caller), ("agent", agent)):
        check_recorded_to_its_end(voice, leg, far, said_until_ms[leg], beyond_ms=100)


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
    assert longest_pause_ms(recorded(voice, "agent"), AGENT_HZ) >= 500, "the time is kept, without the agent"
    assert tone_ms(recorded(voice, "agent"), CALLER_HZ) < 100, "and nobody else is in it"


async def test_a_relayed_talk_is_measured_without_being_taken_back(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        relay = await relayed(voice, caller, agent)
        # What is lost in the very moment of being lent is counted by nobody.
        await asyncio.gather(caller.sound.say(0.2), agent.sound.say(0.2))
        first = {leg.leg: leg.quality.received for leg in await voice.client.measure(ONE)}
        caller.sound.lose(5)
        await caller.sound.say(0.4)
        second = await lost_of(voice, caller, 5)
        assert second["caller"].received > first["caller"] + 10
        assert (second["caller"].lost, second["agent"].lost) == (5, 0)
        assert caller.sound._far is not None
        assert holds(relay, caller.sound._far[1]) or silences(voice)
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


async def test_a_relay_that_does_not_give_the_sound_back_is_done_without(tmp_path: Path) -> None:
    async with voice_in(tmp_path / "data") as voice, caller_of(voice) as caller, agent_of(voice, caller) as agent:
        relay = await relayed(voice, caller, agent)
        os.kill(relay, signal.SIGSTOP)
        await voice.client.order(ONE, api.Mute("agent"))
        await asyncio.gather(hear(caller), hear(agent, "caller"))
        os.kill(relay, signal.SIGKILL)


async def test_a_prompt_for_both_is_heard_over_the_talk(voice: VoiceUnderTest, tmp_path: Path) -> None:
    file = write_wav(tmp_path / "prompt.wav", tone(900.0, 1.0))
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await relayed(voice, caller, agent)
        await voice.client.order(ONE, api.Play("hello", str(file), ("caller", "agent")))
        await asyncio.gather(sounds(caller, 900.0), sounds(agent, 900.0))
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
        await caller.sound.say(0.1)
        caller.sound.lose(4)
        relay = await relay_of(voice)
        await is_taken(relay, caller)
        await caller.sound.say(0.5)
        caller.sound.lose(5)
        await caller.sound.say(0.5)
        await voice.client.order(ONE, api.Hold("caller"))
        await caller.sound.say(0.3)
        caller.sound.lose(6)
        await caller.sound.say(0.3)
        await lost_of(voice, caller, 15)
        caller.within("BYE")
        ended = await voice.heard(api.LegEnded)
        assert ended.quality is not None
        assert ended.quality.lost == 15
        assert ended.quality.received >= 80


async def second_after_ns(phone: Far, since_ns: int) -> int:
    """Return when a phone had heard a second of sound since then, by the kernel: it may itself look late."""
    while len(late := [at for at in phone.sound.arrivals if at > since_ns]) < 50:
        await phone.sound.hear(0.1)
    return late[49]


async def test_a_killed_relay_is_hardly_heard_and_the_talk_is_recorded_on(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        relay = await relayed(voice, caller, agent)
        await caller.sound.hear(0.5)
        killed_ns = time.time_ns()
        os.kill(relay, signal.SIGKILL)
        for phone in (caller, agent):
            assert await second_after_ns(phone, killed_ns) - killed_ns < 1_300_000_000
        sources = {source for source, _, _ in caller.sound.numbers}
        assert len(sources) == 1
        assert await relay_of(voice) != relay  # another one serves the next talk
        await hang_up(voice, caller, agent)
    assert len(list((voice.folder / ONE).glob("caller*.wav"))) >= 2
    assert tone_ms(recorded(voice, "caller")[-8000:], CALLER_HZ) > 500


async def test_a_killed_worker_takes_its_talk_from_the_relay_and_what_was_said_is_kept(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        relay = await relayed(voice, caller, agent)
        await caller.sound.say(1.0)
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
