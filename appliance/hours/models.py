"""The tables of hours, and everything that is asked of them. Used in the database's threads only.

Spans are text, "540-1080 1140-1260": minutes of the day, the second of a pair may lie in the day after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from peewee import BigIntegerField, BooleanField, CompositeKey, IntegerField, TextField

from appliance.calls.ports import OverflowKind
from appliance.core.errors import Conflict, NotFound
from appliance.hours.types import (
    USUAL,
    Calendar,
    Holiday,
    Instead,
    Kept,
    Night,
    Occasion,
    Origin,
    Schedule,
    Span,
    SpecialDay,
    Weekday,
)
from appliance.store.base import BaseModel

_THE_NIGHT = 1


class ScheduleRow(BaseModel):
    """A schedule."""

    id = TextField(primary_key=True)
    label = TextField()
    keeps_holidays = BooleanField()

    class Meta:
        """Name of the table."""

        table_name = "hours_schedule"


class WeekdayRow(BaseModel):
    """The hours of one weekday of a schedule (0 = Monday)."""

    schedule = TextField()
    weekday = IntegerField()
    spans = TextField()
    lunch = TextField()

    class Meta:
        """Name of the table; a schedule has each weekday once."""

        table_name = "hours_weekday"
        primary_key = CompositeKey("schedule", "weekday")


class InsteadRow(BaseModel):
    """What callers get on one occasion of a schedule."""

    schedule = TextField()
    occasion = TextField()
    kind = TextField()
    target = TextField()
    announcement = TextField()

    class Meta:
        """Name of the table; a schedule has each occasion once."""

        table_name = "hours_instead"
        primary_key = CompositeKey("schedule", "occasion")


class NumberRow(BaseModel):
    """An own number (stored form) that has a schedule of its own."""

    number = TextField(primary_key=True)
    schedule = TextField()

    class Meta:
        """Name of the table."""

        table_name = "hours_number"


class HolidayRow(BaseModel):
    """A public holiday, by its day (2026-11-26)."""

    on_day = TextField(primary_key=True)
    name_ko = TextField()
    name_en = TextField()
    origin = TextField()
    observed = BooleanField()

    class Meta:
        """Name of the table."""

        table_name = "hours_holiday"


class SpecialDayRow(BaseModel):
    """A special day; no spans: closed."""

    on_day = TextField(primary_key=True)
    name = TextField()
    spans = TextField()

    class Meta:
        """Name of the table."""

        table_name = "hours_special_day"


class NightRow(BaseModel):
    """The night switch: one row, or none while it was never used."""

    id = IntegerField(primary_key=True)
    is_on = BooleanField()
    until_ms = BigIntegerField()
    since_ms = BigIntegerField()
    by_whom = TextField()

    class Meta:
        """Name of the table."""

        table_name = "hours_night"


def load() -> Kept:
    """Return everything."""
    numbers = {row.number: row.schedule for row in NumberRow.select()}
    return Kept(_schedules(), numbers, Calendar(_holidays(), _special_days()), _night())


def _schedules() -> tuple[Schedule, ...]:
    weeks: dict[str, dict[int, Weekday]] = {}
    for day in WeekdayRow.select():
        found = _spans(day.lunch)
        weeks.setdefault(day.schedule, {})[day.weekday] = Weekday(_spans(day.spans), found[0] if found else None)
    chosen: dict[str, dict[Occasion, Instead]] = {}
    for row in InsteadRow.select():
        instead = Instead(OverflowKind(row.kind), row.target, row.announcement)
        chosen.setdefault(row.schedule, {})[Occasion(row.occasion)] = instead
    found_all = (
        Schedule(row.id, row.label, _week(weeks.get(row.id, {})), row.keeps_holidays, chosen.get(row.id, {}))
        for row in ScheduleRow.select().order_by(ScheduleRow.label)
    )
    return tuple(sorted(found_all, key=lambda one: one.id != USUAL))


def _week(days: Mapping[int, Weekday]) -> tuple[Weekday, ...]:
    return tuple(days.get(weekday, Weekday()) for weekday in range(7))


def _holidays() -> dict[date, Holiday]:
    rows = HolidayRow.select().order_by(HolidayRow.on_day)
    found = (
        Holiday(date.fromisoformat(row.on_day), row.name_ko, row.name_en, Origin(row.origin), row.observed)
        for row in rows
    )
    return {one.day: one for one in found}


def _special_days() -> dict[date, SpecialDay]:
    rows = SpecialDayRow.select().order_by(SpecialDayRow.on_day)
    found = (SpecialDay(date.fromisoformat(row.on_day), row.name, _spans(row.spans)) for row in rows)
    return {one.day: one for one in found}


def _night() -> Night:
    row = NightRow.get_or_none(NightRow.id == _THE_NIGHT)
    return Night() if row is None else Night(row.is_on, row.until_ms, row.since_ms, row.by_whom)


# ------------------------------------------------------------------------------------------------------- schedules


def add_schedule(schedule: Schedule) -> Kept:
    """Add a schedule. Raises Conflict."""
    if ScheduleRow.get_or_none(ScheduleRow.id == schedule.id):
        raise Conflict("hours.schedule_exists", field="label")
    ScheduleRow.create(id=schedule.id, label=schedule.label, keeps_holidays=schedule.keeps_holidays)
    _put_parts(schedule)
    return load()


def change_schedule(schedule: Schedule) -> Kept:
    """Change everything of a schedule but its id. Raises NotFound."""
    changed = {"label": schedule.label, "keeps_holidays": schedule.keeps_holidays}
    if not ScheduleRow.update(**changed).where(ScheduleRow.id == schedule.id).execute():
        raise NotFound("hours.no_such_schedule")
    _put_parts(schedule)
    return load()


def _put_parts(schedule: Schedule) -> None:
    _forget_parts(schedule.id)
    for weekday, day in enumerate(schedule.week):
        lunch = _text((day.lunch,)) if day.lunch else ""
        WeekdayRow.create(schedule=schedule.id, weekday=weekday, spans=_text(day.spans), lunch=lunch)
    for occasion, one in schedule.instead.items():
        target = {"target": one.target, "announcement": one.announcement}
        InsteadRow.create(schedule=schedule.id, occasion=occasion.value, kind=one.kind.value, **target)


def _forget_parts(schedule: str) -> None:
    WeekdayRow.delete().where(WeekdayRow.schedule == schedule).execute()
    InsteadRow.delete().where(InsteadRow.schedule == schedule).execute()


def remove_schedule(schedule: str) -> Kept:
    """Remove a schedule; its numbers have the usual one again. Raises NotFound."""
    if not ScheduleRow.delete().where(ScheduleRow.id == schedule).execute():
        raise NotFound("hours.no_such_schedule")
    _forget_parts(schedule)
    NumberRow.delete().where(NumberRow.schedule == schedule).execute()
    return load()


def assign(number: str, schedule: str) -> Kept:
    """Give a number a schedule. Raises NotFound."""
    if not ScheduleRow.get_or_none(ScheduleRow.id == schedule):
        raise NotFound("hours.no_such_schedule")
    NumberRow.delete().where(NumberRow.number == number).execute()
    if schedule != USUAL:
        NumberRow.create(number=number, schedule=schedule)
    return load()


def forget_numbers(but: Iterable[str]) -> Kept:
    """Forget the schedules of all numbers that are not there any more."""
    NumberRow.delete().where(NumberRow.number.not_in(list(but))).execute()
    return load()


# ------------------------------------------------------------------------------------------------------------ days


def put_special_day(special: SpecialDay) -> Kept:
    """Keep a special day, whatever was there."""
    on_day = special.day.isoformat()
    SpecialDayRow.delete().where(SpecialDayRow.on_day == on_day).execute()
    SpecialDayRow.create(on_day=on_day, name=special.name, spans=_text(special.spans))
    return load()


def remove_special_day(day: date) -> Kept:
    """Remove a special day. Raises NotFound."""
    if not SpecialDayRow.delete().where(SpecialDayRow.on_day == day.isoformat()).execute():
        raise NotFound("hours.no_such_day")
    return load()


def put_holiday(holiday: Holiday) -> Kept:
    """Keep a public holiday, whatever was there."""
    _put_holiday(holiday)
    return load()


def _put_holiday(holiday: Holiday) -> None:
    HolidayRow.delete().where(HolidayRow.on_day == holiday.day.isoformat()).execute()
    HolidayRow.create(
        on_day=holiday.day.isoformat(),
        name_ko=holiday.name_ko,
        name_en=holiday.name_en,
        origin=holiday.origin.value,
        observed=holiday.observed,
    )


def remove_holiday(day: date) -> Kept:
    """Remove a public holiday that the office has entered. Raises NotFound, Conflict for one of the calendar."""
    row = HolidayRow.get_or_none(HolidayRow.on_day == day.isoformat())
    if row is None:
        raise NotFound("hours.no_such_day")
    if row.origin == Origin.CALENDAR:
        raise Conflict("hours.calendars_own")
    row.delete_instance()
    return load()


def renew_holidays(computed: Iterable[Holiday], years: Iterable[int]) -> Kept:
    """Take over what was computed for some years. What the office has entered, or does not observe, stays so."""
    before, fresh = _holidays(), {one.day: one for one in computed}
    covered = frozenset(years)
    for known in before.values():
        if known.day.year in covered and known.origin is Origin.CALENDAR and known.day not in fresh:
            HolidayRow.delete().where(HolidayRow.on_day == known.day.isoformat()).execute()
    for day, one in fresh.items():
        old = before.get(day)
        if old is None or old.origin is Origin.CALENDAR:
            _put_holiday(one if old is None else replace(one, observed=old.observed))
    return load()


def put_night(night: Night) -> Kept:
    """Keep how the night switch stands."""
    NightRow.delete().execute()
    NightRow.create(id=_THE_NIGHT, is_on=night.on, until_ms=night.until_ms, since_ms=night.since_ms, by_whom=night.by)
    return load()


def _text(spans: Iterable[Span]) -> str:
    return " ".join(f"{span.begins}-{span.ends}" for span in spans)


def _spans(text: str) -> tuple[Span, ...]:
    pairs = (part.split("-") for part in text.split())
    return tuple(Span(int(begins), int(ends)) for begins, ends in pairs)
