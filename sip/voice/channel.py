"""Messages over a stream socket: a 4-byte length, then JSON. One code for the blocking and the asyncio end.

Knows no message: each end says which union it hears. Whatever goes wrong with the other end (gone, garbage, a frame
too long) is one exception, `ChannelClosed`, after which the channel is of no more use.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from sip.errors import SipError

LONGEST = 1 << 20
_LENGTH = 4
_READ = 65536

Heard = TypeVar("Heard")
_Connected = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]
_encoder = msgspec.json.Encoder()


class ChannelClosed(SipError):
    """The other end is gone, or said something that cannot be understood."""


def encode(message: Struct) -> bytes:
    """Return the frame of a message."""
    body = _encoder.encode(message)
    return len(body).to_bytes(_LENGTH, "big") + body


class Frames(Generic[Heard]):
    """Bytes in, messages out: the part that both ends share."""

    def __init__(self, hears: object) -> None:
        self._decoder: msgspec.json.Decoder[Heard] = msgspec.json.Decoder(hears)
        self._bytes = bytearray()

    def feed(self, data: bytes) -> None:
        """Take what the socket gave."""
        self._bytes += data

    def next(self) -> Heard | None:
        """Return the next whole message, or None. Raises ChannelClosed for what is not one."""
        if len(self._bytes) < _LENGTH:
            return None
        length = int.from_bytes(self._bytes[:_LENGTH], "big")
        if length > LONGEST:
            raise ChannelClosed(f"a frame of {length} bytes")
        if len(self._bytes) < _LENGTH + length:
            return None
        body = bytes(self._bytes[_LENGTH : _LENGTH + length])
        del self._bytes[: _LENGTH + length]
        try:
            return self._decoder.decode(body)
        except msgspec.DecodeError as error:
            raise ChannelClosed(f"not understood: {error}") from error


class BlockingChannel(Generic[Heard]):
    """The end of a process without an event loop. One thread only."""

    def __init__(self, connection: socket.socket, hears: object) -> None:
        self._socket = connection
        self._frames: Frames[Heard] = Frames(hears)

    def fileno(self) -> int:
        """Return the descriptor, for `select`."""
        return self._socket.fileno()

    def send(self, message: Struct) -> None:
        """Send one message; waits while the other end does not read. Raises ChannelClosed."""
        try:
            self._socket.sendall(encode(message))
        except OSError as error:
            raise ChannelClosed(str(error)) from error

    def receive(self) -> Heard:
        """Return the next message, waiting for it. Raises ChannelClosed."""
        while (message := self._frames.next()) is None:
            self._read(0)
        return message

    def waiting(self) -> deque[Heard]:
        """Return the messages that are here already, without waiting. Raises ChannelClosed once all are given."""
        messages: deque[Heard] = deque()
        with contextlib.suppress(BlockingIOError):
            self._read(socket.MSG_DONTWAIT)
        while (message := self._frames.next()) is not None:
            messages.append(message)
        return messages

    def _read(self, flags: int) -> None:
        try:
            data = self._socket.recv(_READ, flags)
        except BlockingIOError:
            raise
        except OSError as error:
            raise ChannelClosed(str(error)) from error
        if not data:
            raise ChannelClosed("the other end is gone")
        self._frames.feed(data)

    def close(self) -> None:
        """Let go of the other end."""
        self._socket.close()


class AsyncChannel(Generic[Heard]):
    """The end of a process with an event loop. What the other end said before it went is heard in any case."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hears: object) -> None:
        self._reader = reader
        self._writer = writer
        self._frames: Frames[Heard] = Frames(hears)

    @classmethod
    async def of_socket(cls, connection: socket.socket, hears: object) -> AsyncChannel[Heard]:
        """Return the channel over a connected stream socket, which it then owns."""
        connection.setblocking(False)
        return await cls._over(hears, sock=connection)

    @classmethod
    async def connect(cls, path: str, hears: object) -> AsyncChannel[Heard]:
        """Return the channel to a listening unix socket. Raises ChannelClosed when nobody listens."""
        try:
            return await cls._over(hears, path=path)
        except OSError as error:
            raise ChannelClosed(str(error)) from error

    @classmethod
    async def listen(cls, path: str, hears: object, come: Callable[[AsyncChannel[Heard]], None]) -> asyncio.Server:
        """Listen on a unix socket and hand over a channel for each that connects."""

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            come(cls(reader, writer, hears))

        def protocol() -> _ToTheEnd:
            return _ToTheEnd(asyncio.StreamReader(), connected)

        return await asyncio.get_running_loop().create_unix_server(protocol, path)

    @classmethod
    async def _over(
        cls, hears: object, path: str | None = None, sock: socket.socket | None = None
    ) -> AsyncChannel[Heard]:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        transport, protocol = await loop.create_unix_connection(lambda: _ToTheEnd(reader), path, sock=sock)
        return cls(reader, asyncio.StreamWriter(transport, protocol, reader, loop), hears)

    def send(self, message: Struct) -> None:
        """Send one message without waiting. To an end that is gone it is dropped: `receive` tells."""
        if not self._writer.is_closing():
            self._writer.write(encode(message))

    async def receive(self) -> Heard:
        """Return the next message. Raises ChannelClosed."""
        while (message := self._frames.next()) is None:
            try:
                data = await self._reader.read(_READ)
            except OSError as error:
                raise ChannelClosed(str(error)) from error
            if not data:
                raise ChannelClosed("the other end is gone")
            self._frames.feed(data)
        return message

    async def close(self) -> None:
        """Let go of the other end; what was sent still goes out. Safe to call twice."""
        self._writer.close()
        with contextlib.suppress(OSError):  # gone already: which is what was wanted
            await self._writer.wait_closed()


class _ToTheEnd(asyncio.StreamReaderProtocol):
    """A stream whose end comes after all that was said before it.

    One that fails to write gives its connection up at once, and asyncio's own then tells the error before what it has
    read, and leaves in the socket what it has not: a worker's last fact would go with the order that crossed it.
    """

    def __init__(self, reader: asyncio.StreamReader, connected: _Connected | None = None) -> None:
        super().__init__(reader, connected)
        self._said = reader
        self._descriptor = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket's descriptor, which is open until `connection_lost` returns."""
        self._descriptor = transport.get_extra_info("socket").fileno()
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Read what is left; whatever ended the connection is then an end of the stream."""
        with contextlib.suppress(OSError):  # nothing is left
            while data := os.read(self._descriptor, _READ):
                self._said.feed_data(data)
        super().connection_lost(None)
