"""Gathers what changes within a moment, so that it is painted once. Knows no page."""

from __future__ import annotations

from collections.abc import Callable

from appliance.core.clock import Clock, Timer

GATHER_SECONDS = 0.1


class Gathering:
    """Names of what has changed; `push` is given them all at once, a moment after the first."""

    def __init__(self, clock: Clock, push: Callable[[set[str]], None], seconds: float = GATHER_SECONDS) -> None:
        self._clock = clock
        self._seconds = seconds
        self._push = push
        self._changed: set[str] = set()
        self._due: Timer | None = None

    def mark(self, *names: str) -> None:
        """Note that these have changed."""
        self._changed.update(names)
        if self._due is None:
            self._due = self._clock.call_later(self._seconds, self._ring)

    def stop(self) -> None:
        """Push nothing any more."""
        if self._due is not None:
            self._due.cancel()

    def _ring(self) -> None:
        self._due = None
        changed, self._changed = self._changed, set()
        self._push(changed)
