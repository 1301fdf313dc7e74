"""The whole way of a call: phone, real Kamailio, real worker, real Kamailio, phone; and back to silence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sip import api
from tests.support.edge import EdgeUnderTest, edge_in, password
from tests.support.raw_ua import Message, RawUa, raw_ua
from tests.support.rtp import Rtp, rtp
from tests.support.talk import AGENT_HZ, CALLER_HZ, Far
from tests.support.tones import hear
from tests.support.voice import VoiceUnderTest, voice_in

pytestmark = pytest.mark.sip


@dataclass
class Office:
    """Edge, voice and two phones."""

    edge: EdgeUnderTest
    voice: VoiceUnderTest
    phones: dict[str, RawUa]
    sounds: dict[str, Rtp]

    async def call(self) -> Message:
        """Let 101 call 102, and send the call to a worker; returns the INVITE the phone sent last."""
        phone, sound = self.phones["101"], self.sounds["101"]
        uri = f"sip:102@{phone.domain}:{phone.edge[1]}"
        first = phone.request("INVITE", uri, body=sound.sdp())
        challenge = await phone.answered(first.header("Call-ID"))
        phone.acknowledge(first, challenge)
        same = {"Call-ID": first.header("Call-ID"), "From": first.header("From")}
        invite = phone.request("INVITE", uri, same | phone.proof(challenge, "INVITE", uri), sound.sdp())
        incoming = await self.edge.heard(api.IncomingCall)
        assert (incoming.extension, incoming.called) == ("101", "102")
        lease = await self.voice.client.lease(api.ConversationPlan("one"))
        await self.edge.client.send_to_worker(incoming, lease)
        await self.voice.heard(api.LegArrived)
        return invite


@asynccontextmanager
async def office_in(folder: Path) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        edge = await stack.enter_async_context(edge_in(folder / "edge"))
        plan = edge.kamailio.plan
        voice = await stack.enter_async_context(
            voice_in(folder / "voice", edge_core_port=plan.core_port, sip_port=plan.sip_port)
        )
        await edge.let_in("101", "102")
        phones, sounds = {}, {}
        for host, extension, hertz in (("127.0.0.5", "101", CALLER_HZ), ("127.0.0.6", "102", AGENT_HZ)):
            opened = raw_ua(edge.kamailio.sip, extension, password(extension), host=host)
            phones[extension] = await stack.enter_async_context(opened)
            sounds[extension] = await stack.enter_async_context(rtp(hertz, host))
            assert (await phones[extension].register()).code == 200
        yield Office(edge, voice, phones, sounds)


async def test_two_phones_talk_through_edge_and_worker_and_hang_up(tmp_path: Path) -> None:
    async with office_in(tmp_path) as office:
        caller, agent = office.phones["101"], office.phones["102"]
        invite = await office.call()
        shown = api.Identity("101", "총무부")
        await office.voice.client.order("one", api.Ring("caller"))
        await office.voice.client.order("one", api.Originate("agent", api.Extensions(("102",)), shown))
        await caller.answered(invite.header("Call-ID"), 180)
        ringing = await agent.heard("INVITE")
        assert "총무부" in ringing.header("From")
        agent.reply(ringing, 180)
        assert (await office.voice.heard(api.LegProgress)).extension == "102"

        ours = agent.reply(ringing, 200, body=office.sounds["102"].sdp())
        office.sounds["102"].speak_to(ringing.body)
        await agent.heard("ACK")
        assert (await office.voice.heard(api.LegAnswered)).extension == "102"
        await office.voice.client.order("one", api.Answer("caller"), api.Bridge("caller", "agent"))
        ok = await caller.answered(invite.header("Call-ID"), 200)
        talk = caller.dialog_of_answer(invite, ok)
        caller.within(talk, "ACK")
        office.sounds["101"].speak_to(ok.body)
        assert (await office.voice.heard(api.LegAnswered)).leg == "caller"

        await hear(Far(caller, office.sounds["101"]), "agent")
        await hear(Far(agent, office.sounds["102"]), "caller")

        goodbye = await caller.final(caller.within(talk, "BYE"))
        assert goodbye is not None
        assert goodbye.code == 200
        assert (await office.voice.heard(api.LegEnded)).by_far
        await office.voice.client.order("one", api.Hangup("agent", 200))
        bye = await agent.heard("BYE")
        assert bye.header("Call-ID") == ours.header("Call-ID")
        agent.reply(bye, 200)
        await office.voice.heard(api.ConversationEnded)


async def test_a_caller_who_gives_up_cancels_the_phones(tmp_path: Path) -> None:
    async with office_in(tmp_path) as office:
        caller, agent = office.phones["101"], office.phones["102"]
        invite = await office.call()
        order = api.Originate("agent", api.Extensions(("102",)), api.Identity("101"))
        await office.voice.client.order("one", api.Ring("caller"), order)
        ringing = await agent.heard("INVITE")
        agent.reply(ringing, 180)
        await office.voice.heard(api.LegProgress)
        caller.cancel(invite)
        ended = await office.voice.heard(api.LegEnded)
        assert (ended.leg, ended.code, ended.by_far) == ("caller", 487, True)
        await office.voice.client.order("one", api.Hangup("agent"))
        agent.reply(await agent.heard("CANCEL"), 200)
        agent.reply(ringing, 487)
        assert (await office.voice.heard(api.LegEnded)).leg == "agent"
        await office.voice.heard(api.ConversationEnded)


async def test_after_a_worker_is_killed_the_edge_ends_its_dialogs(tmp_path: Path) -> None:
    async with office_in(tmp_path) as office:
        caller = office.phones["101"]
        invite = await office.call()
        await office.voice.client.order("one", api.Answer("caller"))
        ok = await caller.answered(invite.header("Call-ID"), 200)
        caller.within(caller.dialog_of_answer(invite, ok), "ACK")
        await office.voice.heard(api.LegAnswered)
        await office.voice.kill_worker("one")
        lost = await office.voice.heard(api.ConversationLost)
        await office.edge.client.end_dialogs_of(lost.sip_contact)
        caller.reply(await caller.heard("BYE"), 200)
