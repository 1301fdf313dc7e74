"""REFER and Replaces at a real worker: what pjsua does by itself, what is told, and who hears whom meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sip import api
from tests.support.raw_ua import Message
from tests.support.talk import (
    ONE,
    Far,
    agent_of,
    caller_of,
    pick_up,
    recorded,
    replaces,
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


async def refer(agent: Far, target: str) -> Message:
    """Let the agent's phone ask for a transfer; returns the INVITE that the worker places for it."""
    sent = agent.within("REFER", {"Refer-To": f"<{target}>", "Referred-By": "<sip:102@127.0.0.1>"})
    accepted = await agent.ua.final(sent)
    assert accepted is not None
    assert accepted.code == 202
    invite = await agent.ua.wait_for(lambda m: m.start.startswith("INVITE"))
    assert invite is not None
    return invite


async def notified(agent: Far) -> str:
    """Return what the phone is told next of its transfer."""
    notify = await agent.ua.heard("NOTIFY")
    agent.ua.reply(notify, 200)
    return notify.body.strip()


async def test_a_blind_transfer_is_called_told_and_reported_and_the_core_joins_it(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent, third_of(agent) as third:
        await talk(voice, caller, agent)
        await asyncio.gather(hear(caller, "agent"), hear(agent, "caller"))
        invite = await refer(agent, "sip:*8103@127.0.0.1")
        asked = await voice.heard(api.TransferAsked)
        assert asked == api.TransferAsked("agent", "refer-1", "*8103", invite.header("Call-ID"))
        assert invite.uri == "sip:*8103@127.0.0.1"
        assert not invite.header("X-Soribox-Ordered")
        assert "100" in await notified(agent)
        agent.ua.reply(invite, 180)
        assert (await voice.heard(api.LegProgress, lambda fact: fact.leg == "refer-1")).code == 180
        await asyncio.gather(hear(caller, "agent"), hear(agent, "caller"))  # nothing has changed
        assert (await pick_up(voice, third, invite)).leg == "refer-1"
        await voice.client.order(ONE, api.Unbridge("caller", "agent"), api.Bridge("caller", "refer-1"))
        await asyncio.gather(hear(caller, "third"), hear(third, "caller"))
        while "200 OK" not in await notified(agent):
            pass
        agent.within("BYE")
        ended = await voice.heard(api.LegEnded)
        assert (ended.leg, ended.by_far) == ("agent", True)
        await asyncio.gather(hear(caller, "third"), hear(third, "caller"))
    assert (voice.folder / ONE / "refer-1.wav").exists()


async def test_a_blind_transfer_that_fails_is_reported_and_the_talk_goes_on(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await talk(voice, caller, agent)
        invite = await refer(agent, "sip:103@127.0.0.1")
        agent.ua.reply(invite, 486, "Busy Here")
        ended = await voice.heard(api.LegEnded)
        assert (ended.leg, ended.code, ended.by_far) == ("refer-1", 486, True)
        while "486" not in await notified(agent):
            pass
        await asyncio.gather(hear(caller, "agent"), hear(agent, "caller"))


async def test_who_asked_for_a_transfer_may_go_at_once(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await talk(voice, caller, agent)
        await voice.client.order(ONE, api.Bridge("caller", "agent", end_together=True))
        await voice.client.measure(ONE)  # answered after every order before it
        invite = await refer(agent, "sip:103@127.0.0.1")
        agent.within("BYE")
        assert (await voice.heard(api.LegEnded)).leg == "agent"
        await caller.sound.hear(0.3)  # the caller is still there
        agent.ua.reply(invite, 480)
        ended = [(await voice.heard(api.LegEnded)).leg, (await voice.heard(api.LegEnded)).leg]
        assert ended == ["refer-1", "caller"]  # nobody is left in silence
        await voice.heard(api.ConversationEnded)


async def test_a_transfer_that_says_more_than_where_to_is_declined(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await talk(voice, caller, agent)
        for target in ("sip:103@127.0.0.1?X-Soribox-Ordered=yes", "tel:103"):
            refused = await agent.ua.final(agent.within("REFER", {"Refer-To": f"<{target}>"}))
            assert refused is not None
            assert refused.code == 400
        await asyncio.gather(hear(caller, "agent"), hear(agent, "caller"))
        assert not [told for told in voice.told if isinstance(told.fact, api.TransferAsked)]
        assert not [message for message in agent.ua.inbox if message.method == "INVITE"]


async def test_an_attended_transfer_carries_its_replaces(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await talk(voice, caller, agent)
        where = "sip:103@127.0.0.1?Require=replaces&Replaces=other%40talk%3Bto-tag%3Dt%3Bfrom-tag%3Df"
        invite = await refer(agent, where)
        asked = await voice.heard(api.TransferAsked)
        assert (asked.target, asked.replaces) == ("103", "other@talk")
        assert invite.header("Replaces") == "other@talk;to-tag=t;from-tag=f"


async def test_a_leg_is_replaced_and_everything_else_goes_on(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent, third_of(caller) as third:
        await talk(voice, caller, agent)
        await voice.client.order(ONE, api.Bridge("caller", "agent", end_together=True))
        await asyncio.gather(hear(caller, "agent"), hear(agent, "caller"))
        invite = third.ua.request("INVITE", "sip:102@127.0.0.1", {"Replaces": replaces(caller)}, third.sound.sdp())
        ok = await third.ua.answered(invite.header("Call-ID"), 200)
        third.dialog = third.ua.dialog_of_answer(invite, ok)
        third.within("ACK")
        third.sound.speak_to(ok.body)
        told = await voice.heard(api.LegReplaced)
        assert told == api.LegReplaced("caller", "replace-1", invite.header("Call-ID"))
        caller.ua.reply(await caller.ua.heard("BYE"), 200)
        ended = await voice.heard(api.LegEnded)
        assert (ended.leg, ended.by_far) == ("caller", False)
        assert ended.quality is not None
        assert ended.quality.received > 0
        answered = await voice.heard(api.LegAnswered, lambda fact: fact.leg == "replace-1")
        assert answered.sip_call_id == invite.header("Call-ID")
        await asyncio.gather(hear(agent, "third"), hear(third, "agent"))
        third.within("BYE")  # what was to end together still does
        agent.ua.reply(await agent.ua.heard("BYE"), 200)
        await voice.heard(api.ConversationEnded)
    assert ends_with(recorded(voice, "replace-1"), "third")
    assert ends_with(recorded(voice, "agent"), "agent")


async def test_the_hold_of_another_leg_survives_a_replacement(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent, third_of(caller) as third:
        await talk(voice, caller, agent)
        await voice.client.order(ONE, api.Hold("agent"))
        invite = third.ua.request("INVITE", "sip:102@127.0.0.1", {"Replaces": replaces(caller)}, third.sound.sdp())
        ok = await third.ua.answered(invite.header("Call-ID"), 200)
        third.dialog = third.ua.dialog_of_answer(invite, ok)
        third.within("ACK")
        third.sound.speak_to(ok.body)
        await voice.heard(api.LegReplaced)
        await hear(third)
        await voice.client.order(ONE, api.Retrieve("agent"))
        await asyncio.gather(hear(agent, "third"), hear(third, "agent"))


async def test_an_invite_that_would_replace_nothing_is_refused(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent, third_of(caller) as third:
        await talk(voice, caller, agent)
        for wrong in ("nobody@here;to-tag=1;from-tag=2", replaces(caller).replace("to-tag=", "to-tag=x")):
            invite = third.ua.request("INVITE", "sip:102@127.0.0.1", {"Replaces": wrong}, third.sound.sdp())
            refused = await third.ua.answered(invite.header("Call-ID"))
            assert refused.code == 481
            third.ua.acknowledge(invite, refused)
        await asyncio.gather(hear(caller, "agent"), hear(agent, "caller"))


async def test_a_fifth_leg_is_declined_without_harm(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller) as agent:
        await talk(voice, caller, agent)
        more = (api.Originate(f"more-{n}", api.Extensions((f"20{n}",)), api.Identity("101")) for n in range(3))
        await voice.client.order(ONE, *more)
        assert (await voice.heard(api.OrderFailed)).leg == "more-2"
        refused = await agent.ua.final(agent.within("REFER", {"Refer-To": "<sip:103@127.0.0.1>"}))
        assert refused is not None
        assert refused.code == 503
        await asyncio.gather(hear(caller, "agent"), hear(agent, "caller"))
