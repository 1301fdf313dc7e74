"""What patterns look like, and what the lamps play while a button says something. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from appliance.indicators.types import Pattern, Play, Steps
from hw.pins.api import Lamp

STEPS: Mapping[Pattern, Steps] = {
    Pattern.OFF: ((False, 0),),
    Pattern.ON: ((True, 0),),
    Pattern.SLOW: ((True, 1000), (False, 1000)),
    Pattern.FAST: ((True, 250), (False, 250)),
    Pattern.HEARTBEAT: ((True, 100), (False, 200), (True, 100), (False, 1600)),
    Pattern.DOUBLE: ((True, 150), (False, 150), (True, 150), (False, 750)),
    Pattern.FLICKER: ((True, 60), (False, 60)),
}
DIGITS = range(1, 7)  # of a code: more flashes than six are counted wrongly
_FLASH_MS, _GAP_MS, _REST_MS = 300, 300, 2400


def play(pattern: Pattern) -> Play:
    """Return a pattern of this table to be played."""
    return Play(pattern, STEPS[pattern])


def countdown(lamps: Sequence[Lamp], ms: int) -> dict[Lamp, Play]:
    """Return what lamps play for a time: all are lit, and go out one after another, the first one last."""
    each = ms / max(1, len(lamps))
    return {lamp: Play(Pattern.COUNTDOWN, ((True, round(ms - at * each)), (False, 0))) for at, lamp in enumerate(lamps)}


def code(lamps: Sequence[Lamp], digits: str) -> dict[Lamp, Play]:
    """Return what lamps play to tell a code: each flashes as often as its digit says, all begin together."""
    whole = DIGITS[-1] * (_FLASH_MS + _GAP_MS) + _REST_MS
    return {lamp: Play(Pattern.CODE, _flashes(int(digit), whole)) for lamp, digit in zip(lamps, digits, strict=False)}


def _flashes(count: int, whole: int) -> Steps:
    flashes = ((True, _FLASH_MS), (False, _GAP_MS)) * count
    return (*flashes[:-1], (False, whole - count * (_FLASH_MS + _GAP_MS) + _GAP_MS))
