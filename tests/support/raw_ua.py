"""A SIP user agent that does nothing by itself: every message is written and read by the test (RFC 3261).

    async with raw_ua(kamailio.sip, "101", "secret", host="127.0.0.5") as phone:
        assert (await phone.register()).code == 200
        invite = await phone.heard("INVITE")          # AssertionError when none comes
        phone.reply(invite, 180)
        answer = await phone.ask("INVITE", "sip:102@127.0.0.1")   # with digest when challenged; None = silence

It answers OPTIONS (keep-alives) with 200 unless told not to, and drops retransmissions. UDP or TCP; `host` is the
loopback address it binds to, so that several hosts can be played on one machine.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import re
import secrets
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.simulators.rtp import receive, stamped

Address = tuple[str, int]
Predicate = Callable[["Message"], bool]

_PATIENCE = 20.0
_CRLF = "\r\n"


@dataclass(frozen=True)
class Message:
    """One SIP message as it was received, or sent."""

    text: str
    at_ns: int = field(default=0, compare=False)  # since 1970: by the kernel when it came in, else just before it went

    @property
    def start(self) -> str:
        return self.text.partition(_CRLF)[0]

    @property
    def code(self) -> int:
        """The status code; 0 for a request."""
        return int(self.start.split(" ")[1]) if self.start.startswith("SIP/2.0") else 0

    @property
    def reason(self) -> str:
        return self.start.split(" ", 2)[2] if self.code else ""

    @property
    def method(self) -> str:
        """The method, for a response the one it answers."""
        return self.header("CSeq").split()[1] if self.code else self.start.split(" ")[0]

    @property
    def uri(self) -> str:
        return "" if self.code else self.start.split(" ")[1]

    @property
    def body(self) -> str:
        return self.text.partition(_CRLF * 2)[2]

    def headers(self, name: str) -> list[str]:
        head = self.text.partition(_CRLF * 2)[0]
        return [v.strip() for v in re.findall(rf"(?im)^{re.escape(name)}[ \t]*:(.*?)\r?$", head)]

    def header(self, name: str) -> str:
        """The first header of this name, or nothing."""
        return (self.headers(name) or [""])[0]

    @property
    def to_tag(self) -> str:
        found = re.search(r";tag=([^;\s]+)", self.header("To"))
        return found[1] if found else ""


@dataclass
class Dialog:
    """What requests inside a dialog need: who, where to, and along which route."""

    call_id: str
    local: str
    remote: str
    target: str
    route: list[str]
    cseq: int


@dataclass
class RawUa:
    """One user agent on one socket."""

    user: str
    password: str
    edge: Address
    host: str
    transport: str = "udp"
    answers_options: bool = True
    port: int = 0
    always: dict[str, str] = field(default_factory=dict)
    inbox: list[Message] = field(default_factory=list)
    came: list[Message] = field(default_factory=list)  # all of them, also what was taken out of the inbox
    sent: list[Message] = field(default_factory=list)
    _send: Callable[[bytes], None] = lambda data: None
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: set[str] = field(default_factory=set)
    _cseq: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def contact(self) -> str:
        suffix = "" if self.transport == "udp" else f";transport={self.transport}"
        user = f"{self.user}@" if self.user else ""
        return f"<sip:{user}{self.host}:{self.port}{suffix}>"

    @property
    def domain(self) -> str:
        return self.edge[0]

    # ------------------------------------------------------------------------------------------------- receiving

    def take(self, text: str, at_ns: int) -> None:
        """One message came in."""
        message = Message(text, at_ns)
        key = f"{message.start} {message.header('Via')} {message.header('CSeq')} {message.to_tag}"
        again = key in self._seen and message.method != "ACK"
        self._seen.add(key)
        if message.start.startswith("OPTIONS") and self.answers_options:
            self.reply(message, 200)
        elif not again:
            self.inbox.append(message)
            self.came.append(message)
            self._arrived.set()

    async def wait_for(self, wanted: Predicate, seconds: float = _PATIENCE) -> Message | None:
        """Return the first message that is `wanted`, taking it out of the inbox; None when none comes in time."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    found = next((message for message in self.inbox if wanted(message)), None)
                    if found is not None:
                        self.inbox.remove(found)
                        return found
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            return None

    async def heard(self, method: str, seconds: float = _PATIENCE) -> Message:
        """Return the next request of this method. Raises AssertionError when none comes."""
        found = await self.wait_for(lambda m: not m.code and m.method == method, seconds)
        assert found is not None, f"{self.user} heard no {method}, only {[m.start for m in self.inbox]}"
        return found

    async def answered(self, call_id: str, code: int = 0, seconds: float = _PATIENCE) -> Message:
        """Return the next response with this code (0: any final one) in this call. Raises AssertionError."""
        found = await self.wait_for(
            lambda m: m.header("Call-ID") == call_id and (m.code == code if code else m.code >= 200), seconds
        )
        assert found is not None, f"no {code or 'final answer'}, only {[m.start for m in self.inbox]}"
        return found

    # --------------------------------------------------------------------------------------------------- sending

    def send(self, text: str) -> None:
        """Send a message as it is."""
        self._send(text.encode())

    def send_bytes(self, data: bytes) -> None:
        """Send what may be no SIP at all."""
        self._send(data)

    def write(self, method: str, uri: str, headers: dict[str, str] | None = None, body: str = "") -> Message:
        """Write a request; `headers` replace or add to what every request has."""
        via = f"SIP/2.0/{self.transport.upper()} {self.host}:{self.port}"
        lines = {
            "Via": f"{via};branch=z9hG4bK{secrets.token_hex(8)};rport",
            "Max-Forwards": "70",
            "From": f"<sip:{self.user}@{self.domain}>;tag={secrets.token_hex(4)}",
            "To": f"<{uri}>",
            "Call-ID": secrets.token_hex(8),
            "CSeq": f"{next(self._cseq)} {method}",
            "Contact": self.contact,
        } | (self.always | (headers or {}))
        if body:
            lines.setdefault("Content-Type", "application/sdp")
        lines["Content-Length"] = str(len(body.encode()))
        head = _CRLF.join(f"{name}: {value}" for name, value in lines.items() if value)
        return Message(f"{method} {uri} SIP/2.0{_CRLF}{head}{_CRLF * 2}{body}", time.time_ns())

    def request(self, method: str, uri: str, headers: dict[str, str] | None = None, body: str = "") -> Message:
        """Write and send a request; returns it."""
        message = self.write(method, uri, headers, body)
        self.sent.append(message)
        self.send(message.text)
        return message

    async def ask(
        self,
        method: str,
        uri: str,
        headers: dict[str, str] | None = None,
        *,
        password: str | None = None,
        seconds: float = _PATIENCE,
        body: str = "",
    ) -> Message | None:
        """Send a request and return its final answer, proving who we are when asked; None when nothing comes."""
        sent = self.request(method, uri, headers, body)
        answer = await self.final(sent, seconds)
        if answer is None or answer.code not in (401, 407):
            return answer
        if method == "INVITE":
            self.acknowledge(sent, answer)
        proof = self.proof(answer, method, uri, password)
        same = {"Call-ID": sent.header("Call-ID"), "From": sent.header("From")} | (headers or {}) | proof
        return await self.final(self.request(method, uri, same, body), seconds)

    async def final(self, sent: Message, seconds: float = _PATIENCE) -> Message | None:
        """Return the final answer to a request that was sent."""
        call_id, cseq = sent.header("Call-ID"), sent.header("CSeq")
        return await self.wait_for(
            lambda m: m.code >= 200 and m.header("Call-ID") == call_id and m.header("CSeq") == cseq, seconds
        )

    async def register(self, expires: int = 120, password: str | None = None, contact: str = "") -> Message:
        """Register; returns the final answer. Raises AssertionError when there is none."""
        headers = {"To": f"<sip:{self.user}@{self.domain}>", "Expires": str(expires), "User-Agent": "raw/1"}
        headers |= {"Contact": contact} if contact else {}
        answer = await self.ask("REGISTER", f"sip:{self.domain}", headers, password=password)
        assert answer is not None, "no answer to REGISTER"
        return answer

    def reply(
        self, request: Message, code: int, reason: str = "Raw", headers: dict[str, str] | None = None, body: str = ""
    ) -> Message:
        """Answer a request; our tag in To is the same for every answer to one call."""
        lines = [f"SIP/2.0 {code} {reason}"]
        for name in ("Via", "Record-Route", "From", "To", "Call-ID", "CSeq"):
            for value in request.headers(name):
                tag = "" if name != "To" or ";tag=" in value or code == 100 else f";tag={self._tag(request)}"
                lines.append(f"{name}: {value}{tag}")
        extra = {"Contact": self.contact} | (headers or {}) | ({"Content-Type": "application/sdp"} if body else {})
        lines += [f"{name}: {value}" for name, value in extra.items()]
        lines.append(f"Content-Length: {len(body.encode())}")
        message = Message(_CRLF.join(lines) + _CRLF * 2 + body, time.time_ns())
        self.sent.append(message)
        self.send(message.text)
        return message

    def _tag(self, request: Message) -> str:
        return hashlib.md5(f"{self.user}{self.port}{request.header('Call-ID')}".encode()).hexdigest()[:10]

    def acknowledge(self, invite: Message, answer: Message) -> None:
        """ACK a final answer that is no 2xx: hop by hop, same branch (RFC 3261 section 17.1.1.3)."""
        cseq = invite.header("CSeq").split()[0]
        self.request(
            "ACK",
            invite.uri,
            {
                "Via": invite.header("Via"),
                "From": invite.header("From"),
                "To": answer.header("To"),
                "Call-ID": invite.header("Call-ID"),
                "CSeq": f"{cseq} ACK",
            },
        )

    def cancel(self, invite: Message) -> Message:
        """Give up a call that was not answered yet."""
        same = {name: invite.header(name) for name in ("Via", "From", "To", "Call-ID")}
        return self.request("CANCEL", invite.uri, same | {"CSeq": f"{invite.header('CSeq').split()[0]} CANCEL"})

    def proof(self, challenge: Message, method: str, uri: str, password: str | None = None) -> dict[str, str]:
        """Return the header that answers a challenge (RFC 2617, with or without qop)."""
        name = "WWW-Authenticate" if challenge.code == 401 else "Proxy-Authenticate"
        said = dict(re.findall(r'(\w+)="?([^",]*)"?', challenge.header(name).partition(" ")[2]))
        one = _md5(f"{self.user}:{said['realm']}:{self.password if password is None else password}")
        two = _md5(f"{method}:{uri}")
        extra, middle = "", said["nonce"]
        if "qop" in said:
            extra, middle = ', qop=auth, nc=00000001, cnonce="raw"', f"{said['nonce']}:00000001:raw:auth"
        response = _md5(f"{one}:{middle}:{two}")
        value = (
            f'Digest username="{self.user}", realm="{said["realm"]}", nonce="{said["nonce"]}", uri="{uri}", '
            f'response="{response}", algorithm=MD5{extra}'
        )
        return {"Authorization" if challenge.code == 401 else "Proxy-Authorization": value}

    # --------------------------------------------------------------------------------------------------- dialogs

    def dialog_of_answer(self, invite: Message, answer: Message) -> Dialog:
        """The dialog that a 2xx to our INVITE made."""
        return Dialog(
            call_id=invite.header("Call-ID"),
            local=invite.header("From"),
            remote=answer.header("To"),
            target=_uri(answer.header("Contact")),
            route=_values(answer, "Record-Route")[::-1],
            cseq=int(invite.header("CSeq").split()[0]),
        )

    def dialog_of_call(self, invite: Message, our_answer: Message) -> Dialog:
        """The dialog that our 2xx to their INVITE made."""
        return Dialog(
            call_id=invite.header("Call-ID"),
            local=our_answer.header("To"),
            remote=invite.header("From"),
            target=_uri(invite.header("Contact")),
            route=_values(invite, "Record-Route"),
            cseq=0,
        )

    def within(self, dialog: Dialog, method: str, headers: dict[str, str] | None = None, body: str = "") -> Message:
        """Send a request inside a dialog."""
        if method != "ACK":
            dialog.cseq += 1
        same = {
            "From": dialog.local,
            "To": dialog.remote,
            "Call-ID": dialog.call_id,
            "CSeq": f"{dialog.cseq} {method}",
            "Route": ", ".join(dialog.route),
        }
        return self.request(method, dialog.target, same | (headers or {}), body)


def _read_datagrams(sock: socket.socket, ua: RawUa) -> None:
    with suppress(OSError):  # nothing more is there
        while True:
            data, _, at_ns = receive(sock)
            if data.strip(b"\r\n\0"):
                ua.take(data.decode(errors="replace"), at_ns)


@asynccontextmanager
async def _over_udp(ua: RawUa, port: int) -> AsyncIterator[RawUa]:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.setblocking(False)
        opened.bind((ua.host, port))
        stamped(opened)
        ua.port = opened.getsockname()[1]
        ua._send = lambda data: _send_datagram(opened, data, ua.edge)
        loop.add_reader(opened, _read_datagrams, opened, ua)
        try:
            yield ua
        finally:
            loop.remove_reader(opened)


def _send_datagram(sock: socket.socket, data: bytes, to: Address) -> None:
    with suppress(OSError):  # lost on the way, as any datagram may be; or we are gone
        sock.sendto(data, to)


@asynccontextmanager
async def raw_ua(
    edge: Address,
    user: str = "",
    password: str = "",
    *,
    host: str = "127.0.0.1",
    transport: str = "udp",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[RawUa]:
    """Open a user agent that talks to `edge`; closed at the end. `tls` belongs to transport "tls"."""
    ua = RawUa(user, password, edge, host, transport)
    if transport == "udp":
        async with _over_udp(ua, port):
            yield ua
        return
    reader, writer = await asyncio.open_connection(*edge, local_addr=(host, port), ssl=tls)
    ua.port = writer.get_extra_info("sockname")[1]
    ua._send = writer.write
    reading = asyncio.create_task(_read_stream(reader, ua))
    try:
        yield ua
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        writer.close()


@asynccontextmanager
async def raw_worker(core: Address, user: str = "") -> AsyncIterator[RawUa]:
    """A voice worker, at the edge's socket for these: it says that its calls were ordered."""
    async with raw_ua(core, user) as ua:
        ua.always = {"X-Soribox-Ordered": "yes"}
        yield ua


@asynccontextmanager
async def raw_listener(edge: Address, user: str = "", password: str = "", *, host: str) -> AsyncIterator[RawUa]:
    """A user agent that waits for the edge to connect over TCP, and talks over the last connection that came."""
    ua = RawUa(user, password, edge, host, "tcp")
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        ua._send = writer.write
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await _read_stream(reader, ua)

    server = await asyncio.start_server(serve, host, 0)
    ua.port = server.sockets[0].getsockname()[1]
    try:
        yield ua
    finally:
        server.close()
        for writer in writers:
            writer.close()


async def _read_stream(reader: asyncio.StreamReader, ua: RawUa) -> None:
    while True:
        head = (await reader.readuntil(b"\r\n\r\n")).decode(errors="replace").lstrip(_CRLF)
        if head:
            length = Message(head).header("Content-Length") or "0"
            ua.take(head + (await reader.readexactly(int(length))).decode(errors="replace"), time.time_ns())


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def _uri(value: str) -> str:
    found = re.search(r"<([^>]*)>", value)
    return found[1] if found else value.split(";")[0].strip()


def _values(message: Message, name: str) -> list[str]:
    return [part.strip() for line in message.headers(name) for part in line.split(",")]
