"""A worker from its fork to its end: wait without polling until leased, one conversation, exit. Knows its keeper only.

Everything happens in one thread. While no leg lives, nothing ticks: a warm worker sleeps until its keeper speaks.
The keeper's end of the channel is the worker's life line. No death signal from the kernel is wanted (the parent is
the zygote, which may be replaced while conversations go on): a closed channel says it better, and leaves time for BYE.
"""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import time

import pjsua2 as pj

from sip import api
from sip.voice.channel import BlockingChannel, ChannelClosed
from sip.voice.forked import prepare_process
from sip.voice.logs import set_up_logging
from sip.voice.protocol import (
    Begin,
    Begun,
    Finish,
    Happened,
    Measure,
    Measured,
    OrdersGiven,
    Ping,
    Pong,
    ToWorker,
    WorkerFailed,
    WorkerReady,
    WorkerSettings,
)
from sip.voice.worker.conversation import Conversation
from sip.voice.worker.endpoint import Endpoint
from sip.voice.worker.limits import Breach, Limits

log = logging.getLogger(__name__)

_SERVICE_UNAVAILABLE = 503


def run(connection: socket.socket) -> int:
    """Live a worker's life on this channel. Returns the exit status; `os._exit` must follow."""
    prepare_process("worker")
    channel: BlockingChannel[ToWorker] = BlockingChannel(connection, ToWorker)
    try:
        return Worker(channel).live()
    except ChannelClosed:
        log.info("the keeper is gone before a conversation began")
        return 0
    except Exception:  # the border of the process
        log.exception("worker failed")
        return 1


class Worker:
    """One process, one conversation."""

    def __init__(self, channel: BlockingChannel[ToWorker]) -> None:
        self._channel = channel
        self._keeper_lives = True

    def live(self) -> int:
        """Start, wait, talk. Returns the exit status. Raises ChannelClosed when the keeper goes before a talk."""
        settings = self._channel.receive()
        if not isinstance(settings, WorkerSettings):
            raise ChannelClosed("settings come first")
        set_up_logging(f"worker {settings.slot}", settings.log_level)
        try:
            endpoint = Endpoint(settings)
            endpoint.open()
        except (pj.Error, RuntimeError, OSError) as error:
            self._channel.send(WorkerFailed(getattr(error, "reason", "") or str(error)))
            return 1
        self._channel.send(WorkerReady())
        begin = self._wait_warm()
        if begin is None:
            return 0
        self._talk(endpoint, settings, begin)
        return 0

    def _wait_warm(self) -> Begin | None:
        """Sleep until leased. Returns None when told to finish instead."""
        while True:
            match self._channel.receive():
                case Begin() as begin:
                    return begin
                case Ping(number):
                    self._channel.send(Pong(number))
                case Finish():
                    return None

    def _talk(self, endpoint: Endpoint, settings: WorkerSettings, begin: Begin) -> None:
        conversation = Conversation(endpoint, settings, begin, self._tell)
        endpoint.discard_what_waits()
        self._channel.send(Begun())
        limits = Limits(time.monotonic(), begin.unused_s, settings.longest_s)
        while not conversation.over:
            ready = self._wait(endpoint, conversation, limits)
            if endpoint.sip_descriptor in ready:
                conversation.take_sound_back()  # whatever it is, it may change the legs
            if set(conversation.relay) & set(ready):
                conversation.hear_relay()
            if self._channel.fileno() in ready:
                self._obey(conversation, limits)
            endpoint.handle_events()
            conversation.look_after()
            limits.used = conversation.used
            if not self._within(limits, conversation):
                return
        self._tell(_now_ms(), api.ConversationEnded())

    def _wait(self, endpoint: Endpoint, conversation: Conversation, limits: Limits) -> list[int]:
        """Sleep until SIP, an order, the relay or a deadline, while sound moves; return what can be read."""
        ends = [endpoint.sip_descriptor, *conversation.relay]
        if self._keeper_lives:
            ends.append(self._channel.fileno())
        if conversation.needs_clock:
            return endpoint.run_clock(ends, conversation.frames_to_run)
        asleep_s = min(limits.next_s() - time.monotonic(), conversation.sleeps_s)
        return select.select(ends, (), (), max(0.0, asleep_s))[0]

    def _obey(self, conversation: Conversation, limits: Limits) -> None:
        try:
            for message in self._channel.waiting():
                match message:
                    case OrdersGiven(_, orders):
                        for order in orders:
                            conversation.carry_out(order)
                    case Measure(request):
                        self._channel.send(Measured(request, conversation.measure()))
                    case Ping(number):
                        self._channel.send(Pong(number))
                    case Finish(code, reason):
                        _finish(conversation, limits, code, reason)
        except ChannelClosed as error:
            log.warning("the keeper is gone, hanging up: %s", error)
            self._keeper_lives = False
            _finish(conversation, limits, _SERVICE_UNAVAILABLE, "voice keeper gone")

    def _within(self, limits: Limits, conversation: Conversation) -> bool:
        """Deal with a limit that is reached; False: leave at once."""
        match limits.breached(time.monotonic()):
            case Breach.UNUSED:
                self._tell(_now_ms(), api.LeaseUnused())
                return False
            case Breach.TOO_LONG:
                log.warning("the conversation is longer than allowed")
                _finish(conversation, limits, _SERVICE_UNAVAILABLE, "too long")
            case Breach.WILL_NOT_END:
                log.error("a leg does not end")
                return False
            case None:
                pass
        if conversation.used or (limits.finishing_since_s is None and not conversation.unwanted):
            return True
        self._tell(_now_ms(), api.LeaseUnused())  # told so before anything came
        return False

    def _tell(self, at_ms: int, fact: api.Fact) -> None:
        if not self._keeper_lives:
            return
        with contextlib.suppress(ChannelClosed):  # the next look at the channel finds out, and hangs up
            self._channel.send(Happened(at_ms, fact))


def _finish(conversation: Conversation, limits: Limits, code: int, reason: str) -> None:
    limits.finishing_since_s = limits.finishing_since_s or time.monotonic()
    conversation.end_all(code, reason)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
