"""Who calls, from what a caller-ID device has read; and whether it has said so just now. Pure."""

from __future__ import annotations

from appliance.core import numbers
from appliance.core.numbers import Number, NumberKind
from hw.api import Frame

REPEATED_WITHIN_MS = 5000
_LONGEST = 12  # digits of a Korean number
_SHORTEST = 8
_NOT_ONE = (NumberKind.UNKNOWN, NumberKind.EXTENSION, NumberKind.INTERNATIONAL)


def caller(frame: Frame, area_code: str) -> str:
    """Return a frame's number in stored form, "" when there is none."""
    return _understood(frame.number, area_code).stored if frame.number else ""


def _understood(digits: str, area_code: str) -> Number:
    """Return a number; what a box has kept of an older one behind it is left away."""
    if len(digits) > _LONGEST and digits.isdigit() and digits.startswith(("0", "1")):
        for length in range(_LONGEST, _SHORTEST - 1, -1):
            number = numbers.parse(digits[:length], area_code=area_code)
            if number.kind not in _NOT_ONE:
                return number
    return numbers.parse(digits, area_code=area_code)


class Repeats:
    """Boxes say the same call again and again while it rings."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, int], tuple[str, int]] = {}

    def again(self, device: str, frame: Frame, at_ms: int) -> bool:
        """Say whether this is the call that the channel told of within the last seconds; remember it."""
        key, said = (device, frame.channel), frame.number or frame.presentation.value
        known, last_ms = self._last.get(key, ("", -REPEATED_WITHIN_MS))
        self._last[key] = (said, at_ms)
        return known == said and at_ms - last_ms < REPEATED_WITHIN_MS

    def over(self, device: str, channel: int) -> None:
        """Forget a channel whose call is over: whoever calls now calls anew."""
        self._last.pop((device, channel), None)
