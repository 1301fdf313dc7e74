"""How SIP messages of a simulated peer travel: UDP, or TCP to one place. Knows no dialogs."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, TypeAlias

from tests.simulators import message
from tests.simulators.message import Message
from tests.simulators.rtp import receive, stamped

Address: TypeAlias = tuple[str, int]
Hear: TypeAlias = Callable[[Message, Address, int], None]  # message, sender, arrival in ns since 1970


class Wire(Protocol):
    """A socket that SIP messages go through."""

    kind: str
    address: str
    port: int
    reliable: bool

    def send(self, sent: Message, to: Address) -> int:
        """Send; return the moment in nanoseconds since 1970."""

    def close(self) -> None:
        """Close the socket."""


class UdpWire:
    """SIP over UDP, with the kernel's time stamps."""

    kind = "UDP"
    reliable = False

    def __init__(self, hear: Hear, address: str, port: int = 0) -> None:
        self._hear = hear
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind((address, port))
        stamped(self._socket)
        self.address, self.port = self._socket.getsockname()
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    def send(self, sent: Message, to: Address) -> int:
        """Send one datagram; a closed port at the far side is no error, as on a real network."""
        data = sent.encoded()
        at = time.time_ns()
        try:
            self._socket.sendto(data, to)
        except OSError:
            return at
        return at

    def close(self) -> None:
        """Close the socket."""
        if self._socket.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()

    def _read(self) -> None:
        while True:
            try:
                data, sender, at = receive(self._socket)
            except BlockingIOError:
                return
            except OSError:
                continue  # "connection refused" of an earlier datagram
            with suppress(ValueError):  # an empty datagram keeps a NAT binding open and says nothing
                self._hear(message.read(data), sender, at)


class TcpWire:
    """SIP over one TCP connection that this side opens."""

    kind = "TCP"
    reliable = True

    def __init__(self, hear: Hear, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._hear, self._reader, self._writer = hear, reader, writer
        self.address, self.port = writer.get_extra_info("sockname")[:2]
        self._far: Address = writer.get_extra_info("peername")[:2]
        self._task = asyncio.get_running_loop().create_task(self._read())

    @classmethod
    async def open(cls, hear: Hear, address: str, to: Address) -> TcpWire:
        """Connect from `address`."""
        reader, writer = await asyncio.open_connection(*to, local_addr=(address, 0))
        return cls(hear, reader, writer)

    def send(self, sent: Message, to: Address) -> int:
        """Write into the connection, wherever the message is meant to go."""
        at = time.time_ns()
        self._writer.write(sent.encoded())
        return at

    def close(self) -> None:
        """Close the connection."""
        self._task.cancel()
        self._writer.close()

    async def _read(self) -> None:
        try:
            while True:
                head = await self._reader.readuntil(b"\r\n\r\n")
                if not head.strip():
                    continue
                lines = head.decode("utf-8", "replace").lower().split("\r\n")
                length = next((line.split(":")[1] for line in lines if line.startswith(("content-length:", "l:"))), "0")
                body = await self._reader.readexactly(int(length))
                self._hear(message.read(head.lstrip() + body), self._far, time.time_ns())
        except (asyncio.IncompleteReadError, ConnectionError):
            return
