"""Knows which callbacks have waited for longer than the office wants, and says when that changes.

Set by one alarm for the next that will; knows no store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from appliance.callbacks.events import CallbacksOverdue
from appliance.callbacks.types import Callback
from appliance.core.bus import Bus, Unsubscribe
from appliance.core.clock import Clock, Timer
from appliance.store.settings import Settings, SettingsChanged

_KEY = "callbacks.remind_hours"
_HOUR_MS = 3_600_000
_LONGEST_S = 600.0  # the wall clock may be set meanwhile


class Overdue:
    """Who has waited too long; `waiting` says who waits now."""

    def __init__(self, bus: Bus, clock: Clock, settings: Settings, waiting: Callable[[], Iterable[Callback]]) -> None:
        self._bus = bus
        self._clock = clock
        self._settings = settings
        self._waiting = waiting
        self._told: frozenset[int] = frozenset()
        self._timer: Timer | None = None
        self._end: Unsubscribe | None = None

    def start(self) -> None:
        """Look now, and whenever it may have changed."""
        self._end = self._bus.subscribe(SettingsChanged, self._settings_changed)
        self.look()

    def stop(self) -> None:
        """Look no more."""
        if self._end is not None:
            self._end()
            self._end = None
        if self._timer is not None:
            self._timer.cancel()

    def now(self) -> tuple[Callback, ...]:
        """Return who has waited too long, in the order in which they are given."""
        latest = self._latest_ms()
        return tuple(one for one in self._waiting() if one.first_ms <= latest)

    def look(self) -> None:
        """Tell when others than before have waited too long, and set the alarm for the next."""
        if self._end is None:
            return
        latest, waiting = self._latest_ms(), tuple(self._waiting())
        found = frozenset(one.id for one in waiting if one.first_ms <= latest)
        if found != self._told:
            self._told = found
            self._bus.publish(CallbacksOverdue())
        self._set_alarm(min((one.first_ms - latest for one in waiting if one.first_ms > latest), default=0))

    def _set_alarm(self, in_ms: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if in_ms and self._settings.get(_KEY):
            self._timer = self._clock.call_later(min(in_ms / 1000, _LONGEST_S), self.look)

    def _latest_ms(self) -> int:
        """Return when somebody must have asked at the latest to be overdue; nobody has when it is 0."""
        hours = int(self._settings.get(_KEY))
        return self._clock.now_ms() - hours * _HOUR_MS if hours else 0

    def _settings_changed(self, event: SettingsChanged) -> None:
        if _KEY in event.keys:
            self.look()
