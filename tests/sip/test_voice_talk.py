"""A real worker talks with a raw phone on each side: signalling, sound, recordings, keys."""

from __future__ import annotations

import asyncio
import wave
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sip import api
from tests.support.raw_ua import Dialog, Message, RawUa, raw_ua
from tests.support.rtp import Rtp, rtp
from tests.support.sound import power, tone, write_wav
from tests.support.voice import VoiceUnderTest, voice_in

pytestmark = pytest.mark.sip

CALLER_HZ, AGENT_HZ = 500.0, 1300.0
ONE = "one"


@dataclass
class Far:
    """A phone beyond the edge: its signalling, its sound, its dialog with the worker."""

    ua: RawUa
    sound: Rtp
    dialog: Dialog | None = None

    def within(self, method: str, headers: dict[str, str] | None = None, body: str = "") -> Message:
        assert self.dialog is not None
        self.dialog.target = f"sip:worker@127.0.0.1:{self.ua.edge[1]}"  # what the edge makes of the worker's Contact
        return self.ua.within(self.dialog, method, headers, body)


@pytest.fixture
async def voice(tmp_path: Path) -> AsyncIterator[VoiceUnderTest]:
    async with voice_in(tmp_path / "data") as voice:
        yield voice


@asynccontextmanager
async def caller_of(voice: VoiceUnderTest, plan: api.ConversationPlan | None = None) -> AsyncIterator[Far]:
    """Lease a worker and let a call reach it."""
    lease = await voice.client.lease(plan or api.ConversationPlan(ONE))
    async with raw_ua(("127.0.0.1", int(lease.contact[1:])), "caller") as ua, rtp(CALLER_HZ) as sound:
        far = Far(ua, sound)
        yield far


async def arrive(voice: VoiceUnderTest, far: Far, body: str | None = None) -> Message:
    invite = far.ua.request("INVITE", "sip:box@127.0.0.1", body=far.sound.sdp() if body is None else body)
    arrived = await voice.heard(api.LegArrived)
    assert arrived == api.LegArrived("caller", invite.header("Call-ID"))
    return invite


async def answer(voice: VoiceUnderTest, far: Far) -> api.LegAnswered:
    """Bring the caller's leg up, with sound."""
    invite = await arrive(voice, far)
    await voice.client.order(ONE, api.Answer("caller"))
    ok = await far.ua.answered(invite.header("Call-ID"), 200)
    far.dialog = far.ua.dialog_of_answer(invite, ok)
    far.within("ACK")
    far.sound.speak_to(ok.body)
    return await voice.heard(api.LegAnswered)


@asynccontextmanager
async def agent_of(voice: VoiceUnderTest, worker_port: int) -> AsyncIterator[Far]:
    """Stand where the edge stands: what the worker sends goes to this phone."""
    async with raw_ua(("127.0.0.1", worker_port), "101", port=voice.edge_port) as ua, rtp(AGENT_HZ) as sound:
        yield Far(ua, sound)


async def pick_up(voice: VoiceUnderTest, far: Far, invite: Message) -> api.LegAnswered:
    ok = far.ua.reply(invite, 200, headers={"X-Soribox-Extension": "101"}, body=far.sound.sdp())
    far.dialog = far.ua.dialog_of_call(invite, ok)
    far.sound.speak_to(invite.body)
    await far.ua.heard("ACK")
    return await voice.heard(api.LegAnswered)


ORIGINATE = api.Originate("agent", api.Extensions(("101", "102")), api.Identity("0212345678", "김철수"))


async def talk(voice: VoiceUnderTest, caller: Far, agent: Far) -> None:
    """Bring both legs up and join them."""
    await answer(voice, caller)
    await voice.client.order(ONE, ORIGINATE, api.Bridge("caller", "agent"))
    await pick_up(voice, agent, await agent.ua.heard("INVITE"))


def recorded(voice: VoiceUnderTest, leg: str) -> array[int]:
    with wave.open(str(voice.folder / ONE / f"{leg}.wav")) as file:
        return array("h", file.readframes(file.getnframes()))


async def test_a_call_is_answered_and_recorded_and_ends_with_its_caller(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller:
        answered = await answer(voice, caller)
        assert answered.codec.startswith("PCMA")
        await caller.sound.hear(1.0)
        caller.within("BYE", {"Reason": 'Q.850;cause=16;text="Normal"'})
        ended = await voice.heard(api.LegEnded)
        assert ended.by_far
        assert (ended.leg, ended.code) == ("caller", 200)
        assert "cause=16" in ended.reason
        assert ended.quality is not None
        assert ended.quality.received >= 45
        closed = await voice.heard(api.RecordingClosed)
        assert closed.duration_ms == pytest.approx(1000, abs=150)
        await voice.heard(api.ConversationEnded)
    assert power(recorded(voice, "caller")[1600:], CALLER_HZ) > 0.2
    assert [told.number for told in voice.told] == list(range(1, len(voice.told) + 1))


async def test_two_bridged_legs_hear_each_other_and_each_is_recorded_apart(voice: VoiceUnderTest) -> None:
    async with caller_of(voice) as caller, agent_of(voice, caller.ua.edge[1]) as agent:
        await talk(voice, caller, agent)
        heard = await asyncio.gather(caller.sound.hear(1.0), agent.sound.hear(1.0))
        assert power(heard[0][4000:], AGENT_HZ) > 0.15
        assert power(heard[1][4000:], CALLER_HZ) > 0.15
        await voice.client.order(ONE, api.Hangup("agent", 200, "done"), api.Hangup("caller"))
        assert "done" in (await agent.ua.heard("BYE")).header("Reason")
        agent.ua.reply(agent.ua.inbox[0], 200) if agent.ua.inbox else None
        await caller.ua.heard("BYE")
