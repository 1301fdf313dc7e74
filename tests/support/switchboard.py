"""A real edge and real workers with raw phones and a carrier around them; the test is the core.

    async with switchboard(tmp_path, "101", "102") as board:
        outside = await board.call_in("one")                 # a caller from outside, answered, in conversation "one"
        line = await board.ring("one", "agent", "101")       # 101 is called, answers, and is joined with the caller
        await hear(line, "outside")

A phone may have several lines at once, each with a sound of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sip import api
from tests.support.edge import EdgeUnderTest, edge_in, password
from tests.support.raw_ua import Dialog, Message, RawUa, raw_ua
from tests.support.rtp import Rtp, rtp
from tests.support.tones import TONES
from tests.support.voice import VoiceUnderTest, voice_in

CARRIER = "127.0.0.20"
TRUNK = "kt"
CALLER, AGENT = "caller", "agent"
F = TypeVar("F")


@dataclass
class Line:
    """One call at a phone."""

    ua: RawUa
    sound: Rtp
    dialog: Dialog

    def within(self, method: str, headers: dict[str, str] | None = None, body: str = "") -> Message:
        return self.ua.within(self.dialog, method, headers, body)

    async def refer(self, target: str) -> Message:
        """Ask for a transfer; returns the REFER, which was accepted."""
        sent = self.within("REFER", {"Refer-To": f"<{target}>", "Referred-By": f"<sip:{self.ua.user}@box>"})
        accepted = await self.ua.final(sent)
        assert accepted is not None
        assert accepted.code == 202, accepted.start
        return sent

    async def transferred(self) -> str:
        """Return the last that the phone is told of the transfer it asked for: a final status line."""
        while True:
            notify = await self.heard("NOTIFY")
            self.ua.reply(notify, 200)
            if "SIP/2.0 1" not in notify.body:
                return notify.body.strip()

    async def heard(self, method: str) -> Message:
        """Return the next request inside this call."""
        found = await self.ua.wait_for(
            lambda m: m.start.startswith(method) and m.header("Call-ID") == self.dialog.call_id
        )
        assert found is not None, f"{self.ua.user} heard no {method}"
        return found

    async def ends(self) -> None:
        """The other side hangs up."""
        self.ua.reply(await self.heard("BYE"), 200)

    def replaces(self) -> str:
        """Return what takes this dialog's place, as it stands in Refer-To: the worker is its other end."""
        tags = [value.partition("tag=")[2] for value in (self.dialog.remote, self.dialog.local)]
        return f"{self.dialog.call_id}%3Bto-tag%3D{tags[0]}%3Bfrom-tag%3D{tags[1]}"


@dataclass
class Switchboard:
    """Edge, voice, phones by extension, and the carrier."""

    edge: EdgeUnderTest
    voice: VoiceUnderTest
    carrier: RawUa
    phones: dict[str, RawUa]
    _stack: AsyncExitStack
    leases: dict[str, api.Lease] = field(default_factory=dict)

    async def order(self, conversation: str, *orders: api.Order) -> None:
        """Give orders."""
        await self.voice.client.order(conversation, *orders)

    async def told(self, conversation: str, kind: type[F], wanted: Callable[[F], bool] = lambda _: True) -> F:
        """Return the next fact of this kind of one conversation."""
        told = await self.voice._next(
            lambda t: t.conversation == conversation and isinstance(t.fact, kind) and wanted(t.fact), kind.__name__, 20
        )
        assert isinstance(told.fact, kind)
        return told.fact

    async def call_in(self, conversation: str) -> Line:
        """Let somebody outside call, and answer."""
        sound = await self.sound("outside", CARRIER)
        invite = self.carrier.request("INVITE", "sip:0212345678@127.0.0.1", body=sound.sdp())
        return await self._taken_in(conversation, self.carrier, invite, sound)

    async def dial(self, extension: str, called: str, conversation: str) -> Line:
        """Let a phone dial, and answer."""
        phone = self.phones[extension]
        sound = await self.sound(extension, phone.host)
        uri = f"sip:{called}@127.0.0.1"
        first = phone.request("INVITE", uri, body=sound.sdp())
        challenge = await phone.answered(first.header("Call-ID"))
        phone.acknowledge(first, challenge)
        same = {"Call-ID": first.header("Call-ID"), "From": first.header("From")}
        invite = phone.request("INVITE", uri, same | phone.proof(challenge, "INVITE", uri), sound.sdp())
        return await self._taken_in(conversation, phone, invite, sound)

    async def _taken_in(self, conversation: str, ua: RawUa, invite: Message, sound: Rtp) -> Line:
        call = await self.take(conversation)
        ok = await ua.answered(call.sip_call_id, 200)
        line = Line(ua, sound, ua.dialog_of_answer(invite, ok))
        line.within("ACK")
        sound.speak_to(ok.body)
        await self.told(conversation, api.LegAnswered)
        return line

    async def take(self, conversation: str) -> api.IncomingCall:
        """Send the next call to a worker, which answers it."""
        call = await self.edge.heard(api.IncomingCall)
        plan = api.ConversationPlan(conversation, opening=(api.Answer(CALLER),))
        self.leases[conversation] = await self.voice.client.lease(plan)
        await self.edge.client.send_to_worker(call, self.leases[conversation])
        return call

    async def ring(self, conversation: str, leg: str, extension: str) -> Line:
        """Call a phone, which answers, and join it with the caller; they end together."""
        await self.call_out(conversation, leg, extension)
        line = await self.pick_up(self.phones[extension])
        await self.told(conversation, api.LegAnswered, lambda fact: fact.leg == leg)
        return line

    async def call_out(self, conversation: str, leg: str, extension: str) -> None:
        """Call an extension, to be joined with the caller; they end together."""
        call = api.Originate(leg, api.Extensions((extension,)), api.Identity("01012345678"))
        await self.order(conversation, call, api.Bridge(CALLER, leg, end_together=True))

    async def pick_up(self, ua: RawUa, tone: str = "") -> Line:
        """Let a phone, or the carrier's subscriber, answer what calls it."""
        sound = await self.sound(tone or ua.user, ua.host)
        invite = await ua.wait_for(lambda m: m.start.startswith("INVITE") and ";tag=" not in m.header("To"))
        assert invite is not None, f"{ua.user} is not called"
        ok = ua.reply(invite, 200, body=sound.sdp())
        line = Line(ua, sound, ua.dialog_of_call(invite, ok))
        sound.speak_to(invite.body)
        await line.heard("ACK")
        return line

    async def sound(self, tone: str, host: str) -> Rtp:
        """Open one more microphone and ear."""
        return await self._stack.enter_async_context(rtp(TONES[tone], host))


@asynccontextmanager
async def switchboard(folder: Path, *extensions: str, others: tuple[str, ...] = ()) -> AsyncIterator[Switchboard]:
    """Register raw phones on these extensions; `others` may register, too."""
    async with AsyncExitStack() as stack:
        edge = await stack.enter_async_context(edge_in(folder / "edge"))
        plan = edge.kamailio.plan
        opened = voice_in(
            folder / "voice",
            edge_core_port=plan.core_port,
            sip_port=plan.sip_port,
            warm_workers=2,
            stop_seconds=0.2,
        )
        voice = await stack.enter_async_context(opened)
        await edge.let_in(*extensions, *others)
        phones = {}
        for at, extension in enumerate(extensions):
            phone = raw_ua(edge.kamailio.sip, extension, password(extension), host=f"127.0.0.{5 + at}")
            phones[extension] = await stack.enter_async_context(phone)
            assert (await phones[extension].register()).code == 200
        carrier = await stack.enter_async_context(raw_ua(edge.kamailio.sip, "01012345678", host=CARRIER))
        number = {"username": "0212345678", "secret": "secret", "main_number": "0212345678"}
        trunk = api.TrunkPlan(TRUNK, CARRIER, carrier.port, api.Transport.UDP, register=False, **number)  # type: ignore[arg-type]
        await edge.client.set_trunks((trunk,))
        yield Switchboard(edge, voice, carrier, phones, stack)
