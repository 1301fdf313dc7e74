"""What hours do by themselves: holidays of a new year are copied, and the end of a night is told. Knows no call.

A timer for each; nobody is asked on a call's way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from appliance.core.bus import Bus, Unsubscribe
from appliance.core.clock import Clock, Timer
from appliance.core.errors import SoriboxError
from appliance.core.tasks import Tasks
from appliance.hours.korea import computed_apart
from appliance.hours.service import Hours
from appliance.hours.types import Holiday, HoursChanged

log = logging.getLogger(__name__)

LOOKS_S = 86_400.0  # the year may have changed, and a box without a clock of its own may have started in another one
_BEFORE, _AFTER = 1, 2  # years around now


class Upkeep:
    """Keeps the calendar and the night switch up to date. `source` computes holidays; it may block."""

    def __init__(
        self,
        hours: Hours,
        bus: Bus,
        clock: Clock,
        source: Callable[[Iterable[int]], tuple[Holiday, ...]] = computed_apart,
    ) -> None:
        self._hours = hours
        self._bus = bus
        self._clock = clock
        self._source = source
        self._copied: tuple[int, ...] = ()
        self._tasks = Tasks("hours' upkeep")
        self._next_look: Timer | None = None
        self._night_over: Timer | None = None
        self._end: Unsubscribe | None = None

    def start(self) -> None:
        """Look now, and whenever it may be needed."""
        self._end = self._bus.subscribe(HoursChanged, lambda _: self._watch_night())
        self._watch_night()
        self._look()

    async def stop(self) -> None:
        """Do nothing any more."""
        if self._end is not None:
            self._end()
        for timer in (self._next_look, self._night_over):
            if timer is not None:
                timer.cancel()
        await self._tasks.stop()

    async def settled(self) -> None:
        """Wait until what has begun is done."""
        await self._tasks.finish()

    def _look(self) -> None:
        self._next_look = self._clock.call_later(LOOKS_S, self._look)
        year = self._hours.now().year
        years = tuple(range(year - _BEFORE, year + _AFTER + 1))
        if years != self._copied:
            self._tasks.start("copy holidays", self._copy(years))

    async def _copy(self, years: tuple[int, ...]) -> None:
        try:
            computed = await asyncio.to_thread(self._source, years)
            await self._hours.renew_holidays(computed, years)
        except SoriboxError as error:
            log.warning("holidays not copied: %s", error)
        else:
            self._copied = years

    def _watch_night(self) -> None:
        """Tell when the night is over: lamps and pages show it."""
        if self._night_over is not None:
            self._night_over.cancel()
            self._night_over = None
        until_ms = self._hours.kept.night.until_ms
        left_ms = until_ms - self._clock.now_ms()
        if self._hours.kept.night.on and until_ms and left_ms > 0:
            self._night_over = self._clock.call_later(min(left_ms / 1000, LOOKS_S), self._night_may_be_over)

    def _night_may_be_over(self) -> None:
        self._night_over = None
        if self._hours.night.on:
            self._watch_night()
        else:
            self._bus.publish(HoursChanged())
