"""One worker at the relay, and the two sides that it has lent, if it has lent any now. Knows no other talk."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import time
from collections.abc import Callable
from typing import Protocol

import msgspec
from msgspec import Struct

from sip.voice.protocol import GiveBack, Given, Kept, Look, Seen, Take, ToRelay
from sip.voice.relay.side import SILENT, Side
from sip.voice.relay.writer import Writer

log = logging.getLogger(__name__)

LONGEST = 4096
DESCRIPTORS = 4  # RTP and RTCP of each leg
_decoder = msgspec.json.Decoder(ToRelay)


class Watch(Protocol):
    """Who calls a handler when a descriptor can be read."""

    def watch(self, descriptor: int, handler: Callable[[], None]) -> None:
        """Begin."""

    def forget(self, descriptor: int) -> None:
        """Stop. Before the descriptor is closed: the worker keeps a copy, which would go on ringing here."""


class Talk:
    """A connection to a worker; `sides` are empty while its sound is in its own hands."""

    def __init__(self, worker: socket.socket, watch: Watch, writer: Writer, gone: Callable[[Talk], None]) -> None:
        self.sides: tuple[Side, ...] = ()
        self._worker = worker
        self._watch = watch
        self._writer = writer
        self._gone = gone
        self._files: list[int] = []
        worker.setblocking(False)
        watch.watch(worker.fileno(), self._hear)

    def _hear(self) -> None:
        """Take one packet of the worker."""
        try:
            packet, descriptors, _, _ = socket.recv_fds(self._worker, LONGEST, DESCRIPTORS)
            sockets = [socket.socket(fileno=descriptor) for descriptor in descriptors]
            match _decoder.decode(packet) if packet else None:
                case Take() as take if len(sockets) == DESCRIPTORS and not self.sides:
                    self._take(take, sockets)
                case Look():
                    self._say(Seen(tuple(side.given() for side in self.sides)))
                case GiveBack():
                    self.give_back("")
                case _:
                    self._end()
        except BlockingIOError:
            return
        except (OSError, msgspec.DecodeError) as error:
            log.warning("a worker is not understood: %s", error)
            self._end()

    def _take(self, take: Take, sockets: list[socket.socket]) -> None:
        now_ns = time.time_ns()
        one, other = (Side(leg, sockets[2 * at : 2 * at + 2], now_ns) for at, leg in enumerate(take.legs))
        one.join(other)
        other.join(one)
        self.sides = (one, other)
        self._files = [_open(leg.file) for leg in take.legs]
        for side in self.sides:
            self._watch.watch(side.rtp.fileno(), self._passing(side.receive))
            self._watch.watch(side.rtcp.fileno(), side.receive_report)

    def _passing(self, receive: Callable[[], str]) -> Callable[[], None]:
        def handle() -> None:
            if why := receive():
                self.give_back(why)

        return handle

    def look_after(self, now_ns: int) -> None:
        """Do what is due twice a second: the disk, reports, silence."""
        for side, file in zip(self.sides, self._files, strict=True):
            side.track.keep_up(now_ns)
            self._write(file, side)
            side.report(now_ns)
        if any(side.is_silent(now_ns) for side in self.sides):
            self.give_back(SILENT)

    def _write(self, file: int, side: Side) -> None:
        sound = side.track.take()
        if file >= 0:
            self._writer.write(file, sound)

    def give_back(self, why: str) -> None:
        """Let go of the sides: the worker goes on with them. Nothing lent is fine: both may have spoken at once."""
        if self.sides:
            given = Given(why, tuple(side.given() for side in self.sides))
            self._let_go()
            self._say(given)

    def _end(self) -> None:
        """The worker is gone: write what there is, forget it."""
        if self.sides:
            self._let_go()
        self._watch.forget(self._worker.fileno())
        self._worker.close()
        self._gone(self)

    def _let_go(self) -> None:
        recorded = [file for file in self._files if file >= 0]
        for side, file in zip(self.sides, self._files, strict=True):
            self._write(file, side)
            for lent in (side.rtp, side.rtcp):
                self._watch.forget(lent.fileno())
                lent.close()
        self.sides, self._files = (), []
        for file in recorded:
            self._writer.close(file, self._kept if file == recorded[-1] else _nothing)
        if not recorded:
            self._kept()

    def _kept(self) -> None:
        self._say(Kept())

    def _say(self, message: Struct) -> None:
        with contextlib.suppress(OSError):  # a worker that is gone is noticed at the next look
            self._worker.send(msgspec.json.encode(message))


def _open(path: str) -> int:
    """Return a descriptor that appends to a recording; -1: this leg is not recorded, or cannot be."""
    if not path:
        return -1
    try:
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    except OSError as error:
        log.error("a recording cannot go on: %s", error.strerror)
        return -1


def _nothing() -> None:
    """Stand in where nobody need be told."""
