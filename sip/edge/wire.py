"""SIP requests to the Kamailio on this machine over one UDP socket, and their final answers. Knows no dialog."""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
from collections.abc import Mapping
from typing import NamedTuple, cast

# RFC 3261, timer E. On one machine a fourth try would not help.
_RETRANSMIT_S = (0.5, 1.0, 2.0)


class NoAnswer(Exception):
    """Nothing came back in time, or nothing that helps."""


class Answer(NamedTuple):
    """The code, and the SIP-ETag if there was one (RFC 3903)."""

    code: int
    tag: str


class Wire(asyncio.DatagramProtocol):
    """The socket, as asyncio wants it. `ask` from as many tasks as you like."""

    def __init__(self) -> None:
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._numbers = itertools.count(1)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what we send with."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def error_received(self, exc: Exception) -> None:
        """Do nothing: that nobody listens is told by silence, too."""

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Hand an answer to whoever waits for it."""
        head = data.decode(errors="replace").partition("\r\n\r\n")[0]
        status = re.match(r"SIP/2\.0 (\d{3}) ", head)
        branch = re.search(r"(?im)^via:.*?;branch=([^;,\s]+)", head)
        if status is None or branch is None or int(status[1]) < 200:
            return
        waiting = self._waiting.get(branch[1])
        if waiting is not None and not waiting.done():
            tag = re.search(r"(?im)^sip-etag[ \t]*:[ \t]*(\S+)", head)
            waiting.set_result(Answer(int(status[1]), tag[1] if tag else ""))

    async def ask(self, method: str, uri: str, headers: Mapping[str, str], body: str) -> Answer:
        """Send a request to itself (From and To are `uri`) and return its final answer. Raises NoAnswer."""
        branch = f"z9hG4bK{secrets.token_hex(8)}"
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[branch] = answer
        try:
            data = self._write(method, uri, branch, headers, body.encode())
            for seconds in _RETRANSMIT_S:
                if self._transport is None:
                    break
                self._transport.sendto(data)
                await asyncio.wait((answer,), timeout=seconds)
                if answer.done():
                    return answer.result()
        finally:
            del self._waiting[branch]
        raise NoAnswer("silence")

    def _write(self, method: str, uri: str, branch: str, headers: Mapping[str, str], body: bytes) -> bytes:
        if self._transport is None:
            raise NoAnswer("no socket")
        host, port = self._transport.get_extra_info("sockname")
        lines = {
            "Via": f"SIP/2.0/UDP {host}:{port};branch={branch};rport",
            "Max-Forwards": "70",
            "From": f"<{uri}>;tag={secrets.token_hex(4)}",
            "To": f"<{uri}>",
            "Call-ID": secrets.token_hex(8),
            "CSeq": f"{next(self._numbers)} {method}",
            **headers,
            "Content-Length": str(len(body)),
        }
        head = "\r\n".join(f"{name}: {value}" for name, value in lines.items())
        return f"{method} {uri} SIP/2.0\r\n{head}\r\n\r\n".encode() + body

    def give_up(self) -> None:
        """Let everybody who waits know that nothing will come."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(NoAnswer("Kamailio is gone"))

    def close(self) -> None:
        """Let go of the socket."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None
