"""A real worker talks with a raw phone on each side: signalling, sound, recordings, keys."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from sip import api
from tests.simulators.audio import tone_ms
from tests.support.sound import power, tone, write_wav
from tests.support.talk import (
    AGENT_HZ,
    CALLER_HZ,
    ONE,
    ORIGINATE,
    Far,
    agent_of,
    answer,
    arrive,
    caller_of,
    check_recorded_to_its_end,
    lost_of,
    pick_up,
    recorded,
    talk,
)
from tests.support.tones import hear, sounds
from tests.support.voice import VoiceUnderTest, voice_in

pytestmark = pytest.mark.sip

PROMPT_HZ = 900.0
QUIET = 0.03


@pytest.fixture
async def voice(tmp_path: Path) -> AsyncIterator[VoiceUnderTest]:
    async with voice_in(tmp_path / "data") as voice:
        yield voice


async def presses(far: Far, digits: str) -> None:
    """Wait until a phone was sent as many keys; they must be these."""
    async with asyncio.timeout(20):
        while len(far.sound.digits) < len(digits):
            await far.sound.hear(0.1)
    assert far.sound.digits == digits


def late(samples: array[int]) -> array[int]:
    """What was heard after the jitter buffer filled."""
    return samples[len(samples) // 2 :]


async def test_a_call_is_answered_and_recorded_and_ends_with_its_caller(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller:
        answered = await answer(voice, caller)
        assert answered.codec.startswith("PCMA")
        await caller.sound.say(1.0)
        await caller.sound.hear(0.2)
        caller.within("BYE", {"Reason": 'Q.850;cause=16;text="Normal"'})
        ended = await voice.heard(api.LegEnded)
        assert ended.by_far
        assert (ended.leg, ended.code) == ("caller", 200)
        assert "cause=16" in ended.reason
        assert ended.quality is not None
        assert ended.quality.received >= 45
        await voice.heard(api.RecordingClosed)
        await voice.heard(api.ConversationEnded)
    assert tone_ms(recorded(voice, "caller"), CALLER_HZ) > 600
    assert [told.number for told in voice.told] == list(range(1, len(voice.told) + 1))


async def test_two_bridged_legs_hear_each_other_and_each_is_recorded_apart(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await talk(voice, caller, agent)
        await asyncio.gather(caller.sound.say(1.0), agent.sound.say(1.0))
        await asyncio.gather(hear(caller, "agent"), hear(agent, "caller"))
        await voice.client.order(ONE, api.Hangup("agent", 200, "done"), api.Hangup("caller"))
        bye = await agent.ua.heard("BYE")
        assert "done" in bye.header("Reason")
        agent.ua.reply(bye, 200)
        caller.ua.reply(await caller.ua.heard("BYE"), 200)
        ended = [await voice.heard(api.LegEnded), await voice.heard(api.LegEnded)]
        assert {(leg.leg, leg.code, leg.by_far) for leg in ended} == {("agent", 200, False), ("caller", 200, False)}
        assert all(leg.quality is not None and leg.quality.received > 40 for leg in ended)
        await voice.heard(api.ConversationEnded)
    assert tone_ms(recorded(voice, "caller"), CALLER_HZ) > 600
    assert power(late(recorded(voice, "caller")), AGENT_HZ) < QUIET
    assert tone_ms(recorded(voice, "agent"), AGENT_HZ) > 600


async def test_both_tracks_are_complete_and_aligned_to_within_60_ms(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await talk(voice, caller, agent)
        await asyncio.gather(caller.sound.hear(3.0), agent.sound.hear(3.0))
        said_until_ms = {"caller": caller.sound.said_until_ms, "agent": agent.sound.said_until_ms}
        caller.within("BYE")
        await voice.heard(api.LegEnded)
        await voice.client.order(ONE, api.Hangup("agent"))
        agent.ua.reply(await agent.ua.heard("BYE"), 200)
        await voice.heard(api.ConversationEnded)
    answered_ms = {told.fact.leg: told.at_ms for told in voice.told if isinstance(told.fact, api.LegAnswered)}
    starts = [told.fact for told in voice.told if isinstance(told.fact, api.RecordingStarted)]
    for leg, far in (("caller", caller), ("agent", agent)):
        started_ms = min(fact.started_ms for fact in starts if fact.leg == leg)
        assert started_ms <= answered_ms[leg] + 60
        check_recorded_to_its_end(voice, leg, far, said_until_ms[leg])


async def test_the_called_phone_sees_the_caller_and_tells_its_name(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await answer(voice, caller)
        await voice.client.order(ONE, ORIGINATE)
        invite = await agent.ua.heard("INVITE")
        assert invite.uri == "sip:101+102@127.0.0.1"
        assert '"김철수" <sip:0212345678@127.0.0.1>' in invite.header("From")
        assert "0212345678" in invite.header("P-Asserted-Identity")
        assert invite.header("Contact") == f"<sip:w{caller.ua.edge[1]}@127.0.0.1:5060>"
        assert "a=rtpmap:101 telephone-event/8000" in invite.body
        assert " 101\r\n" in invite.body
        agent.ua.reply(invite, 180, headers={"X-Soribox-Extension": "102"})
        assert await voice.heard(api.LegProgress) == api.LegProgress("agent", 180, False, "102")
        answered = await pick_up(voice, agent, invite)
        assert (answered.leg, answered.extension) == ("agent", "101")
        assert answered.sip_call_id == invite.header("Call-ID")


async def test_a_withheld_number_is_not_shown(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await answer(voice, caller)
        withheld = api.Identity(presentation=api.Presentation.WITHHELD)
        outside = api.Originate("agent", api.Outside("7", "01012345678"), withheld, (("X-Test", "a\r\nEvil: b"),))
        await voice.client.order(ONE, outside)
        invite = await agent.ua.heard("INVITE")
        assert invite.uri == "sip:01012345678@trunk-7.invalid"
        assert "anonymous@anonymous.invalid" in invite.header("From")
        assert invite.header("Privacy") == "id"
        assert not invite.header("P-Asserted-Identity")
        assert not invite.header("Evil")


async def test_early_media_reaches_the_caller_before_the_answer(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        invite = await arrive(voice, caller)
        await voice.client.order(
            ONE, api.Ring("caller"), api.EarlyMedia("caller"), ORIGINATE, api.Bridge("caller", "agent")
        )
        await caller.ua.answered(invite.header("Call-ID"), 180)
        await caller.ua.answered(invite.header("Call-ID"), 183)
        out = await agent.ua.heard("INVITE")
        agent.ua.reply(out, 183, body=agent.sound.sdp())
        agent.sound.speak_to(out.body)
        progress = await voice.heard(api.LegProgress)
        assert progress.early_media
        await hear(caller, "agent")


async def test_a_caller_hears_a_phone_ring_without_the_core(voice: VoiceUnderTest) -> None:
    rings = replace(ORIGINATE, rings="caller")
    async with (
        caller_of(voice, api.ConversationPlan(ONE, opening=(rings,))) as caller,
        agent_of(voice, caller) as agent,
    ):
        invite = await arrive(voice, caller)
        out = await agent.ua.heard("INVITE")
        agent.ua.reply(out, 180)
        await caller.ua.answered(invite.header("Call-ID"), 180)


async def test_a_caller_who_gives_up_ends_with_487(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller:
        invite = await arrive(voice, caller)
        await voice.client.order(ONE, api.Ring("caller"))
        await caller.ua.answered(invite.header("Call-ID"), 180)
        caller.ua.cancel(invite)
        ended = await voice.heard(api.LegEnded)
        assert (ended.code, ended.by_far) == (487, True)
        await voice.heard(api.ConversationEnded)


@pytest.mark.parametrize("code", [486, 480, 404, 603])
async def test_a_refusal_is_passed_to_the_caller_with_its_code(voice: VoiceUnderTest, code: int) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        invite = await arrive(voice, caller)
        await voice.client.order(ONE, ORIGINATE)
        out = await agent.ua.heard("INVITE")
        agent.ua.reply(out, code, "No")
        ended = await voice.heard(api.LegEnded)
        assert (ended.leg, ended.code, ended.reason, ended.by_far) == ("agent", code, "No", True)
        await voice.client.order(ONE, api.Hangup("caller", code))
        assert (await caller.ua.answered(invite.header("Call-ID"))).code == code
        ended = await voice.heard(api.LegEnded)
        assert (ended.leg, ended.code, ended.by_far) == ("caller", code, False)


async def test_a_phone_that_still_rings_is_cancelled(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await answer(voice, caller)
        await voice.client.order(ONE, ORIGINATE)
        invite = await agent.ua.heard("INVITE")
        agent.ua.reply(invite, 180)
        await voice.heard(api.LegProgress)
        await voice.client.order(ONE, api.Hangup("agent"))
        agent.ua.reply(await agent.ua.heard("CANCEL"), 200)
        agent.ua.reply(invite, 487)
        ended = await voice.heard(api.LegEnded)
        assert (ended.leg, ended.code, ended.by_far) == ("agent", 487, False)
        assert len(await caller.sound.hear(0.2)) == 1600  # the caller is still on the line


async def test_a_prompt_is_heard_and_its_end_is_told(voice: VoiceUnderTest, tmp_path: Path) -> None:
    file = write_wav(tmp_path / "prompt.wav", tone(PROMPT_HZ, 1.0))
    async with caller_of(voice) as caller:
        await answer(voice, caller)
        await caller.sound.hear(0.2)
        await voice.client.order(ONE, api.Play("hello", str(file), ("caller",)))
        await sounds(caller, PROMPT_HZ)
        assert await voice.heard(api.PlayEnded) == api.PlayEnded("hello", whole=True)
        ended_ns = time.time_ns()
        while caller.sound.arrivals[-1] < ended_ns + 300_000_000:
            await caller.sound.hear(0.1)
        assert power(await caller.sound.hear(0.3), PROMPT_HZ) < QUIET
        assert tone_ms(caller.sound.heard, PROMPT_HZ) <= 1050


async def test_a_looped_prompt_goes_on_until_it_is_stopped(voice: VoiceUnderTest, tmp_path: Path) -> None:
    file = write_wav(tmp_path / "loop.wav", tone(PROMPT_HZ, 0.4))
    async with caller_of(voice) as caller:
        await answer(voice, caller)
        await voice.client.order(ONE, api.Play("loop", str(file), ("caller",), loop=True))
        async with asyncio.timeout(20):
            while tone_ms(caller.sound.heard, PROMPT_HZ) < 1000:
                await caller.sound.hear(0.2)
        await voice.client.order(ONE, api.StopPlay("loop"), api.StopPlay("loop"))
        assert await voice.heard(api.PlayEnded) == api.PlayEnded("loop", whole=False)


async def test_what_cannot_be_done_is_told_and_the_talk_goes_on(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller:
        await answer(voice, caller)
        await voice.client.order(
            ONE, api.Play("none", "/nonexistent.wav", ("caller",)), api.Bridge("caller", "nobody"), api.Hangup("nobody")
        )
        assert (await voice.heard(api.OrderFailed)).order == "Play"
        assert (await voice.heard(api.OrderFailed)).reason == "no such leg"
        await caller.sound.hear(0.5)


async def test_keys_pass_both_ways_as_events_and_as_info(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller:
        await answer(voice, caller)
        await caller.sound.hear(0.3)
        caller.sound.press("5")
        assert await voice.heard(api.DigitHeard) == api.DigitHeard("caller", "5")
        caller.within("INFO", {"Content-Type": "application/dtmf-relay"}, "Signal=#\r\nDuration=160\r\n")
        assert await voice.heard(api.DigitHeard) == api.DigitHeard("caller", "#")
        await voice.client.order(ONE, api.SendDigits("caller", "12"))
        await presses(caller, "12")


async def test_a_far_side_without_events_gets_digits_by_info(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller:
        await answer(voice, caller, codecs="8")
        await voice.client.order(ONE, api.SendDigits("caller", "7"))
        info = await caller.ua.heard("INFO")
        caller.ua.reply(info, 200)
        assert "Signal=" in info.body
        assert "7" in info.body


async def test_a_far_hold_is_told_and_the_other_side_hears_music(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await talk(voice, caller, agent)
        await caller.sound.hear(0.5)
        agent.sound.fall_silent()
        reinvite = agent.within("INVITE", body=agent.sound.sdp("sendonly", version=2))
        await agent.ua.answered(reinvite.header("Call-ID"), 200)
        agent.within("ACK")
        assert await voice.heard(api.LegHeld) == api.LegHeld("agent")
        music = late(await caller.sound.hear(2.0))
        assert max(abs(sample) for sample in music) > 500
        assert power(music, AGENT_HZ) < QUIET
        reinvite = agent.within("INVITE", body=agent.sound.sdp("sendrecv", version=3))
        ok = await agent.ua.answered(reinvite.header("Call-ID"), 200)
        agent.within("ACK")
        agent.sound.speak_to(ok.body)
        assert await voice.heard(api.LegResumed) == api.LegResumed("agent")
        await hear(caller, "agent")


async def test_our_hold_parts_a_leg_and_retrieve_joins_it_again(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await talk(voice, caller, agent)
        await voice.client.order(ONE, api.Hold("caller"))
        await asyncio.gather(hear(caller), hear(agent))
        heard = await asyncio.gather(caller.sound.hear(1.0), agent.sound.hear(1.0))
        assert power(heard[0], AGENT_HZ) < QUIET
        assert max(abs(sample) for sample in heard[0]) > 500
        assert power(heard[1], CALLER_HZ) < QUIET
        await voice.client.order(ONE, api.Retrieve("caller"))
        await hear(caller, "agent")


async def test_a_notify_that_nobody_wants_does_no_harm_to_a_talk(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await talk(voice, caller, agent)
        notify = agent.within("NOTIFY", {"Event": "keep-alive"})
        assert await agent.ua.final(notify) is not None
        await asyncio.gather(hear(caller, "agent"), hear(agent, "caller"))


async def test_a_second_call_to_a_busy_worker_is_refused_without_harm(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller:
        await answer(voice, caller)
        stray = caller.ua.request("INVITE", "sip:box@127.0.0.1", body=caller.sound.sdp())
        refused = await caller.ua.answered(stray.header("Call-ID"))
        assert refused.code == 486
        caller.ua.acknowledge(stray, refused)
        await caller.sound.hear(0.5)
        caller.within("BYE")
        await voice.heard(api.ConversationEnded)


async def test_orders_given_twice_are_carried_out_once(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        invite = await arrive(voice, caller)
        ring = api.Ring("caller")
        await voice.client.order(ONE, ring, ring, ORIGINATE, ORIGINATE)
        await caller.ua.answered(invite.header("Call-ID"), 180)
        out = await agent.ua.heard("INVITE")
        agent.ua.reply(out, 486)
        await voice.heard(api.LegEnded)
        await voice.client.order(ONE, ORIGINATE, api.Answer("caller"), api.Answer("caller"))
        await caller.ua.answered(invite.header("Call-ID"), 200)
        assert not [message for message in agent.ua.inbox if message.method == "INVITE" and not message.code]
        assert not [told for told in voice.told if isinstance(told.fact, api.OrderFailed)]


async def test_the_other_codecs_carry_sound(voice: VoiceUnderTest) -> None:
    for conversation, codec, name in (("u", "0", "PCMU"), ("w", "9", "G722")):
        async with caller_of(voice, api.ConversationPlan(conversation)) as caller:
            answered = await answer(voice, caller, codecs=f"{codec} 101", conversation=conversation)
            assert answered.codec.startswith(name)
            caller.within("BYE")
            await voice.heard(api.ConversationEnded)


async def test_an_invite_that_requires_prack_is_served(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller:
        invite = await arrive(voice, caller, headers={"Require": "100rel", "Supported": "100rel"})
        await voice.client.order(ONE, api.Ring("caller"))
        ringing = await caller.ua.answered(invite.header("Call-ID"), 180)
        assert "100rel" in ringing.header("Require")
        assert ringing.header("RSeq")


async def test_a_session_timer_is_agreed_upon(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller:
        invite = await arrive(voice, caller, headers={"Supported": "timer", "Session-Expires": "1800"})
        await voice.client.order(ONE, api.Answer("caller"))
        answered = await caller.ua.answered(invite.header("Call-ID"), 200)
        assert answered.header("Session-Expires").startswith("1800")


async def test_keys_pass_on_a_leg_that_we_called(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await talk(voice, caller, agent)
        await agent.sound.hear(0.3)
        agent.sound.press("3")
        assert await voice.heard(api.DigitHeard) == api.DigitHeard("agent", "3")
        await voice.client.order(ONE, api.SendDigits("agent", "8"))
        await presses(agent, "8")


async def test_quality_counts_what_was_lost(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller:
        await answer(voice, caller)
        await caller.sound.say(0.5)
        caller.sound.lose(10)
        await caller.sound.say(0.5)
        await lost_of(voice, caller, 10)
        caller.within("BYE")
        ended = await voice.heard(api.LegEnded)
        assert ended.quality is not None
        assert ended.quality.lost == 10
