"""Dialling a number through a device: what it has come to, and the bytes that follow. The transitions are pure.

A device dials at most one number on a channel. What only time tells is asked of the running loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from hw.api import DialEnd, Dialled, DialState, Frame, FrameKind
from hw.cid.registry import Dialling
from hw.errors import AlreadyDials

DIALS_WITHIN_S = 20.0
LIFTED_WITHIN_S = 30.0
ENDED_WITHIN_S = 1.0  # until a modem has said OK to the end of a number

_ANSWERS = (FrameKind.DEVICE, FrameKind.REFUSED)
_OVER = frozenset({DialState.DONE, DialState.FAILED})


class Event(StrEnum):
    """What can happen to a number that is being dialled."""

    SENT = "sent"  # the device has the order
    NOT_SENT = "not_sent"
    FINISHED = "finished"  # the device has dialled
    LIFTED = "lifted"
    REFUSED = "refused"  # the device says that nobody was reached
    TIME = "time"  # it has taken too long
    CANCELLED = "cancelled"
    LOST = "lost"  # the device is gone


@dataclass(frozen=True)
class Step:
    """What follows: the state, why it is the last, and which bytes of the dialect are sent then."""

    state: DialState
    end: DialEnd = DialEnd.NOTHING
    send: Literal["", "stop", "release"] = ""


@dataclass(frozen=True)
class Dial:
    """A number that is being dialled. `hooks`: its device tells of handsets."""

    channel: int
    number: str
    hooks: bool
    state: DialState = DialState.SENDING
    end: DialEnd = DialEnd.NOTHING

    @property
    def is_over(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.state in _OVER


_FAILED = DialState.FAILED
_TRANSITIONS: dict[tuple[DialState, Event], Step] = {
    (DialState.SENDING, Event.SENT): Step(DialState.DIALLING),
    (DialState.SENDING, Event.NOT_SENT): Step(_FAILED, DialEnd.ERROR),
    (DialState.SENDING, Event.LOST): Step(_FAILED, DialEnd.AWAY),
    (DialState.SENDING, Event.CANCELLED): Step(_FAILED, DialEnd.CANCELLED),
    (DialState.DIALLING, Event.FINISHED): Step(DialState.LIFT),
    (DialState.DIALLING, Event.LIFTED): Step(DialState.DONE, DialEnd.LIFTED),
    (DialState.DIALLING, Event.REFUSED): Step(_FAILED, DialEnd.ERROR, "stop"),
    (DialState.DIALLING, Event.TIME): Step(_FAILED, DialEnd.SILENT, "stop"),
    (DialState.DIALLING, Event.CANCELLED): Step(_FAILED, DialEnd.CANCELLED, "stop"),
    (DialState.DIALLING, Event.LOST): Step(_FAILED, DialEnd.AWAY),
    (DialState.LIFT, Event.LIFTED): Step(DialState.DONE, DialEnd.LIFTED, "release"),
    (DialState.LIFT, Event.REFUSED): Step(_FAILED, DialEnd.ERROR, "stop"),
    (DialState.LIFT, Event.CANCELLED): Step(_FAILED, DialEnd.CANCELLED, "stop"),
    (DialState.LIFT, Event.LOST): Step(DialState.DONE, DialEnd.NOT_TOLD),
}


def step(dial: Dial, event: Event, why: DialEnd = DialEnd.NOTHING) -> tuple[Dial, Step | None]:
    """Return the dial after an event, and what follows; None: the event means nothing now. `why` belongs to REFUSED."""
    following = _time(dial) if (dial.state, event) == (DialState.LIFT, Event.TIME) else None
    following = following or _TRANSITIONS.get((dial.state, event))
    if following is None:
        return dial, None
    if event is Event.REFUSED and why:
        following = replace(following, end=why)
    return replace(dial, state=following.state, end=following.end), following


def _time(dial: Dial) -> Step:
    """Nobody has lifted the handset, if the device would have told; else it may be in use, and nothing is cut off."""
    if dial.hooks:
        return Step(_FAILED, DialEnd.NOT_LIFTED, "stop")
    return Step(DialState.DONE, DialEnd.NOT_TOLD, "release")


class Dials:
    """What one device dials, by channel. Frames and orders in; bytes and news out.

    Between `hold` and `let_go` the device owes an answer to something else: an order waits, since that answer would be
    taken for its own.
    """

    def __init__(
        self,
        device: str,
        send: Callable[[bytes], bool],
        told: Callable[[Dialled], None],
        now_ms: Callable[[], int],
        idle: Callable[[], None] = lambda: None,
    ) -> None:
        self._device = device
        self._send = send
        self._told = told
        self._now_ms = now_ms
        self._speaks: Dialling | None = None
        self._dials: dict[int, Dial] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._held = False
        self._idle = idle  # told when an end was answered, or was not in its time
        self._ending: asyncio.TimerHandle | None = None

    def dial(self, speaks: Dialling, channel: int, number: str, *, hooks: bool) -> None:
        """Dial a number; the same one again is fine. Raises AlreadyDials."""
        if (known := self._dials.get(channel)) is not None:
            if known.number != number:
                raise AlreadyDials
            return
        self._speaks = speaks
        self._dials[channel] = Dial(channel, number, hooks)
        if not self._held:
            self._order(speaks, self._dials[channel])

    def hold(self) -> None:
        """Send no order until `let_go`."""
        self._held = True

    def let_go(self) -> None:
        """Send the orders that have waited."""
        self._held = False
        for one in tuple(self._dials.values()):
            if one.state is DialState.SENDING and self._speaks is not None:
                self._order(self._speaks, one)

    def _order(self, speaks: Dialling, dial: Dial) -> None:
        sent = self._send(speaks.dial(dial.channel, dial.number))
        self.happens(dial.channel, Event.SENT if sent else Event.NOT_SENT)

    @property
    def busy(self) -> bool:
        """Whether anything is being dialled, or its end not answered yet."""
        return bool(self._dials) or self._ending is not None

    def heard(self, frame: Frame) -> None:
        """Hear what the device says."""
        if self._ending is not None and frame.kind in _ANSWERS:
            self._ended()
            return
        channel = frame.channel or next(iter(self._dials), 1)
        if self._speaks is not None and frame.kind is self._speaks.finished:
            self.happens(channel, Event.FINISHED)
        elif frame.kind is FrameKind.OFF_HOOK:
            self.happens(channel, Event.LIFTED)
        elif frame.kind is FrameKind.REFUSED:
            self.happens(channel, Event.REFUSED, DialEnd(frame.name))

    def lost(self) -> None:
        """Hear that the device is gone."""
        self._held = False
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        for channel in tuple(self._dials):
            self.happens(channel, Event.LOST)

    def happens(self, channel: int, event: Event, why: DialEnd = DialEnd.NOTHING) -> None:
        """Let something happen to what is dialled on a channel, if anything is."""
        before = self._dials.get(channel)
        if before is None:
            return
        after, following = step(before, event, why)
        if following is None:
            return
        self._dials[channel] = after
        self._keep_time(after)
        if after.is_over:
            del self._dials[channel]
        if following.send and self._speaks is not None:
            self._end((self._speaks.stop if following.send == "stop" else self._speaks.release)(channel))
        self._told(Dialled(self._device, channel, after.state, after.end, self._now_ms()))

    def _end(self, order: bytes) -> None:
        """Send what ends a number. A modem says OK to that as it does to a number: the next one waits for it."""
        self._send(order)
        if self._speaks is not None and self._speaks.finished in _ANSWERS and self._ending is None:
            self.hold()
            self._ending = asyncio.get_running_loop().call_later(ENDED_WITHIN_S, self._ended)

    def _ended(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        self.let_go()
        self._idle()

    def _keep_time(self, dial: Dial) -> None:
        if (timer := self._timers.pop(dial.channel, None)) is not None:
            timer.cancel()
        if not dial.is_over:
            seconds = LIFTED_WITHIN_S if dial.state is DialState.LIFT else DIALS_WITHIN_S
            loop = asyncio.get_running_loop()
            self._timers[dial.channel] = loop.call_later(seconds, self.happens, dial.channel, Event.TIME)
