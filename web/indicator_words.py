"""What lamps say: for each lamp the patterns that it has of its own, and the catalogue key of what they mean."""

from __future__ import annotations

from appliance.indicators.service import Lamp, Pattern

MEANINGS: dict[Lamp, tuple[Pattern, ...]] = {
    Lamp.POWER: (Pattern.HEARTBEAT, Pattern.OFF),
    Lamp.LINE: (Pattern.ON, Pattern.SLOW, Pattern.FAST, Pattern.OFF),
    Lamp.RINGING: (Pattern.FAST, Pattern.SLOW, Pattern.OFF),
    Lamp.RECORDING: (Pattern.ON, Pattern.SLOW, Pattern.OFF),
    Lamp.CALLBACKS: (Pattern.SLOW, Pattern.FAST, Pattern.OFF),
    Lamp.NIGHT: (Pattern.ON, Pattern.OFF),
    Lamp.FAULT: (Pattern.SLOW, Pattern.FAST, Pattern.OFF),
}


def means(lamp: Lamp, pattern: Pattern) -> str:
    """Return the key of what a lamp says by a pattern; those that every lamp may play are told by their own names."""
    if pattern in MEANINGS[lamp]:
        return f"indicators.means.{lamp}.{pattern}"
    return f"indicators.pattern.{pattern}"
