"""What there is between the box and one device: its state as others see it, its port while open, what is heard.

Decides nothing: `finding_out.py` asks what is there, `care.py` keeps it well, `device.py` opens it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from hw.api import Condition, DeviceState, Dialled, Frame, FrameKind, Heard, LastFrame
from hw.cid.registry import Dialect
from hw.dialling import Dials
from hw.errors import PortAway
from hw.hearing import Hearing
from hw.serial_port import Listener, Port
from hw.telling_apart import Attempt

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 1.0
KEPT_FRAMES = 20


def _nobody(_: Dialled) -> None:
    """Hear nothing."""


@dataclass(frozen=True)
class Told:
    """Whom a device tells what: its state after each change, every frame, and what becomes of numbers it dials."""

    changed: Callable[[DeviceState], None]
    heard: Callable[[Heard], None]
    now_ms: Callable[[], int]
    dialled: Callable[[Dialled], None] = _nobody


class Contact:
    """The device, as far as it can be reached. `met`: it was understood just now and is to be set up."""

    def __init__(self, state: DeviceState, told: Told) -> None:
        self.state = state
        self.now_ms = told.now_ms
        self.hearing = Hearing(told.now_ms, self._frames, self.wake)
        self.port: Port | None = None
        self.lost = False
        self.stuck = False
        self.met = False
        self.sent_s = 0.0  # when bytes were sent last, by the loop's clock
        self.listener = Listener(self.hearing.feed, self._gone, self._stuck)
        self.on_frames: Callable[[list[Frame]], None] = lambda _: None
        self._turn = asyncio.Event()  # something has happened that the device's task must look at
        self.dials = Dials(state.device, self.send, self._dialled, told.now_ms, self.wake)
        self._told = told

    def wake(self) -> None:
        """Let the device's task look at what there is."""
        self._turn.set()

    async def something(self, seconds: float | None = None) -> None:
        """Wait until something has happened, or for so many seconds."""
        with suppress(TimeoutError):  # `wait_for` would lose an order to stop that comes in the same moment
            async with asyncio.timeout(seconds):
                await self._turn.wait()
        self._turn.clear()

    async def until(self, true: Callable[[], bool], seconds: float | None = None) -> bool:
        """Wait until something holds, for so many seconds at the most. Raises PortAway when the port goes away."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not (true() or self.lost):
                    await self._turn.wait()
                    self._turn.clear()
        if self.lost:
            raise PortAway
        return true()

    def settle(self) -> None:
        """Forget that something has happened."""
        self._turn.clear()

    def send(self, data: bytes) -> bool:
        """Send bytes to the device; False: it cannot take them."""
        self.sent_s = asyncio.get_running_loop().time()
        return self.port is not None and self.port.write(data)

    async def answers(self, question: bytes) -> bool:
        """Ask something; say whether any frame came within the time that devices take. Raises PortAway.

        Never while a number is dialled: a byte would break that off. A number that is wanted meanwhile waits, since the
        answer would be taken for what has become of it.
        """
        await self.until(lambda: not self.dials.busy)
        before = self.hearing.frames
        self.dials.hold()
        self.send(question)
        answered = await self.until(lambda: self.hearing.frames != before, ANSWER_WITHIN_S)
        self.dials.let_go()
        return answered

    async def listen_at(self, one: Attempt) -> None:
        """Go on at another speed, with those who read along there. Raises PortAway, PortHung."""
        if self.port is not None and one.speed != self.state.speed:
            await self.port.set_speed(one.speed)
        self.hearing.listen_to(one)
        self.set(speed=one.speed)

    def become(self, spoken: Dialect) -> None:
        """Be the device that speaks so."""
        hooks = self.state.hooks or spoken.hooks
        dials = spoken.dialling is not None
        self.set(condition=Condition.CONNECTED, dialect=spoken.name, hooks=hooks, dials=dials, why=None)

    def set(self, **changes: object) -> None:
        """Be different, and tell so."""
        after = replace(self.state, **changes)  # type: ignore[arg-type]  # names and types are DeviceState's
        if after != self.state:
            if after.condition is not self.state.condition:
                log.info("device %s: %s", after.path, after.condition)
            self.state = after
            self._told.changed(after)

    # ------------------------------------------------------------------------------------------ in the loop's callbacks

    def _gone(self) -> None:
        self.lost = True
        self.dials.lost()
        self.set(condition=Condition.GONE, losses=self.state.losses + 1, refused=0, why=None)
        self.wake()

    def _dialled(self, news: Dialled) -> None:
        self._told.dialled(news)
        self.wake()

    def _stuck(self) -> None:
        self.stuck = True
        self.wake()

    def _frames(self, spoken: Dialect, frames: list[Frame]) -> None:
        if not self.state.connected or spoken.name != self.state.dialect:
            only_silent = spoken.name == self.state.dialect and self.state.condition is Condition.SILENT
            self.met = self.met or not only_silent
            self.become(spoken)
        for frame in frames:
            self._frame(frame)
        self.on_frames(frames)
        self.wake()

    def _frame(self, frame: Frame) -> None:
        now_ms = self.now_ms()
        last = LastFrame(now_ms, frame.kind, frame.channel, frame.raw)
        before = self.state.frames
        if frame.kind is FrameKind.DEVICE and before and before[0].kind is FrameKind.DEVICE:
            before = before[1:]  # answers to our own questions, which would push out what lines have said
        self.set(
            frames=(last, *before)[:KEPT_FRAMES],
            lines=max(self.state.lines, frame.channel),
            hooks=self.state.hooks or frame.kind is FrameKind.OFF_HOOK,
            info=(frame.name or self.state.info) if frame.kind is FrameKind.DEVICE else self.state.info,
        )
        self._told.heard(Heard(self.state.device, frame, now_ms))
        self.dials.heard(frame)
