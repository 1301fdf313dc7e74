"""What says that a device is in trouble. Pure: counts and moments in, verdicts out.

A device that says nothing gives no sign at all: only bytes that cannot be read, and calls that others told of, count.
"""

from __future__ import annotations

MUCH = 120  # unreadable bytes, more than the readable ones
LEAK_PER_S = 0.5  # so that a crackle now and then never sums up
MISSED_CALLS = 2


class Reading:
    """How well a device is understood."""

    def __init__(self) -> None:
        self._bad = 0.0
        self._at_ms = 0

    def took(self, unread: int, read: int, now_ms: int) -> None:
        """Count bytes that meant nothing, and those of frames."""
        gone = max(0, now_ms - self._at_ms) / 1000 * LEAK_PER_S
        self._bad = max(0.0, self._bad - gone) + unread
        self._bad = max(0.0, self._bad - read)
        self._at_ms = now_ms

    @property
    def broken(self) -> bool:
        """Whether most of what came lately could not be read."""
        return self._bad >= MUCH

    @property
    def clean(self) -> bool:
        """Whether everything that came since was readable."""
        return self._bad == 0

    def again(self) -> None:
        """Begin to count anew."""
        self._bad = 0.0


class Missed:
    """Calls in a row of which a device did not tell and others did."""

    def __init__(self) -> None:
        self._count = 0

    def one(self) -> bool:
        """Count one; say whether that is no accident any more."""
        self._count += 1
        return self._count >= MISSED_CALLS

    def none(self) -> None:
        """Hear that the device has told of something."""
        self._count = 0
