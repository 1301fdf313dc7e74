"""Says when the time of a recall has come: one alarm for the next. Knows no store.

What came due while nobody ran is told at the start. It stays due until it is done or put off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from appliance.core.bus import Bus
from appliance.core.clock import Clock, Timer
from appliance.recalls.events import RecallsDue
from appliance.recalls.types import Recall

_LONGEST_S = 600.0  # the wall clock may be set meanwhile


class Alarm:
    """Publishes RecallsDue, once for each recall and time; `waiting` says which are open."""

    def __init__(self, bus: Bus, clock: Clock, waiting: Callable[[], Iterable[Recall]]) -> None:
        self._bus = bus
        self._clock = clock
        self._waiting = waiting
        self._told: frozenset[tuple[int, int, str]] = frozenset()
        self._timer: Timer | None = None
        self._running = False

    def start(self) -> None:
        """Look now, and whenever the next is due."""
        self._running = True
        self.look()

    def stop(self) -> None:
        """Look no more."""
        self._running = False
        if self._timer is not None:
            self._timer.cancel()

    def look(self) -> None:
        """Tell of what has come due, and set the alarm for the next."""
        if not self._running:
            return
        now_ms, waiting = self._clock.now_ms(), tuple(self._waiting())
        due = frozenset((one.id, one.at_ms, one.agent) for one in waiting if one.at_ms <= now_ms)
        fresh, self._told = due - self._told, due
        self._set_alarm(min((one.at_ms for one in waiting if one.at_ms > now_ms), default=0), now_ms)
        if fresh:
            self._bus.publish(RecallsDue(frozenset(agent for _, _, agent in fresh)))

    def _set_alarm(self, next_ms: int, now_ms: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if next_ms:
            self._timer = self._clock.call_later(min((next_ms - now_ms) / 1000, _LONGEST_S), self.look)
