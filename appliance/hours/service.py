"""The only door to business hours: schedules, days, the night switch. Knows no call and no page.

What is no coroutine never waits. Every change is durable before it is shown and before HoursChanged is published. An
office that has not switched its hours on is always open, but for the night switch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime

from appliance.calls.ports import Overflow
from appliance.core.bus import Bus, Unsubscribe
from appliance.core.clock import Clock
from appliance.core.errors import Conflict, InvalidInput, NotFound
from appliance.core.tasks import Tasks
from appliance.hours import checks, models
from appliance.hours.deciding import ALWAYS_OPEN, decide, next_opening
from appliance.hours.types import (
    USUAL,
    Holiday,
    HoursChanged,
    Instead,
    Kept,
    Night,
    Origin,
    Period,
    Schedule,
    Span,
    SpecialDay,
    Verdict,
)
from appliance.i18n.catalog import text
from appliance.lines.checks import slug
from appliance.lines.service import Lines
from appliance.lines.types import LinesChanged
from appliance.store.database import Database
from appliance.store.office_time import OfficeTime
from appliance.store.settings import Settings, SettingsChanged

__all__ = ["Hours", "HoursChanged"]

IN_FORCE = "hours.in_force"
_LONGEST_NIGHT_MS = 31 * 86_400_000


class Hours:
    """The hours as they are now.

    `sounds` tells the ids of the announcements that may be chosen, `menus` the voice menus by their ids.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        bus: Bus,
        clock: Clock,
        lines: Lines,
        office_time: OfficeTime,
        sounds: Callable[[], frozenset[str]] = frozenset,
        menus: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._database = database
        self._settings = settings
        self._bus = bus
        self._clock = clock
        self._lines = lines
        self._office_time = office_time
        self._sounds = sounds
        self.menus = menus
        self._kept = Kept((Schedule(USUAL, ""),))
        self._tasks = Tasks("hours")
        self._ends: tuple[Unsubscribe, ...] = ()

    async def open(self) -> None:
        """Read everything; make the usual schedule when there is none. The settings and lines must be open."""
        kept = await self._database.read(models.load)
        if not any(schedule.id == USUAL for schedule in kept.schedules):
            language = str(self._settings.get("office.language"))
            usual = Schedule(USUAL, await asyncio.to_thread(text, language, "hours.usual"))  # may read files
            kept = await self._database.write(lambda: models.add_schedule(usual))
        self._kept = kept
        self._ends = (
            self._bus.subscribe(LinesChanged, self._lines_changed),
            self._bus.subscribe(SettingsChanged, self._settings_changed),
        )

    async def stop(self) -> None:
        """Hear nothing any more."""
        for end in self._ends:
            end()
        await self._tasks.stop()

    def _settings_changed(self, event: SettingsChanged) -> None:
        if IN_FORCE in event.keys:
            self._bus.publish(HoursChanged())

    def _lines_changed(self, event: LinesChanged) -> None:
        """A number that comes back some day must not find the hours of the one that was there."""
        there = [one.number for one in self._lines.snapshot().numbers]
        if event.what == "numbers" and self._kept.numbers.keys() - set(there):
            self._tasks.start("forget numbers", self._change(lambda: models.forget_numbers(there)))

    # At once, from memory

    @property
    def kept(self) -> Kept:
        """Everything that is stored."""
        return self._kept

    @property
    def in_force(self) -> bool:
        """Whether the office has switched its hours on."""
        return bool(self._settings.get(IN_FORCE))

    @property
    def night(self) -> Night:
        """The night switch; off as well when its time is over."""
        night = self._kept.night
        return night if night.holds(self._clock.now_ms()) else Night()

    def now(self) -> datetime:
        """Return the time on the office's clock."""
        return self._office_time.at(self._clock.now_ms())

    def at(self, ms: int) -> datetime:
        """Return a moment on the office's clock."""
        return self._office_time.at(ms)

    def verdict(self, schedule: Schedule, at: datetime, language: str) -> Verdict:
        """Return how it is by a schedule at a moment on the office's clock."""
        if self.in_force:
            return decide(schedule, self._kept.calendar, self._kept.night, at, language)
        night = decide(_NEVER_CLOSED, self._kept.calendar, self._kept.night, at, language)
        return night if night.period is Period.NIGHT else ALWAYS_OPEN

    def next_opening(self, schedule: Schedule, after: datetime) -> datetime | None:
        """Return when the office opens next by a schedule, if it keeps hours at all."""
        return next_opening(schedule, self._kept.calendar, after) if self.in_force else None

    def leading_to(self, target: Overflow) -> tuple[str, ...]:
        """Return the schedules that lead callers to a group, an extension or a number outside."""
        found = (one for one in self._kept.schedules if any(_goes(i, target) for i in one.instead.values()))
        return tuple(one.label for one in found)

    def playing(self, sound: str) -> tuple[Schedule, ...]:
        """Return the schedules that play this announcement."""
        return tuple(
            one for one in self._kept.schedules if any(i.announcement == sound for i in one.instead.values()) and sound
        )

    # Hours

    async def switch(self, on: bool) -> None:
        """Keep hours, or be always open."""
        await self._settings.set(**{IN_FORCE: on})

    async def add_schedule(self, schedule: Schedule) -> Schedule:
        """Add a schedule; an empty id is made from its label. Raises InvalidInput, Conflict."""
        taken = frozenset(one.id for one in self._kept.schedules)
        new = self._checked(replace(schedule, id=schedule.id or slug(schedule.label, taken, "hours")))
        await self._change(lambda: models.add_schedule(new))
        return new

    async def change_schedule(self, schedule: Schedule) -> Schedule:
        """Change everything of a schedule but its id. Raises InvalidInput, NotFound."""
        changed = self._checked(schedule)
        await self._change(lambda: models.change_schedule(changed))
        return changed

    async def remove_schedule(self, schedule: str) -> None:
        """Remove a schedule; its numbers have the usual one again. Raises NotFound, Conflict for the usual one."""
        if schedule == USUAL:
            raise Conflict("hours.usual_stays")
        await self._change(lambda: models.remove_schedule(schedule))

    async def assign(self, number: str, schedule: str) -> None:
        """Give an own number (stored form) a schedule. Raises NotFound."""
        if not any(own.number == number for own in self._lines.snapshot().numbers):
            raise NotFound("lines.no_such_number")
        await self._change(lambda: models.assign(number, schedule))

    def _checked(self, schedule: Schedule) -> Schedule:
        area_code = str(self._settings.get("office.area_code"))
        found = checks.schedule(schedule, self._lines.snapshot(), area_code, self._sounds(), frozenset(self.menus()))
        if any(one.label == found.label and one.id != found.id for one in self._kept.schedules):
            raise Conflict("hours.label_taken", field="label")
        return found

    # Days

    async def set_special_day(self, day: date, name: str, spans: tuple[Span, ...] = ()) -> SpecialDay:
        """Keep a special day, whatever was there; without spans the office is closed. Raises InvalidInput."""
        special = SpecialDay(day, checks.name(name, "name"), checks.ordered(spans, "spans"))
        await self._change(lambda: models.put_special_day(special))
        return special

    async def remove_special_day(self, day: date) -> None:
        """Let a day be like any other. Raises NotFound."""
        await self._change(lambda: models.remove_special_day(day))

    async def add_holiday(self, day: date, name: str) -> Holiday:
        """Enter a public holiday, or rename one that was. Raises InvalidInput, Conflict for the calendar's own."""
        tidy = checks.name(name, "name")
        known = self._kept.calendar.holidays.get(day)
        if known is not None and known.origin is Origin.CALENDAR:
            raise Conflict("hours.is_holiday", field="day")
        holiday = Holiday(day, tidy, tidy, Origin.OFFICE)
        await self._change(lambda: models.put_holiday(holiday))
        return holiday

    async def observe(self, day: date, observed: bool) -> Holiday:
        """Say whether the office is closed on a public holiday. Raises NotFound."""
        holiday = replace(self.holiday(day), observed=observed)
        await self._change(lambda: models.put_holiday(holiday))
        return holiday

    async def remove_holiday(self, day: date) -> None:
        """Remove a holiday that the office has entered. Raises NotFound, Conflict for one of the calendar."""
        await self._change(lambda: models.remove_holiday(day))

    def holiday(self, day: date) -> Holiday:
        """Return a public holiday. Raises NotFound."""
        if (found := self._kept.calendar.holidays.get(day)) is None:
            raise NotFound("hours.no_such_day")
        return found

    async def renew_holidays(self, computed: tuple[Holiday, ...], years: tuple[int, ...]) -> None:
        """Take over what was computed for some years; what the office has said of a day stays."""
        await self._change(lambda: models.renew_holidays(computed, years))

    # The night switch

    def until(self, entered: str) -> int:
        """Return the moment of a time as people write it, on the office's clock; 0 for none. Raises InvalidInput."""
        found = checks.moment(entered, self.now(), "until") if entered.strip() else None
        return int(found.timestamp() * 1000) if found else 0

    async def switch_night(self, on: bool, by: str, until_ms: int = 0) -> Night:
        """Close the office, until a moment or (0) until somebody opens it again; or open it. Raises InvalidInput."""
        now_ms = self._clock.now_ms()
        if on and until_ms and not now_ms < until_ms <= now_ms + _LONGEST_NIGHT_MS:
            raise InvalidInput("until", "hours.bad_until")
        night = Night(True, until_ms, now_ms, by) if on else Night(by=by, since_ms=now_ms)
        await self._change(lambda: models.put_night(night))
        return night

    async def _change(self, work: Callable[[], Kept]) -> None:
        kept = await self._database.write(work)
        if kept != self._kept:
            self._kept = kept
            self._bus.publish(HoursChanged())


_NEVER_CLOSED = Schedule(USUAL, "", keeps_holidays=False)


def _goes(instead: Instead, target: Overflow) -> bool:
    return checks.leads_to(instead) == target
