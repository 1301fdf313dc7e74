"""Lamps and buttons in plain types: what a board has, and what its buttons tell. Knows no library and no feature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Lamp(StrEnum):
    """The lamps that a box may have, in the order in which they stand."""

    POWER = "power"
    LINE = "line"
    RINGING = "ringing"
    RECORDING = "recording"
    CALLBACKS = "callbacks"
    NIGHT = "night"
    FAULT = "fault"


class ButtonKind(StrEnum):
    """What a button is for."""

    NIGHT = "night"
    PANIC = "panic"
    RESET = "reset"


class Pull(StrEnum):
    """Where a button's pin is drawn while the button is open. There is no third way: a pin that floats tells noise."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class LampPin:
    """A lamp and its pin ("GPIO12"). `active_low`: it is lit by a low level."""

    lamp: Lamp
    pin: str
    active_low: bool = False


@dataclass(frozen=True)
class ButtonPin:
    """A button and its pin. `switch`: it stays where it is put, like a key switch; `desk`: an extension, or "".

    `active_low`: it is pressed when its pin is low, as a button to ground with a pull-up is.
    """

    name: str
    kind: ButtonKind
    pin: str
    pull: Pull = Pull.UP
    active_low: bool = True
    switch: bool = False
    desk: str = ""


@dataclass(frozen=True)
class Board:
    """What is wired to which pin. A level counts when it has stayed for `debounce_ms`.

    `models` are beginnings of what the machine calls itself; `simulated`: its pins are only in memory.
    """

    name: str
    lamps: tuple[LampPin, ...] = ()
    buttons: tuple[ButtonPin, ...] = ()
    debounce_ms: int = 30
    models: tuple[str, ...] = ()
    simulated: bool = False


@dataclass(frozen=True)
class Moved:
    """A button was pressed (a switch: turned on) or let go, and has stayed so. `at_start`: a switch stands there."""

    button: ButtonPin
    down: bool
    at_start: bool = False


@dataclass(frozen=True)
class PinLevel:
    """One pin as it is measured now. `what` is the lamp or button on it; `active`: lit, or pressed."""

    pin: str
    what: str
    high: bool
    active: bool


@dataclass(frozen=True)
class PinsState:
    """What there is. `why` "": it works; otherwise why not, and `detail` in the words of whoever knows.

    "no_board", "no_chip": this machine has no pins, and nothing is wrong. Otherwise "bad_board", "no_library",
    "no_access" or "bad_pin".
    """

    board: Board | None = None
    why: str = "no_board"
    detail: str = ""


class Timer(Protocol):
    """A call that is due later and may be cancelled."""

    def cancel(self) -> None:
        """Make sure that it is not called any more."""


CallLater = Callable[[float, Callable[[], None]], Timer]
"""Call something in the loop's thread after some seconds."""
