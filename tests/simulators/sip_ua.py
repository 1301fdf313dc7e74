"""A small SIP user agent (RFC 3261): a desk phone, a carrier that is known by its address, or a carrier's switch.

It is meant to be read in one sitting and to tell exactly when what happened; it knows no code of the box.
"""

from __future__ import annotations

import asyncio
import secrets
from array import array
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Self

from tests.simulators import audio, message
from tests.simulators.message import Message
from tests.simulators.rtp import RtpHub
from tests.simulators.sip_call import Call
from tests.simulators.transactions import Transactions
from tests.simulators.wire import Address, TcpWire, UdpWire, Wire


@dataclass(frozen=True)
class Behaviour:
    """What a phone does by itself when it is called. Seconds; None = never."""

    ring_after: float = 0.0
    answer_after: float | None = None
    refuse: int = 0
    talk: float | None = None  # hang up that long after the answer


class Refused(Exception):
    """A registration was refused; `code` is the status."""

    def __init__(self, reply: Message) -> None:
        super().__init__(reply.start)
        self.code = reply.code


class UserAgent:
    """A phone or a carrier. Make it with `open`, end it with `close`."""

    def __init__(self, hub: RtpHub, user: str, password: str, proxy: Address) -> None:
        self.hub, self.user, self.password, self.proxy = hub, user, password, proxy
        self.codecs: tuple[str, ...] = ("PCMU", "PCMA")
        self.sound: array[int] = audio.tone(1000)
        self.behaviour = Behaviour()
        self.arrived: asyncio.Queue[Call] = asyncio.Queue()
        self.calls: list[Call] = []
        self.requests: list[Message] = []  # every request that came, INVITEs included
        self.keep_audio = True
        self._wire: Wire
        self._transactions = Transactions()
        self._registration = (secrets.token_hex(8), 0)
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(
        cls,
        hub: RtpHub,
        user: str,
        password: str,
        proxy: Address,
        *,
        address: str = "127.0.0.1",
        port: int = 0,
        transport: str = "udp",
    ) -> Self:
        """Open the socket (TCP: the connection) of a new user agent; `proxy` is where its requests go."""
        agent = cls(hub, user, password, proxy)
        if transport == "tcp":
            agent._wire = await TcpWire.open(agent._hear, address, proxy)
        else:
            agent._wire = UdpWire(agent._hear, address, port)
        return agent

    @property
    def address(self) -> str:
        """Its own address."""
        return self._wire.address

    @property
    def port(self) -> int:
        """Its own SIP port."""
        return self._wire.port

    @property
    def reliable(self) -> bool:
        """Whether its transport repeats by itself."""
        return self._wire.reliable

    @property
    def contact(self) -> str:
        """Its Contact."""
        transport = ";transport=tcp" if self.reliable else ""
        return f"<sip:{self.user or 'carrier'}@{self.address}:{self.port}{transport}>"

    def close(self) -> None:
        """Vanish: no BYE, no un-registration."""
        for task in self._tasks:
            task.cancel()
        for call in self.calls:
            call.finish()
        self._transactions.close()
        self._wire.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------ registration

    async def register(self, expires: int = 120, within: float = 20.0) -> Message:
        """Register and return the 200. Raises Refused with the code of any other answer, TimeoutError on none."""
        reply = await self._register(expires, "", within)
        if reply.code in (401, 407):
            reply = await self._register(expires, reply.get("www-authenticate"), within)
        if reply.code != 200:
            raise Refused(reply)
        return reply

    async def _register(self, expires: int, challenge: str, within: float) -> Message:
        call_id, number = self._registration
        self._registration = (call_id, number + 1)
        uri = f"sip:{self.proxy[0]}"
        own = f"<sip:{self.user}@{self.proxy[0]}>"
        headers = [
            *self._head(uri, "REGISTER", f"{own};tag={call_id[:8]}", own, call_id, number + 1),
            ("Expires", str(expires)),
        ]
        if challenge:
            headers.append(self._authorization(challenge, "REGISTER", uri, "Authorization"))
        return await self.ask(Message(f"REGISTER {uri} SIP/2.0", headers), within)

    async def ask(self, request: Message, within: float = 20.0) -> Message:
        """Send a request outside of calls and return its final reply."""
        final: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

        def hear(reply: Message, _: int) -> None:
            if reply.code >= 200 and not final.done():
                final.set_result(reply)

        self._transactions.request(self._wire, request, self.proxy, hear)
        return await asyncio.wait_for(final, within)

    async def options(self, within: float = 20.0) -> Message:
        """Ask the far side whether it is there."""
        uri = f"sip:{self.proxy[0]}:{self.proxy[1]}"
        own = f"<sip:{self.user or 'ping'}@{self.address}>;tag=1"
        head = self._head(uri, "OPTIONS", own, f"<{uri}>", secrets.token_hex(8), 1)
        return await self.ask(Message(f"OPTIONS {uri} SIP/2.0", head), within)

    # ------------------------------------------------------------------ calling

    def call(
        self,
        number: str,
        *,
        caller: str = "",
        name: str = "",
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Call:
        """Call `number` and return at once. `caller` is a whole From URI; by default it is our own."""
        call = Call(self, self.hub.open(self.address))
        call.stream.keep = self.keep_audio
        uri = f"sip:{number}@{self.proxy[0]}:{self.proxy[1]}"
        own = caller or f"sip:{self.user}@{self.proxy[0]}"
        call.local = f'"{name}" <{own}>;tag={call.tag}' if name else f"<{own}>;tag={call.tag}"
        call.remote, call.target = f"<{uri}>", uri
        self.calls.append(call)
        self._invite(call, headers, "")
        return call

    def _invite(self, call: Call, extra: tuple[tuple[str, str], ...], challenge: str) -> None:
        uri = call.target
        head = self._head(uri, "INVITE", call.local, call.remote, call.call_id, call.cseq)
        head += [*extra, ("Content-Type", "application/sdp"), ("Allow", "INVITE, ACK, CANCEL, BYE, INFO, UPDATE")]
        if challenge:
            head.append(self._authorization(challenge, "INVITE", uri, "Proxy-Authorization"))
        call.request = Message(f"INVITE {uri} SIP/2.0", head, call.offer())

        def hear(reply: Message, at: int) -> None:
            if reply.code >= 300:
                self._acknowledge_refusal(call.request, reply)
            asked = reply.get("proxy-authenticate") or reply.get("www-authenticate")
            goes_on = not call.over and not call.leaving
            if reply.code in (401, 407) and not challenge and self.password and goes_on:
                call.mark(at, False, reply)
                call.cseq += 1
                self._invite(call, extra, asked)
            else:
                call.hear_reply(reply, at)

        call.mark(self._transactions.request(self._wire, call.request, self.proxy, hear), True, call.request)

    def _acknowledge_refusal(self, request: Message, reply: Message) -> None:
        kept = [pair for pair in request.headers if pair[0] in ("Via", "Max-Forwards", "From", "Call-ID")]
        head = [*kept, ("To", reply.get("to")), ("CSeq", f"{request.cseq} ACK")]
        self._wire.send(Message(f"ACK {request.uri} SIP/2.0", head), self.proxy)

    def acknowledge(self, call: Call) -> None:
        """Send the ACK of a 200."""
        sent, to = self._dialog_request(call, "ACK", call.request.cseq)
        call.mark(self._wire.send(sent, to), True, sent)

    def send_cancel(self, call: Call) -> None:
        """Send CANCEL for a call's INVITE."""
        kept = [pair for pair in call.request.headers if pair[0] in ("Via", "Max-Forwards", "From", "To", "Call-ID")]
        head = [*kept, ("CSeq", f"{call.request.cseq} CANCEL")]
        sent = Message(f"CANCEL {call.request.uri} SIP/2.0", head)
        call.mark(self._transactions.request(self._wire, sent, self.proxy, lambda *_: None), True, sent)

    def in_dialog(
        self,
        call: Call,
        method: str,
        body: str = "",
        content: str = "",
        on_final: Callable[[Message], None] = lambda _: None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Send a request inside a call; a re-INVITE is acknowledged by itself."""
        call.cseq += 1
        sent, to = self._dialog_request(call, method, call.cseq)
        sent.body = body
        sent.headers += headers
        if content:
            sent.headers.append(("Content-Type", content))

        def hear(reply: Message, at: int) -> None:
            call.mark(at, False, reply)
            if reply.code >= 200 and method == "INVITE":
                self._wire.send(self._dialog_request(call, "ACK", sent.cseq)[0], to)
                call.adopt(reply)
            if reply.code >= 200:
                on_final(reply)

        call.mark(self._transactions.request(self._wire, sent, to, hear), True, sent)

    # ------------------------------------------------------------------ answering

    def reply(self, call: Call, request: Message, code: int, body: str = "") -> Message:
        """Send a reply inside a call."""
        headers = [("Contact", self.contact), ("Allow", "INVITE, ACK, CANCEL, BYE, INFO, UPDATE")]
        headers += [("Content-Type", "application/sdp")] if body else []
        reply = message.reply_to(request, code, call.tag, headers, body)
        call.mark(self._transactions.give(self._wire, reply, self._back(request)), True, reply)
        return reply

    def repeat(self, call: Call, reply: Message) -> None:
        """Send a reply again."""
        call.mark(self._wire.send(reply, self._back(call.request)), True, reply)

    def answer_plainly(self, request: Message, code: int, *headers: tuple[str, str]) -> None:
        """Reply to a request outside of calls."""
        reply = message.reply_to(request, code, secrets.token_hex(4), list(headers))
        self._transactions.give(self._wire, reply, self._back(request))

    async def next_call(self, within: float = 20.0) -> Call:
        """Wait for the next call that comes in."""
        try:
            return await asyncio.wait_for(self.arrived.get(), within)
        except TimeoutError:
            raise TimeoutError(f"{self.user}: no call came in {within} s") from None

    def screen(self, request: Message) -> bool:
        """Look at an INVITE before it becomes a call; True = it has been answered. A carrier may ask for proof."""
        return False

    def hear_register(self, request: Message) -> None:
        """Answer a REGISTER; a phone is no registrar."""
        self.answer_plainly(request, 405)

    def _hear(self, heard: Message, sender: Address, at: int) -> None:
        if not heard.is_request:
            self._transactions.hear_reply(heard, at)
            return
        heard.headers.append(("X-Sender", f"{sender[0]}:{sender[1]}"))
        if heard.method != "ACK" and self._transactions.seen_before(self._wire, heard):
            return
        self.requests.append(heard)
        call = next((call for call in self.calls if call.call_id == heard.get("call-id")), None)
        if heard.method == "REGISTER":
            self.hear_register(heard)
        elif call is not None and not (call.over and heard.method == "INVITE"):
            call.mark(at, False, heard)
            self._hear_in_call(call, heard)
        elif heard.method == "INVITE" and not self.screen(heard):
            self._hear_invite(heard, at)
        elif heard.method == "OPTIONS":
            self.answer_plainly(heard, 200)
        elif heard.method not in ("ACK", "INVITE"):
            self.answer_plainly(heard, 481)

    def _hear_invite(self, request: Message, at: int) -> None:
        call = Call(self, self.hub.open(self.address), request.get("call-id"))
        call.stream.keep = self.keep_audio
        call.request = request
        call.remote, call.local = request.get("from"), f"{request.get('to')};tag={call.tag}"
        call.target = message.address_of(request.get("contact"))
        call.routes = request.all("record-route")
        call.adopt(request)
        call.mark(at, False, request)
        self.calls.append(call)
        self.arrived.put_nowait(call)
        self._behave(call)

    def _hear_in_call(self, call: Call, request: Message) -> None:
        reason = request.get("reason")
        if request.method == "ACK":
            if call.code == 200:
                call.confirm()
        elif request.method == "CANCEL":
            self.reply(call, request, 200)
            if not call.up and not call.over and not call.code:
                call.code = 487
                self.reply(call, call.request, 487)
                call.finish(by_far=True, reason=reason)
        elif request.method == "BYE":
            self.reply(call, request, 200)
            call.finish(by_far=True, reason=reason)
        elif request.method in ("INVITE", "UPDATE"):
            if request.branch != call.request.branch:  # else it comes again before we have said anything to it
                call.answer_again(request)
        else:
            if request.method == "INFO":
                call.digits_by_info += request.body.partition("Signal=")[2].strip()[:1]
            self.reply(call, request, 200)

    # ------------------------------------------------------------------ what a phone does by itself

    def _behave(self, call: Call) -> None:
        how = self.behaviour
        if how.ring_after == 0:
            if how.refuse == 0:
                call.ring()
            if how.answer_after == 0 and how.refuse == 0:
                call.answer()
        self._spawn(self._act(call, how))

    async def _act(self, call: Call, how: Behaviour) -> None:
        if how.ring_after:
            await asyncio.sleep(how.ring_after)
            if not call.over:
                call.ring()
        if how.refuse and not call.over:
            call.refuse(how.refuse)
        if how.answer_after is None or call.over:
            return
        await asyncio.sleep(how.answer_after)
        if not call.over and not call.code:
            call.answer()
        if how.talk is not None:
            await asyncio.sleep(how.talk)
            call.hang_up()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # ------------------------------------------------------------------ writing messages

    def _dialog_request(self, call: Call, method: str, cseq: int) -> tuple[Message, Address]:
        head = self._head(call.target, method, call.local, call.remote, call.call_id, cseq)
        head += [("Route", route) for route in call.routes]
        first = message.address_of(call.routes[0]) if call.routes else call.target
        place = first.split("@")[-1].removeprefix("sip:").split(";")[0]
        host, _, port = place.partition(":")
        return Message(f"{method} {call.target} SIP/2.0", head), (host, int(port or 5060))

    def _head(self, uri: str, method: str, local: str, remote: str, call_id: str, cseq: int) -> list[tuple[str, str]]:
        branch = f"z9hG4bK{secrets.token_hex(8)}"
        return [
            ("Via", f"SIP/2.0/{self._wire.kind} {self.address}:{self.port};branch={branch};rport"),
            ("Max-Forwards", "70"),
            ("From", local),
            ("To", remote),
            ("Call-ID", call_id),
            ("CSeq", f"{cseq} {method}"),
            ("Contact", self.contact),
            ("User-Agent", "Simulated"),
        ]

    def _authorization(self, challenge: str, method: str, uri: str, name: str) -> tuple[str, str]:
        return name, message.credentials(challenge, method, uri, self.user, self.password)

    @staticmethod
    def _back(request: Message) -> Address:
        host, _, port = request.get("x-sender").partition(":")
        return host, int(port)
