"""What an agent's call bar asks of a real worker: mute, listen, whisper, record, expect, measure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sip import api
from sip.errors import NoWorker
from tests.simulators.audio import longest_pause_ms, tone_ms
from tests.support.talk import (
    AGENT_HZ,
    CALLER_HZ,
    ONE,
    Far,
    agent_of,
    answer,
    caller_of,
    lost_of,
    pick_up,
    recorded,
    talk,
    third_of,
)
from tests.support.tones import ends_with, hear
from tests.support.voice import VoiceUnderTest, voice_in

pytestmark = pytest.mark.sip


@pytest.fixture
async def voice(tmp_path: Path) -> AsyncIterator[VoiceUnderTest]:
    async with voice_in(tmp_path / "data", stop_seconds=0.2) as voice:
        yield voice


async def call_third(voice: VoiceUnderTest, agent: Far, third: Far) -> None:
    """Call one more phone into the conversation."""
    await voice.client.order(ONE, api.Originate("third", api.Extensions(("103",)), api.Identity("103")))
    invite = await agent.ua.wait_for(lambda m: m.uri.startswith("sip:103@"))
    assert invite is not None
    await pick_up(voice, third, invite)


async def hang_up(voice: VoiceUnderTest, agent: Far, *legs: str) -> None:
    """End the conversation from inside."""
    await voice.client.order(ONE, *(api.Hangup(leg) for leg in legs))
    agent.ua.reply(await agent.ua.heard("BYE"), 200)
    await voice.heard(api.ConversationEnded)


async def test_a_muted_leg_is_heard_by_nobody_and_by_no_recording_but_hears(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await talk(voice, caller, agent)
        await asyncio.gather(hear(caller, "agent"), hear(agent, "caller"))
        await voice.client.order(ONE, api.Mute("agent"), api.Mute("agent"))
        await asyncio.gather(hear(caller), hear(agent, "caller"))
        await caller.sound.hear(0.5)
        await voice.client.order(ONE, api.Unmute("agent"))
        await asyncio.gather(hear(caller, "agent"), hear(agent, "caller"))
        caller.within("BYE")
        await hang_up(voice, agent, "agent")
    assert longest_pause_ms(recorded(voice, "agent"), AGENT_HZ) >= 500, "the time is kept, without the agent"
    assert tone_ms(recorded(voice, "agent"), CALLER_HZ) < 100, "and nobody else is in it"


async def test_a_supervisor_listens_then_whispers_then_joins_in(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent, third_of(agent) as third:
        await talk(voice, caller, agent)
        await call_third(voice, agent, third)
        listen = (api.Listen("third", "caller"), api.Listen("third", "agent"))
        await voice.client.order(ONE, *listen, *listen)
        await asyncio.gather(hear(third, "caller", "agent"), hear(caller, "agent"), hear(agent, "caller"))
        await voice.client.order(ONE, api.Listen("agent", "third"))
        await asyncio.gather(hear(third, "caller", "agent"), hear(caller, "agent"), hear(agent, "caller", "third"))
        await voice.client.order(ONE, api.Bridge("caller", "third"), api.Bridge("agent", "third"))
        await asyncio.gather(hear(caller, "agent", "third"), hear(agent, "caller", "third"))
        gone = (api.Unbridge("caller", "third"), api.Unbridge("agent", "third"), api.Unlisten("agent", "third"))
        await voice.client.order(ONE, *gone, api.Unlisten("third", "caller"), api.Unlisten("third", "nobody"))
        await asyncio.gather(hear(third, "agent"), hear(caller, "agent"), hear(agent, "caller"))
        await voice.client.order(ONE, api.Mute("agent"))
        await asyncio.gather(hear(third), hear(caller))
        assert not [told for told in voice.told if isinstance(told.fact, api.OrderFailed)]


async def test_a_leg_is_recorded_only_while_that_is_ordered_and_each_time_into_another_file(
    voice: VoiceUnderTest,
) -> None:
    plan = api.ConversationPlan(ONE, record=False)
    async with caller_of(voice, plan) as caller, agent_of(voice, caller) as agent:
        await talk(voice, caller, agent)
        await hear(caller, "agent")
        for file in ("caller.wav", "caller.2.wav"):
            record = api.Record("caller", True)
            await voice.client.order(ONE, record, record)
            assert (await voice.heard(api.RecordingStarted)).file == file
            await asyncio.gather(hear(agent, "caller"), caller.sound.say(0.8))
            await voice.client.order(ONE, api.Record("caller", False), api.Record("caller", False))
            closed = await voice.heard(api.RecordingClosed)
            assert (closed.leg, closed.file) == ("caller", file)
            assert closed.duration_ms > 400
        await voice.client.order(ONE, api.Record("nobody", False), api.Record("nobody", True))
        assert (await voice.heard(api.OrderFailed)).order == "Record"
    assert {path.name for path in (voice.folder / ONE).glob("*.wav")} == {"caller.wav", "caller.2.wav"}
    assert ends_with(recorded(voice, "caller"), "caller")


async def test_a_second_file_that_a_killed_worker_leaves_belongs_to_its_leg(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller:
        await answer(voice, caller)
        await voice.client.order(ONE, api.Record("caller", False))
        assert (await voice.heard(api.RecordingClosed)).file == "caller.wav"
        await voice.client.order(ONE, api.Record("caller", True))
        await voice.heard(api.RecordingStarted, lambda fact: fact.file == "caller.2.wav")
        await voice.kill_worker(ONE)
        closed = await voice.heard(api.RecordingClosed)
        assert (closed.leg, closed.file) == ("caller", "caller.2.wav")


async def test_a_leg_that_is_not_to_be_recorded_is_not_even_when_the_plan_says_all(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await answer(voice, caller)
        call = api.Originate("agent", api.Extensions(("102",)), api.Identity("101"))
        await voice.client.order(ONE, call, api.Record("agent", False), api.Bridge("caller", "agent"))
        await pick_up(voice, agent, await agent.ua.heard("INVITE"))
        await hear(caller, "agent")
        await hang_up(voice, agent, "agent", "caller")
    assert [told.fact.leg for told in voice.told if isinstance(told.fact, api.RecordingStarted)] == ["caller"]


async def test_an_expected_call_becomes_its_leg_and_any_other_is_refused(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, third_of(caller) as third:
        await answer(voice, caller)
        expect = api.Expect("pickup", "known@office")
        await voice.client.order(ONE, expect, expect)
        await voice.client.measure(ONE)  # answered after every order before it
        stray = third.ua.request("INVITE", "sip:box@127.0.0.1", body=third.sound.sdp())
        invite = third.ua.request("INVITE", "sip:*8@127.0.0.1", {"Call-ID": "known@office"}, third.sound.sdp())
        assert await voice.heard(api.LegArrived) == api.LegArrived("pickup", "known@office")
        assert (await third.ua.answered(stray.header("Call-ID"))).code == 486
        await voice.client.order(ONE, api.Answer("pickup"), api.Bridge("caller", "pickup"))
        ok = await third.ua.answered("known@office", 200)
        third.dialog = third.ua.dialog_of_answer(invite, ok)
        third.within("ACK")
        third.sound.speak_to(ok.body)
        await asyncio.gather(hear(caller, "third"), hear(third, "caller"))
        await voice.client.order(ONE, api.Expect("pickup", "late@office"))  # the name is used up
        late = third.ua.request("INVITE", "sip:*8@127.0.0.1", {"Call-ID": "late@office"}, third.sound.sdp())
        assert (await third.ua.answered(late.header("Call-ID"))).code == 486


async def test_a_call_may_be_expected_after_it_has_come(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, third_of(caller) as third:
        await answer(voice, caller)
        third.ua.request("INVITE", "sip:*8@127.0.0.1", {"Call-ID": "early@office"}, third.sound.sdp())
        await third.ua.answered("early@office", 100)
        await voice.client.order(ONE, api.Expect("pickup", "early@office"))
        assert await voice.heard(api.LegArrived) == api.LegArrived("pickup", "early@office")


async def test_a_call_has_the_call_id_it_is_given_and_says_that_it_was_ordered(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await answer(voice, caller)
        shown = api.Identity("101", "김철수")
        join = api.Originate("other", api.Conversation("w15104"), shown, sip_call_id="joined@office")
        phone = api.Originate("agent", api.Extensions(("102",)), shown, answers_itself=True)
        await voice.client.order(ONE, join, phone)
        first, second = await agent.ua.heard("INVITE"), await agent.ua.heard("INVITE")
        assert (first.uri, first.header("Call-ID")) == ("sip:w15104@127.0.0.1", "joined@office")
        assert first.header("X-Soribox-Ordered")
        assert not first.header("Alert-Info")
        assert second.header("Call-Info") == "<sip:127.0.0.1>;answer-after=0"
        assert second.header("Alert-Info") == "<http://www.notused.com>;info=alert-autoanswer;delay=0"


async def test_the_figures_of_a_call_are_told_while_it_goes_on(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        with pytest.raises(NoWorker):
            await voice.client.measure("nobody")
        assert await voice.client.measure(ONE) == ()
        await talk(voice, caller, agent)
        await asyncio.gather(hear(caller, "agent"), hear(agent, "caller"))
        first = {leg.leg: leg.quality.received for leg in await voice.client.measure(ONE)}
        assert first.keys() == {"caller", "agent"}
        caller.sound.lose(7)
        await caller.sound.say(0.3)
        second = await lost_of(voice, caller, 7)
        assert second["caller"].received > first["caller"] > 0
        assert second["caller"].lost == 7
        assert second["agent"].lost == 0
