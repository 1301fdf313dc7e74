"""What each lamp shows, from the facts alone. Pure."""

from __future__ import annotations

from appliance.core.health import Level
from appliance.indicators.types import Facts, Pattern
from hw.pins.api import Lamp

_FAULT = {Level.OK: Pattern.OFF, Level.DEGRADED: Pattern.SLOW, Level.FAILED: Pattern.FAST}


def decide(facts: Facts) -> dict[Lamp, Pattern]:
    """Return the pattern of every lamp."""
    return {
        Lamp.POWER: Pattern.HEARTBEAT,  # only a program that lives makes it beat
        Lamp.LINE: _line(facts),
        Lamp.RINGING: _first((facts.ringing, Pattern.FAST), (facts.waiting, Pattern.SLOW)),
        Lamp.RECORDING: _first((facts.recording, Pattern.ON), (facts.paused, Pattern.SLOW)),
        Lamp.CALLBACKS: _first((facts.overdue, Pattern.FAST), (facts.callbacks, Pattern.SLOW)),
        Lamp.NIGHT: _first((facts.night, Pattern.ON)),
        Lamp.FAULT: _FAULT[facts.worst],
    }


def _line(facts: Facts) -> Pattern:
    if not facts.lines:
        return Pattern.OFF
    if not facts.lines_up:
        return Pattern.FAST
    return Pattern.ON if facts.lines_up >= facts.lines else Pattern.SLOW


def _first(*cases: tuple[int | bool, Pattern]) -> Pattern:
    return next((pattern for so, pattern in cases if so), Pattern.OFF)
