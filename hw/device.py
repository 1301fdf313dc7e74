"""One port's life: opened, asked what is on it, listened to, and opened again after it was pulled out or taken.

Tells its state and what it hears; knows nothing of other ports.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from hw.api import Condition, DeviceState, Dialled, Frame, FrameKind, Heard, LastFrame, Wish
from hw.cid.registry import Dialect
from hw.dialling import Dials, Event
from hw.errors import CannotDial, PortAway, PortBusy
from hw.serial_port import SerialPort
from hw.telling_apart import Attempt, Ears, attempts, speeds

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 1.0
TICK_S = 0.15
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


class Device:
    """The device on one port; `run` is its task."""

    def __init__(self, state: DeviceState, wish: Wish, told: Told) -> None:
        self.state = state
        self._tries = attempts(wish.dialect, wish.speed)
        self._told = told
        self._port: SerialPort | None = None
        self._ears = Ears(())
        self._dials = Dials(state.device, self.send, told.dialled, told.now_ms)
        self._turn = asyncio.Event()  # something has happened that the task must look at
        self._lost = False
        self._tick: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Keep the port open as long as it is there."""
        try:
            for pause in _pauses():
                await self._once()
                await self._wait(pause)
        finally:
            await self._close()

    def look(self, path: str) -> None:
        """Hear that the port is there, perhaps under another name: it is opened at once if it is not."""
        self._set(path=path)
        if self._port is None:
            self._turn.set()

    def send(self, data: bytes) -> bool:
        """Send bytes to the device; False: it cannot take them."""
        return self._port is not None and self._port.write(data)

    def dial(self, channel: int, number: str) -> None:
        """Have the device dial digits on a channel. Raises CannotDial, AlreadyDials."""
        speaks = self._ears.understood.dialling if self._ears.understood is not None else None
        if speaks is None or not self.state.connected:
            raise CannotDial
        self._dials.dial(speaks, channel, number, hooks=self.state.hooks)

    def dialling(self, channel: int, event: Event) -> None:
        """Hear from people that a handset was lifted, or that dialling is to stop. Without effect when it is over."""
        self._dials.happens(channel, event)

    async def _once(self) -> None:
        """Open the port and stay with it until it is lost."""
        self._lost = False
        self._turn.clear()
        try:
            first = self._tries[0]
            self._ears = Ears(first.reading)
            self._port = await SerialPort.open(self.state.path, first.speed, self._bytes, self._gone)
            await self._find_out()
            await self._stay()
        except PortAway:
            self._set(condition=Condition.GONE)
        except PortBusy:
            self._set(condition=Condition.BUSY)
        await self._close()

    async def _find_out(self) -> None:
        """Ask in every way what is there, until something answers."""
        self._set(condition=Condition.PROBING)
        for one in self._tries:
            if not one.asked.greeting:
                continue
            await self._listen_at(one)
            self.send(one.asked.greeting)
            await self._wait(ANSWER_WITHIN_S)
            if self._ears.understood is not None or self._lost:
                return
        await self._listen_at(self._tries[0])
        self._set(condition=Condition.LISTENING)

    async def _listen_at(self, one: Attempt) -> None:
        if self._port is not None:
            await self._port.set_speed(one.speed)
        self._ears = Ears(one.reading)
        self._turn.clear()
        self._set(speed=one.speed)

    async def _stay(self) -> None:
        """Listen; when what comes makes no sense, go on at the next speed."""
        order = speeds(self._tries)
        while not self._lost:
            await self._turn.wait()
            self._turn.clear()
            if self._ears.makes_no_sense and len(order) > 1:
                following = order[(order.index(self.state.speed) + 1) % len(order)]
                await self._listen_at(next(one for one in self._tries if one.speed == following))
        raise PortAway

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):  # `wait_for` would lose an order to stop that comes in the same moment
            async with asyncio.timeout(seconds):
                await self._turn.wait()

    async def _close(self) -> None:
        if self._tick is not None:
            self._tick.cancel()
        port, self._port = self._port, None
        self._dials.lost()
        if port is not None:
            await port.close()

    # ------------------------------------------------------------------------------------------ in the loop's callbacks

    def _gone(self) -> None:
        self._lost = True
        self._turn.set()
        self._dials.lost()
        self._set(condition=Condition.GONE)

    def _bytes(self, data: bytes) -> None:
        self._frames(self._ears.feed(data, self._told.now_ms()))
        if self._ears.makes_no_sense:
            self._turn.set()
        if self._tick is not None:
            self._tick.cancel()
        self._tick = asyncio.get_running_loop().call_later(TICK_S, self._time)

    def _time(self) -> None:
        self._frames(self._ears.tick(self._told.now_ms()))

    def _frames(self, frames: list[Frame]) -> None:
        understood = self._ears.understood
        if not frames or understood is None:
            return
        if not self.state.connected:
            self._meet(understood)
        for frame in frames:
            self._frame(frame)

    def _meet(self, understood: Dialect) -> None:
        hooks = self.state.hooks or understood.hooks
        dials = understood.dialling is not None
        self._set(condition=Condition.CONNECTED, dialect=understood.name, hooks=hooks, dials=dials)
        for line in understood.set_up:
            self.send(line)
        self._turn.set()

    def _frame(self, frame: Frame) -> None:
        now_ms = self._told.now_ms()
        last = LastFrame(now_ms, frame.kind, frame.channel, frame.raw)
        self._set(
            frames=(last, *self.state.frames)[:KEPT_FRAMES],
            lines=max(self.state.lines, frame.channel),
            hooks=self.state.hooks or frame.kind is FrameKind.OFF_HOOK,
            info=frame.name if frame.kind is FrameKind.DEVICE else self.state.info,
        )
        self._told.heard(Heard(self.state.device, frame, now_ms))
        self._dials.heard(frame)

    def _set(self, **changes: object) -> None:
        after = replace(self.state, **changes)  # type: ignore[arg-type]  # names and types are this file's own
        if after != self.state:
            if after.condition is not self.state.condition:
                log.info("device %s: %s", after.path, after.condition)
            self.state = after
            self._told.changed(after)


def _pauses() -> Iterator[float]:
    """Seconds between two tries to open: at first soon, later seldom. A port that comes back is opened at once."""
    pause = 0.5
    while True:
        yield pause
        pause = min(pause * 2, 30.0)
