"""Lamps and buttons as plain frozen objects."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from appliance.core.health import Level
from hw.pins.api import ButtonKind, Lamp


class Pattern(StrEnum):
    """How a lamp shines; the catalogue has its texts as `indicators.pattern.<value>`."""

    OFF = "off"
    ON = "on"
    SLOW = "slow"
    FAST = "fast"
    HEARTBEAT = "heartbeat"
    DOUBLE = "double"
    FLICKER = "flicker"
    COUNTDOWN = "countdown"  # lamps go out one after another while the reset button is held
    CODE = "code"  # each lamp flashes as often as its digit says


Steps = tuple[tuple[bool, int], ...]
"""Lit or dark, and for how many milliseconds, again and again; 0 milliseconds: it stays so."""


@dataclass(frozen=True)
class Play:
    """What one lamp plays."""

    pattern: Pattern
    steps: Steps


@dataclass(frozen=True)
class Facts:
    """Everything that lamps tell of. `worst`: how the part of the box is that is worst off."""

    lines: int = 0  # trunks and devices of analog lines that there are
    lines_up: int = 0
    ringing: int = 0  # callers from outside whose call rings
    waiting: int = 0  # callers in a queue
    recording: int = 0
    paused: int = 0
    callbacks: int = 0
    overdue: int = 0
    night: bool = False
    worst: Level = Level.OK


class Result(StrEnum):
    """What became of a press; the catalogue has its texts as `indicators.result.<value>`."""

    NONE = ""
    NIGHT_ON = "night_on"
    NIGHT_OFF = "night_off"
    ENDED = "ended"
    NO_DESK = "no_desk"
    NO_CALL = "no_call"
    RESCUE = "rescue"
    NOT_SET_UP = "not_set_up"
    LET_GO = "let_go"
    FAILED = "failed"


@dataclass(frozen=True)
class LampView:
    """One lamp as it is now. `present`: it is on the board; `lit` is this very moment."""

    lamp: Lamp
    pattern: Pattern
    present: bool
    lit: bool
    pin: str


@dataclass(frozen=True)
class ButtonView:
    """One button as it is now, and its last press. `stuck`: it is pressed since the start and not believed."""

    name: str
    kind: ButtonKind
    pin: str
    switch: bool
    desk: str
    pressed: bool
    stuck: bool
    last_ms: int
    last: Result


@dataclass(frozen=True)
class Pressed:
    """What a simulated press did: when it began and was held for long enough (0: it was not), and what followed."""

    button: str
    pressed_ms: int
    held_ms: int
    result: Result


@dataclass(frozen=True)
class IndicatorsChanged:
    """A lamp shines in another way, or a button was moved."""
