"""The relay's process: one thread serves the packets of every relayed talk. Knows descriptors, keeper and workers.

It wakes for the first packet, then lets a few milliseconds pass so that the packets of many talks are served in one
go. It ends when nothing was relayed for a minute, and when its keeper is gone and the last talk with it.
"""

from __future__ import annotations

import logging
import select
import socket
import time
from collections.abc import Callable

import msgspec

from sip.voice.forked import prepare_process
from sip.voice.protocol import Ping, Pong
from sip.voice.relay.talk import LONGEST, Talk
from sip.voice.relay.writer import Writer

log = logging.getLogger(__name__)

GATHER_S = 0.005
LOOK_EVERY_S = 0.5
IDLE_S = 60.0


def run(keeper: socket.socket) -> int:
    """Live the relay's life: `keeper` sends the listening socket first. Returns the exit status."""
    prepare_process("relay")
    try:
        _, descriptors, _, _ = socket.recv_fds(keeper, LONGEST, 1)
        if not descriptors:
            return 0
        Relay(keeper, socket.socket(fileno=descriptors[0])).serve()
    except Exception:  # the border of the process
        log.exception("relay failed")
        return 1
    return 0


class Relay:
    """All relayed talks."""

    def __init__(self, keeper: socket.socket, listener: socket.socket) -> None:
        self._keeper = keeper
        self._listener = listener
        self._writer = Writer()
        self._poll = select.epoll()
        self._handlers: dict[int, Callable[[], None]] = {}
        self._talks: set[Talk] = set()  # one for each worker that is connected
        self._look_at = 0.0
        self._idle_at = time.monotonic() + IDLE_S
        self._keeper_lives = True
        self.watch(keeper.fileno(), self._hear_keeper)
        self.watch(listener.fileno(), self._accept)
        self.watch(self._writer.fileno(), self._writer.tell)

    def serve(self) -> None:
        """Work until there is no more use."""
        while self._needed():
            ready = self._poll.poll(self._sleep_s())
            while ready:
                for descriptor, _ in ready:
                    if (handler := self._handlers.get(descriptor)) is not None:
                        handler()
                ready = self._poll.poll(0)
            if self._relaying:
                if time.monotonic() >= self._look_at:
                    self._look_after()
                time.sleep(GATHER_S)
        self._writer.stop()

    @property
    def _relaying(self) -> bool:
        return any(talk.sides for talk in self._talks)

    def _needed(self) -> bool:
        if self._talks:
            self._idle_at = time.monotonic() + IDLE_S
            return True
        return self._keeper_lives and time.monotonic() < self._idle_at

    def _sleep_s(self) -> float:
        """Return how long nothing need be done unless something comes."""
        until = self._look_at if self._relaying else self._idle_at
        return max(0.0, until - time.monotonic())

    def _look_after(self) -> None:
        self._look_at = time.monotonic() + LOOK_EVERY_S
        for talk in tuple(self._talks):
            talk.look_after(time.time_ns())

    def watch(self, descriptor: int, handler: Callable[[], None]) -> None:
        """Call `handler` when the descriptor can be read."""
        self._handlers[descriptor] = handler
        self._poll.register(descriptor, select.EPOLLIN)

    def forget(self, descriptor: int) -> None:
        """Call nobody any more."""
        del self._handlers[descriptor]
        self._poll.unregister(descriptor)

    def _hear_keeper(self) -> None:
        packet = self._keeper.recv(LONGEST)
        if packet:
            ping = msgspec.json.decode(packet, type=Ping)
            self._keeper.send(msgspec.json.encode(Pong(ping.number)))
            return
        log.info("the keeper is gone")
        self._keeper_lives = False
        self.forget(self._keeper.fileno())
        self.forget(self._listener.fileno())

    def _accept(self) -> None:
        worker, _ = self._listener.accept()
        self._talks.add(Talk(worker, self, self._writer, self._talks.discard))
