"""The box's lamps and buttons: finds the board, opens its pins, tells what counts. The part that others are given.

A machine without pins, without the libraries, or with a map that cannot be used has none, and says why; nothing else
of the box notices.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from hw.errors import BadBoard, PinsAway
from hw.pins import board as boards
from hw.pins.api import Board, ButtonPin, CallLater, Lamp, Moved, PinLevel, PinsState
from hw.pins.contact import Contact
from hw.pins.gpio import Gpio, MockGpio, open_mock, open_real
from hw.pins.watch import Watch

log = logging.getLogger(__name__)

_BELIEVED_WITHIN_S = 1.0


class BoxPins:
    """Opened by `open`; from then on `moved` hears of the buttons, in the loop."""

    def __init__(self, choice: str, folder: Path, call_later: CallLater) -> None:
        self._choice = choice
        self._folder = folder
        self._call_later = call_later
        self._told: Callable[[Moved], None] = _nobody
        self._gpio: Gpio | None = None
        self._watch: Watch | None = None
        self._pressing: dict[str, asyncio.Lock] = {}
        self._released: dict[str, asyncio.Event] = {}
        self._dark: set[Lamp] = set()  # lamps of which it is logged that they cannot be lit
        self.state = PinsState()

    async def open(self, moved: Callable[[Moved], None]) -> None:
        """Look for the board and take its pins."""
        self._told = moved
        try:
            found = await asyncio.to_thread(boards.find, self._choice)
        except BadBoard as error:
            self.state = PinsState(None, "bad_board", str(error))
            log.error("lamps and buttons: %s", error)
            return
        if found is None or not (found.lamps or found.buttons):
            self.state = PinsState(found)
            return
        await self._open(found)

    async def _open(self, board: Board) -> None:
        loop = asyncio.get_running_loop()
        try:
            if board.simulated:
                self._gpio = await asyncio.to_thread(open_mock, board, self._edge, loop)
            else:
                self._gpio = await asyncio.to_thread(open_real, board, self._edge, loop, self._folder)
        except PinsAway as error:
            self.state = PinsState(board, error.why, error.detail)
            log.warning("lamps and buttons are not there: %s", error)
            return
        self.state = PinsState(board, "")
        self._watch = Watch(board, self._gpio.is_down, self._tell, self._call_later)
        self._watch.start()

    async def close(self) -> None:
        """Put the lamps out and let go of the pins. Twice is harmless."""
        if self._watch is not None:
            self._watch.stop()
        gpio, self._gpio = self._gpio, None
        if gpio is not None:
            await asyncio.to_thread(gpio.close)

    def light(self, lamp: Lamp, *, on: bool) -> None:
        """Light a lamp, or put it out."""
        if self._gpio is None:
            return
        try:
            self._gpio.light(lamp, on=on)
        except Exception as error:  # the library's errors have no root; a lamp must not stop who lights it
            if lamp not in self._dark:
                log.warning("lamp %s: %s", lamp, error)
            self._dark.add(lamp)

    def lit(self) -> frozenset[Lamp]:
        """Return the lamps that are lit in this moment."""
        return frozenset(lamp for lamp, on in self._gpio.lit.items() if on) if self._gpio is not None else frozenset()

    def contact(self, name: str) -> Contact:
        """Return how a button's contact is."""
        return self._watch.contact(name) if self._watch is not None else Contact.UP

    def levels(self) -> tuple[PinLevel, ...]:
        """Measure every pin."""
        return self._gpio.levels() if self._gpio is not None else ()

    async def press(self, button: ButtonPin, seconds: float) -> None:
        """Press a button for some seconds, on pins in memory and by the very way of a real one. Raises PinsAway.

        On a box with real pins those stay as they are. One finger at a time: a second press waits.
        """
        async with self._pressing.setdefault(button.name, asyncio.Lock()):
            if isinstance(self._gpio, MockGpio) and self._has(button):
                await self._hold(self._gpio, button, seconds)
                return
            watch: list[Watch] = []
            like = self.state.board or Board("")
            board = Board("finger", buttons=(replace(button, switch=False),), debounce_ms=like.debounce_ms)
            gpio = await asyncio.to_thread(open_mock, board, lambda name: watch[0].edge(name), _loop())
            watch.append(Watch(board, gpio.is_down, self._tell, self._call_later))
            watch[0].start()
            try:
                await self._hold(gpio, button, seconds)
            finally:
                watch[0].stop()
                await asyncio.to_thread(gpio.close)

    def _has(self, button: ButtonPin) -> bool:
        return self.state.board is not None and button in self.state.board.buttons

    async def _hold(self, gpio: MockGpio, button: ButtonPin, seconds: float) -> None:
        released = self._released[button.name] = asyncio.Event()
        gpio.drive(button.name, down=True)
        try:
            await asyncio.sleep(0)  # the edge is heard before the finger's time begins, however busy the loop is
            await self._passed(seconds)
        finally:
            gpio.drive(button.name, down=False)
        with suppress(TimeoutError):  # a press that was too short to be believed is never let go, either
            async with asyncio.timeout(_BELIEVED_WITHIN_S):
                await released.wait()

    async def _passed(self, seconds: float) -> None:
        over = asyncio.Event()
        timer = self._call_later(seconds, over.set)
        try:
            await over.wait()
        finally:
            timer.cancel()

    def _tell(self, moved: Moved) -> None:
        self._told(moved)
        if not moved.down and (released := self._released.pop(moved.button.name, None)) is not None:
            released.set()

    def _edge(self, name: str) -> None:
        if self._watch is not None:
            self._watch.edge(name)


def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def _nobody(_moved: Moved) -> None:
    """Hear nothing: the pins are not open yet."""
