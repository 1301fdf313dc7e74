"""One call of a simulated phone or carrier: a SIP dialog with its audio, and every message with its moment."""

from __future__ import annotations

import asyncio
import secrets
from array import array
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.simulators import message, sdp
from tests.simulators.message import Message
from tests.simulators.rtp import Stream

if TYPE_CHECKING:
    from tests.simulators.sip_ua import UserAgent

_REPEATS = (0.5, 1.0, 2.0, 4.0, 4.0, 4.0)


class CallFailed(Exception):
    """A call ended before what was waited for."""


@dataclass(frozen=True)
class Mark:
    """A message of a call: nanoseconds since 1970, sent or received, and its first words ("INVITE", "180", "BYE")."""

    at_ns: int
    sent: bool
    word: str


class Call:
    """A call, either way round. Wait for `ringing`, `answered` and `ended`; read what happened from `marks`."""

    def __init__(self, agent: UserAgent, stream: Stream, call_id: str = "") -> None:
        self.agent = agent
        self.stream = stream
        self.call_id = call_id or f"{secrets.token_hex(8)}@simulated"
        self.tag = secrets.token_hex(4)
        self.marks: list[Mark] = []
        self.code = 0  # the final status of the INVITE
        self.reason = ""  # the Reason header of the CANCEL or BYE that came, or the words of a refusal
        self.ended_by_far = False
        self.up = False
        self.over = False
        self.digits_by_info = ""
        self.leaving = False  # by hang-up or cancel, as soon as SIP allows it
        self.request = Message("")  # the INVITE
        self.reply = Message("")  # its latest reply
        self.far: sdp.Session | None = None
        self.local = self.remote = self.target = ""
        self.routes: list[str] = []
        self.cseq = 1
        self._own_sound: array[int] | None = None  # None: the agent's
        self._version = 1
        self._wait: dict[str, asyncio.Future[None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------------ waiting and looking

    async def ringing(self, within: float = 20.0) -> None:
        """Wait for the first 18x. Raises CallFailed when the call ends before, TimeoutError when nothing happens."""
        await self._until("ringing", within)

    async def answered(self, within: float = 20.0) -> None:
        """Wait until the call is up on both sides."""
        await self._until("answered", within)

    async def ended(self, within: float = 20.0) -> None:
        """Wait until the call is over, however it ends."""
        await self._until("ended", within)

    def at(self, word: str, sent: bool) -> int:
        """Return the moment of the first such message in ns. Raises LookupError when there was none."""
        for mark in self.marks:
            if mark.word == word and mark.sent is sent:
                return mark.at_ns
        raise LookupError(f"no {word} {'sent' if sent else 'received'}")

    @property
    def came_in(self) -> bool:
        """Whether the other side called us."""
        return any(mark.word == "INVITE" and not mark.sent for mark in self.marks[:1])

    @property
    def shown(self) -> str:
        """The caller's number as the INVITE has it."""
        return message.user_of(self.request.get("from"))

    def mark(self, at_ns: int, sent: bool, seen: Message) -> None:
        """Write a message down."""
        self.marks.append(Mark(at_ns, sent, seen.method if seen.is_request else str(seen.code)))

    # ------------------------------------------------------------------ what a person does

    def ring(self) -> None:
        """Send 180."""
        self.agent.reply(self, self.request, 180)

    def early_media(self, sound: array[int] | None = None) -> None:
        """Send 183 with SDP and start to sound."""
        self.agent.reply(self, self.request, 183, self._session())
        self._sound(sound)

    def answer(self, sound: array[int] | None = None) -> None:
        """Send 200 and start to sound."""
        self.code = 200
        self._send_200(self.agent.reply(self, self.request, 200, self._session()), 0)
        self._sound(sound)

    def refuse(self, code: int) -> None:
        """Refuse an incoming call."""
        self.code = code
        self.agent.reply(self, self.request, code)
        self.finish()

    def cancel(self) -> None:
        """Give up an outgoing call that has not been answered; an answer that crosses this is hung up."""
        self.leaving = True
        self.agent.send_cancel(self)

    def hang_up(self) -> None:
        """End the call with BYE; it is `ended` when the far side has answered that.

        Whoever has answered waits for the ACK (RFC 3261, 15): a hang-up that comes before it is done then.
        """
        self.leaving = True
        if self.up and not self.over:
            self._bye()

    def _bye(self) -> None:
        self.stream.pause()
        self.agent.in_dialog(self, "BYE", on_final=lambda _: self.finish())

    def hold(self) -> None:
        """Put the far side on hold by re-INVITE."""
        self.stream.pause()
        self._reinvite("sendonly")

    def resume(self) -> None:
        """Take the far side off hold."""
        self._reinvite("sendrecv")
        self._sound(None)

    def speak(self, sound: array[int]) -> None:
        """Sound like this from now on, also after changes of the session."""
        self._own_sound = sound
        self._sound(sound)

    def refer(self, number: str, replaces: Call | None = None) -> None:
        """Ask that whom we talk with be given to a number (RFC 3515), or to the far side of another call (RFC 3891)."""
        to = f"sip:{number}@{self.agent.proxy[0]}"
        if replaces is not None:
            theirs, ours = (message.parameter(value, "tag") for value in (replaces.remote, replaces.local))
            value = f"{replaces.call_id};to-tag={theirs};from-tag={ours}"
            to += f"?Replaces={quote(value, safe='')}"
        headers = (("Refer-To", f"<{to}>"), ("Referred-By", f"<sip:{self.agent.user}@{self.agent.proxy[0]}>"))
        self.agent.in_dialog(self, "REFER", headers=headers)

    def dial(self, digits: str) -> None:
        """Send digits as RFC 4733 events."""
        self.stream.dial(digits)

    async def dial_by_info(self, digits: str, within: float = 20.0) -> None:
        """Send digits by INFO, each after the one before was taken: requests that overtake each other are refused."""
        for digit in digits:
            final = asyncio.get_running_loop().create_future()
            body = f"Signal={digit}\r\nDuration=160\r\n"
            self.agent.in_dialog(self, "INFO", body, "application/dtmf-relay", final.set_result)
            async with asyncio.timeout(within):
                reply = await final
            if reply.code != 200:
                raise CallFailed(f"INFO was answered {reply.code}")

    # ------------------------------------------------------------------ what comes in

    def hear_reply(self, reply: Message, at_ns: int) -> None:
        """Take in a reply to our INVITE."""
        self.mark(at_ns, False, reply)
        self.reply = reply
        if reply.code >= 200:
            self._hear_final(reply)
        elif reply.code > 100:
            self._learn(reply)
            self._done("ringing")

    def _hear_final(self, reply: Message) -> None:
        repeated = self.up
        self.code = reply.code
        self._learn(reply)
        if reply.code >= 300:
            self.reason = reply.start.split(" ", 2)[2]
            self.finish(by_far=True)
            return
        self.agent.acknowledge(self)
        if not repeated:
            self.up = True
            self._done("ringing", "answered")
            if self.over or self.leaving:  # answered while the CANCEL was on its way
                self._bye()

    def confirm(self) -> None:
        """Take in the ACK to our 200."""
        self._stop_timer()
        if not self.up:
            self.up = True
            self._done("ringing", "answered")
            if self.leaving:
                self.hang_up()

    def adopt(self, offer: Message) -> None:
        """Take over the session of an INVITE or a reply."""
        if offer.body:
            self.far = sdp.read(offer.body, self.agent.codecs)

    def answer_again(self, request: Message) -> None:
        """Answer a re-INVITE or UPDATE with what it asks for."""
        self.adopt(request)
        turned = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}
        direction = turned.get(self.far.direction if self.far else "", "sendrecv")
        self._version += 1
        self.agent.reply(self, request, 200, self._session(direction) if request.body else "")
        if direction in ("sendrecv", "sendonly"):
            self._sound(None)
        else:
            self.stream.pause()

    def finish(self, by_far: bool = False, reason: str = "") -> None:
        """The call is over."""
        if self.over:
            return
        self.over, self.ended_by_far = True, by_far
        self.reason = reason or self.reason
        self._stop_timer()
        self.stream.close()
        self._done("ended")
        for name in ("ringing", "answered"):
            future = self._future(name)
            if not future.done():
                future.set_exception(CallFailed(f"{self.code} {self.reason}".strip()))
                future.exception()  # nobody has to ask for it

    # ------------------------------------------------------------------ inside

    def _learn(self, reply: Message) -> None:
        self.remote = reply.get("to")
        contact = reply.get("contact")
        self.target = message.address_of(contact) if contact else self.target
        self.routes = list(reversed(reply.all("record-route"))) or self.routes
        if reply.body:
            self.adopt(reply)
            self._sound(None)

    def _session(self, direction: str = "sendrecv") -> str:
        codecs = (self.far.codec,) if self.far else self.agent.codecs
        events = (self.far.events if self.far else 0) or sdp.TELEPHONE_EVENT
        return sdp.write(self.agent.address, self.stream.port, codecs, direction, self._version, events)

    def offer(self) -> str:
        """Return our session description."""
        return self._session()

    def _reinvite(self, direction: str) -> None:
        self._version += 1
        self.agent.in_dialog(self, "INVITE", self._session(direction), "application/sdp")

    def _sound(self, sound: array[int] | None) -> None:
        if self.far is not None and not self.over:
            self.stream.start(self.far, sound or self._own_sound or self.agent.sound)

    def _send_200(self, reply: Message, repeats: int) -> None:
        if self.agent.reliable or repeats >= len(_REPEATS):
            return

        def again() -> None:
            self.agent.repeat(self, reply)
            self._send_200(reply, repeats + 1)

        self._timer = asyncio.get_running_loop().call_later(_REPEATS[repeats], again)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _future(self, name: str) -> asyncio.Future[None]:
        return self._wait.setdefault(name, asyncio.get_running_loop().create_future())

    def _done(self, *names: str) -> None:
        for name in names:
            if not self._future(name).done():
                self._future(name).set_result(None)

    async def _until(self, name: str, within: float) -> None:
        waiting: Awaitable[None] = asyncio.shield(self._future(name))
        try:
            await asyncio.wait_for(waiting, within)
        except TimeoutError:
            words = " ".join(f"{'>' if mark.sent else '<'}{mark.word}" for mark in self.marks)
            raise TimeoutError(
                f"{self.agent.user}: not {name} after {within} s; so far: {words or 'nothing'}"
            ) from None
