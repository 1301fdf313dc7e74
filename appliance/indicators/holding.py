"""A button that has to be held: from its moves and from time to what it says. Pure."""

from __future__ import annotations

from enum import StrEnum

from hw.pins.api import ButtonKind

SECONDS = {ButtonKind.NIGHT: 0.0, ButtonKind.PANIC: 1.0, ButtonKind.RESET: 10.0}
"""For how long each kind has to be held until it does something."""


class Phase(StrEnum):
    """Where a button is."""

    UP = "up"
    HELD = "held"  # pressed, not yet for long enough
    DONE = "done"  # it has done what it does, and waits to be let go


class Signal(StrEnum):
    """What happens to it."""

    PRESSED = "pressed"
    RELEASED = "released"
    TIME = "time"  # it was held for long enough


class Says(StrEnum):
    """What it says."""

    NOTHING = "nothing"
    BEGINS = "begins"
    LET_GO = "let_go"  # too early
    DO = "do"


_STEPS = {
    (Phase.UP, Signal.PRESSED): (Phase.HELD, Says.BEGINS),
    (Phase.HELD, Signal.TIME): (Phase.DONE, Says.DO),
    (Phase.HELD, Signal.RELEASED): (Phase.UP, Says.LET_GO),
    (Phase.DONE, Signal.RELEASED): (Phase.UP, Says.NOTHING),
}


def step(phase: Phase, signal: Signal) -> tuple[Phase, Says]:
    """Return where the button is after a signal, and what it says."""
    return _STEPS.get((phase, signal), (phase, Says.NOTHING))
