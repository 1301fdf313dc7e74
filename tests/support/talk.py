"""Raw phones on both sides of a real worker: the caller's, and one that stands where the edge stands.

async with voice_in(tmp_path) as voice, caller_of(voice) as caller, agent_of(voice, caller) as agent:
    await talk(voice, caller, agent)        # both legs up and joined, both speak
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise

from sip import api
from tests.support.raw_ua import Dialog, Message, RawUa, raw_ua
from tests.support.rtp import Rtp, rtp
from tests.support.tones import TONES, samples_in
from tests.support.voice import VoiceUnderTest

CALLER_HZ, AGENT_HZ, THIRD_HZ = TONES["caller"], TONES["agent"], TONES["third"]
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


@asynccontextmanager
async def caller_of(voice: VoiceUnderTest, plan: api.ConversationPlan | None = None) -> AsyncIterator[Far]:
    """Lease a worker and let a call reach it."""
    lease = await voice.client.lease(plan or api.ConversationPlan(ONE))
    async with raw_ua(("127.0.0.1", int(lease.contact[1:])), "caller") as ua, rtp(CALLER_HZ) as sound:
        far = Far(ua, sound)
        yield far


async def arrive(
    voice: VoiceUnderTest, far: Far, headers: dict[str, str] | None = None, codecs: str = "8 101"
) -> Message:
    """Send the INVITE that the worker was leased for."""
    invite = far.ua.request("INVITE", "sip:box@127.0.0.1", headers, far.sound.sdp(codecs=codecs))
    arrived = await voice.heard(api.LegArrived)
    assert arrived == api.LegArrived("caller", invite.header("Call-ID"))
    return invite


async def answer(voice: VoiceUnderTest, far: Far, codecs: str = "8 101", conversation: str = ONE) -> api.LegAnswered:
    """Bring the caller's leg up, with sound."""
    invite = await arrive(voice, far, codecs=codecs)
    await voice.client.order(conversation, api.Answer("caller"))
    ok = await far.ua.answered(invite.header("Call-ID"), 200)
    far.dialog = far.ua.dialog_of_answer(invite, ok)
    far.within("ACK")
    far.sound.speak_to(ok.body)
    return await voice.heard(api.LegAnswered)


@asynccontextmanager
async def agent_of(voice: VoiceUnderTest, caller: Far) -> AsyncIterator[Far]:
    """Stand where the edge stands: what the worker sends goes to this phone."""
    async with raw_ua(caller.ua.edge, "101", port=voice.edge_port) as ua, rtp(AGENT_HZ) as sound:
        yield Far(ua, sound)


async def pick_up(voice: VoiceUnderTest, far: Far, invite: Message) -> api.LegAnswered:
    """Let the called phone answer."""
    ok = far.ua.reply(invite, 200, headers={"X-Soribox-Extension": "101"}, body=far.sound.sdp())
    far.dialog = far.ua.dialog_of_call(invite, ok)
    far.sound.speak_to(invite.body)
    await far.ua.heard("ACK")
    return await voice.heard(api.LegAnswered)


ORIGINATE = api.Originate("agent", api.Extensions(("101", "102")), api.Identity("0212345678", "김철수"))


@asynccontextmanager
async def third_of(agent: Far, hertz: float = THIRD_HZ) -> AsyncIterator[Far]:
    """One more phone beyond the edge."""
    async with rtp(hertz) as sound:
        yield Far(agent.ua, sound)


async def talk(voice: VoiceUnderTest, caller: Far, agent: Far) -> None:
    """Bring both legs up and join them."""
    await answer(voice, caller)
    await voice.client.order(ONE, ORIGINATE, api.Bridge("caller", "agent"))
    await pick_up(voice, agent, await agent.ua.heard("INVITE"))


def replaces(far: Far) -> str:
    """Return the header that takes the place of this phone's dialog (RFC 3891: the tags as the worker sees them)."""
    assert far.dialog is not None
    tags = {name: value.partition("tag=")[2] for name, value in (("to", far.dialog.remote), ("from", far.dialog.local))}
    return f"{far.dialog.call_id};to-tag={tags['to']};from-tag={tags['from']}"


def recorded(voice: VoiceUnderTest, leg: str) -> array[int]:
    """Return what the recordings of a leg hold, one after the other, by their own headers."""
    return samples_in(voice.folder / ONE, leg)


async def lost_of(voice: VoiceUnderTest, far: Far, packets: int, leg: str = "caller") -> dict[str, api.Quality]:
    """Wait until as many packets of a phone, which speaks on, are told as lost; returns the figures of all legs."""
    async with asyncio.timeout(20):
        while True:
            figures = {one.leg: one.quality for one in await voice.client.measure(ONE)}
            if figures[leg].lost >= packets:
                return figures
            await far.sound.say(0.1)


def check_recorded_to_its_end(
    voice: VoiceUnderTest, leg: str, far: Far, said_until_ms: int, beyond_ms: int = 60
) -> None:
    """Fail unless the recordings of a leg hold all that was said until somebody hung up, and last no longer than it.

    What waits in jitter buffers makes them longer, by `beyond_ms` at most, and so does what a phone sends late. Each
    file has its own beginning, and may hold the last of what the one before was kept waiting for.
    """
    told = [one for one in voice.told if getattr(one.fact, "leg", "") == leg]
    ended_ms = next(one.at_ms for one in told if isinstance(one.fact, api.LegEnded))
    files = stretches(voice, leg)
    told_ms = f"{leg} is recorded {files}, spoke until {said_until_ms}, ended {ended_ms}, late {far.sound.late_ms}"
    assert all(since <= until + 60 for (_, until), (since, _) in pairwise(files)), told_ms
    assert said_until_ms - 60 <= files[-1][1] <= ended_ms + beyond_ms + far.sound.late_ms, told_ms


def stretches(voice: VoiceUnderTest, leg: str) -> list[tuple[int, int]]:
    """Return from when until when each recording of a leg lasts, in ms since 1970, by what was told of it."""
    facts = [one.fact for one in voice.told]
    lasts = {one.file: one.duration_ms for one in facts if isinstance(one, api.RecordingClosed) and one.leg == leg}
    began = [one for one in facts if isinstance(one, api.RecordingStarted) and one.leg == leg]
    return [(one.started_ms, one.started_ms + lasts[one.file]) for one in began]
