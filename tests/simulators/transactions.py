"""Who answered what: requests on their way with their repetitions over UDP (RFC 3261, 17), and replies given before."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from tests.simulators.message import Message
from tests.simulators.wire import Address, Wire

_T1 = 0.5  # seconds
_T2 = 4.0
_GIVE_UP = 32.0
OnReply = Callable[[Message, int], None]


class Transactions:
    """All transactions of one wire."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], OnReply] = {}
        self._timers: dict[tuple[str, str], asyncio.TimerHandle] = {}
        self._given: OrderedDict[tuple[str, str], tuple[Message, Address]] = OrderedDict()

    def request(self, wire: Wire, sent: Message, to: Address, on_reply: OnReply) -> int:
        """Send a request, repeat it while nothing comes back; return when it was sent."""
        key = (sent.branch, sent.method)
        self._stop(key)  # whoever cancels twice repeats once
        self._open[key] = on_reply
        if not wire.reliable:
            self._repeat_in(_T1, 0.0, key, wire, sent, to)
        return wire.send(sent, to)

    def hear_reply(self, reply: Message, at: int) -> None:
        """Give a reply to whoever waits for it; a late one for nobody is dropped."""
        key = (reply.branch, reply.method)
        self._stop(key)
        waiting = self._open.get(key)
        if waiting is not None:
            if reply.code >= 200 and reply.method != "INVITE":  # a 200 to an INVITE may come again
                del self._open[key]
            waiting(reply, at)

    def give(self, wire: Wire, reply: Message, to: Address) -> int:
        """Send a reply and keep it for repetitions of its request."""
        self._given[(reply.branch, reply.method)] = (reply, to)
        while len(self._given) > 2000:
            self._given.popitem(last=False)
        return wire.send(reply, to)

    def seen_before(self, wire: Wire, request: Message) -> bool:
        """Say whether a request is a repetition; if so its reply has been sent again."""
        given = self._given.get((request.branch, request.method))
        if given is None:
            return False
        wire.send(*given)
        return True

    def close(self) -> None:
        """Repeat nothing any more."""
        for key in tuple(self._timers):
            self._stop(key)

    def _stop(self, key: tuple[str, str]) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    def _repeat_in(
        self, wait: float, waited: float, key: tuple[str, str], wire: Wire, sent: Message, to: Address
    ) -> None:
        def again() -> None:
            wire.send(sent, to)
            if waited + wait < _GIVE_UP:
                self._repeat_in(min(2 * wait, _T2), waited + wait, key, wire, sent, to)

        self._timers[key] = asyncio.get_running_loop().call_later(wait, again)
