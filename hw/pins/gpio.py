"""The pins themselves, by gpiozero: the only place that imports it. Real ones by lgpio, or its mock ones in memory.

Edges come in a thread of the library and are handed to the loop here. Opening and closing block: call them in a thread.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hw.errors import PinsAway
from hw.pins.api import Board, ButtonPin, Lamp, PinLevel

_CHIPS = Path("/dev")


def available() -> bool:
    """Say whether the libraries for real pins are installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("gpiozero", "lgpio"))


class Gpio:
    """The lamps and buttons of a board on open pins. `edge` is called in the loop with a button's name."""

    def __init__(
        self, factory: Any, board: Board, edge: Callable[[str], None], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._factory = factory
        self._board = board
        self._edge = edge
        self._loop = loop
        self._lamps = {one.lamp: one for one in board.lamps}
        self._buttons = {one.name: one for one in board.buttons}
        self._pins: dict[str, Any] = {}
        self._listeners: list[Callable[[Any, Any], None]] = []  # the library keeps weak references only
        self.lit: dict[Lamp, bool] = {}

    def claim(self) -> None:
        """Take the pins: lamps dark, buttons drawn to where they rest. Raises whatever the library does."""
        for lamp in self._board.lamps:
            self._take(lamp.pin).output_with_state(lamp.active_low)
            self.lit[lamp.lamp] = False
        for button in self._board.buttons:
            pin = self._take(button.pin)
            pin.input_with_pull(button.pull.value)
            pin.edges = "both"
            listener = self._listener(button)
            self._listeners.append(listener)
            pin.when_changed = listener

    def close(self) -> None:
        """Put the lamps out and give every pin back."""
        for lamp in tuple(self.lit):
            self.light(lamp, on=False)
        for button in self._buttons.values():
            if button.pin in self._pins:
                self._pins[button.pin].when_changed = None
        self._factory.close()
        self._pins.clear()
        self.lit.clear()

    def light(self, lamp: Lamp, *, on: bool) -> None:
        """Light a lamp, or put it out. A lamp that the board does not have is no error."""
        known = self._lamps.get(lamp)
        if known is not None and known.pin in self._pins and self.lit.get(lamp) is not on:
            self._pins[known.pin].state = on != known.active_low
            self.lit[lamp] = on

    def is_down(self, name: str) -> bool:
        """Measure whether a button is pressed."""
        button = self._buttons[name]
        return bool(self._pins[button.pin].state) != button.active_low

    def levels(self) -> tuple[PinLevel, ...]:
        """Measure every pin."""
        found = [(one.pin, one.lamp.value, one.active_low) for one in self._board.lamps]
        found += [(one.pin, one.name, one.active_low) for one in self._board.buttons]
        return tuple(self._level(*one) for one in found if one[0] in self._pins)

    def _level(self, pin: str, what: str, active_low: bool) -> PinLevel:
        high = bool(self._pins[pin].state)
        return PinLevel(pin, what, high, high != active_low)

    def _take(self, name: str) -> Any:
        pin = self._pins[name] = self._factory.pin(name)
        return pin

    def _listener(self, button: ButtonPin) -> Callable[[Any, Any], None]:
        def changed(_ticks: Any, _state: Any) -> None:
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._edge, button.name)

        return changed


class MockGpio(Gpio):
    """The same on pins in memory, whose buttons can be pressed, bounced and wired to lamps."""

    def drive(self, name: str, *, down: bool) -> None:
        """Press a button, or let it go."""
        button = self._buttons[name]
        pin = self._pins[button.pin]
        (pin.drive_high if down != button.active_low else pin.drive_low)()


def open_real(board: Board, edge: Callable[[str], None], loop: asyncio.AbstractEventLoop, folder: Path) -> Gpio:
    """Open this machine's pins. `folder` is for the library's own files. Raises PinsAway."""
    if not available():
        raise PinsAway("no_library")
    if not any(_CHIPS.glob("gpiochip*")):
        raise PinsAway("no_chip")
    return _claimed(Gpio(_real_factory(folder), board, edge, loop))


def open_mock(
    board: Board, edge: Callable[[str], None], loop: asyncio.AbstractEventLoop, wires: dict[str, str] | None = None
) -> MockGpio:
    """Open pins in memory. `wires` connect an output with the input that follows it. Raises PinsAway."""
    try:
        from gpiozero.pins.mock import MockConnectedPin, MockFactory  # not needed where there are no pins
    except ImportError as error:
        raise PinsAway("no_library") from error
    factory = MockFactory()
    for output, follows in (wires or {}).items():
        factory.pin(output, pin_class=MockConnectedPin, input_pin=factory.pin(follows))
    gpio = MockGpio(factory, board, edge, loop)
    _claimed(gpio)
    return gpio


def _real_factory(folder: Path) -> Any:
    """Open the chip. lgpio makes a pipe in the folder that it is told, and goes there with the whole program."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["LG_WD"] = str(folder)
    before = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        from gpiozero.pins.lgpio import LGPIOFactory  # starts a thread: only where there are pins

        return LGPIOFactory()
    except Exception as error:  # the errors of the two libraries have no root in common
        raise PinsAway("no_access", str(error)) from error
    finally:
        os.fchdir(before)
        os.close(before)


def _claimed(gpio: Gpio) -> Gpio:
    try:
        gpio.claim()
    except Exception as error:  # as above: a pin that does not exist, is taken, or cannot be drawn that way
        gpio.close()
        raise PinsAway("bad_pin", str(error)) from error
    return gpio
