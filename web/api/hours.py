"""Business hours and the night switch over the API."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from msgspec import UNSET

from appliance.core.errors import InvalidInput, NotFound
from appliance.hours import checks
from appliance.hours.checks import DAYS
from appliance.hours.types import Holiday, Instead, Night, Occasion, Schedule, Span, SpecialDay, Weekday, clock
from web.api.hours_shapes import (
    DayKept,
    DaysWanted,
    HolidaySent,
    HoursChange,
    HoursSeen,
    InsteadSent,
    MomentWanted,
    NightSeen,
    NightSent,
    ScheduleChange,
    ScheduleChosen,
    ScheduleSeen,
    ScheduleSent,
    SpecialDaySent,
    VerdictSeen,
    WeekdayHours,
)
from web.api.lines import given
from web.api.operation import Asked
from web.api.shapes import Items
from web.hours_words import HoursWords

_FIRST, _LAST = date(2000, 1, 1), date(2100, 12, 31)


async def get_hours(asked: Asked) -> HoursSeen:
    """Get how the office is open: schedules, how it is now, and the night switch."""
    return _hours(asked)


async def change_hours(asked: Asked, body: HoursChange) -> HoursSeen:
    """Keep business hours, or always take calls."""
    await asked.services.hours.switch(body.in_force)
    return _hours(asked)


async def add_schedule(asked: Asked, body: ScheduleSent) -> ScheduleSeen:
    """Add a schedule."""
    new = Schedule("", body.label, _week(body.week), body.keeps_holidays, _instead(body.instead))
    return _seen(asked, await asked.services.hours.add_schedule(new))


async def change_schedule(asked: Asked, schedule: str, body: ScheduleChange) -> ScheduleSeen:
    """Change a schedule; what is left out stays."""
    found = next((one for one in asked.services.hours.kept.schedules if one.id == schedule), None)
    if found is None:
        raise NotFound("hours.no_such_schedule")
    changes = given(body)
    if body.week is not UNSET:
        changes["week"] = _week(body.week)
    if body.instead is not UNSET:
        changes["instead"] = {**found.instead, **_instead(body.instead)}
    return _seen(asked, await asked.services.hours.change_schedule(replace(found, **changes)))


async def remove_schedule(asked: Asked, schedule: str) -> None:
    """Remove a schedule; its numbers have the usual one again."""
    await asked.services.hours.remove_schedule(schedule)


async def choose_schedule(asked: Asked, number: str, body: ScheduleChosen) -> HoursSeen:
    """Give an own number (stored form) a schedule."""
    await asked.services.hours.assign(number, body.schedule)
    return _hours(asked)


async def list_days(asked: Asked, query: DaysWanted) -> Items[DayKept]:
    """List public holidays and special days, in order."""
    calendar = asked.services.hours.kept.calendar
    first = checks.day(query.first, "from") if query.first else _FIRST
    last = checks.day(query.last, "to") if query.last else _LAST
    found = [_holiday(asked, one) for one in calendar.holidays.values() if first <= one.day <= last]
    found += [_special(one) for one in calendar.special_days.values() if first <= one.day <= last]
    return Items(tuple(sorted(found, key=lambda one: (one.day, one.kind))))


async def set_special_day(asked: Asked, day: str, body: SpecialDaySent) -> DayKept:
    """Make a day special: closed, or open at other hours. It comes before a holiday."""
    spans = _spans(body.open, "open")
    return _special(await asked.services.hours.set_special_day(checks.day(day, "day"), body.name, spans))


async def remove_special_day(asked: Asked, day: str) -> None:
    """Let a day be like any other."""
    await asked.services.hours.remove_special_day(checks.day(day, "day"))


async def set_holiday(asked: Asked, day: str, body: HolidaySent) -> DayKept:
    """Enter a public holiday that the calendar does not know, or say whether one is observed."""
    when, hours = checks.day(day, "day"), asked.services.hours
    if body.name:
        await hours.add_holiday(when, body.name)
    elif body.observed is UNSET:
        raise InvalidInput("name", "form.required")
    if body.observed is not UNSET:
        await hours.observe(when, body.observed)
    return _holiday(asked, hours.holiday(when))


async def remove_holiday(asked: Asked, day: str) -> None:
    """Remove a holiday that the office has entered. One of the calendar cannot be removed, but need not be observed."""
    await asked.services.hours.remove_holiday(checks.day(day, "day"))


async def get_verdict(asked: Asked, query: MomentWanted) -> VerdictSeen:
    """Get what callers of a number would get at a moment, and why."""
    now = asked.services.hours.now()
    at = checks.moment(query.at, now, "at") if query.at else now
    found = HoursWords(asked.services, asked.asker.language).outcome(query.number, at)
    shown = at.strftime("%Y-%m-%dT%H:%M")
    return VerdictSeen(shown, found.verdict.period.value, found.verdict.why, found.why, found.gets)


async def get_night(asked: Asked) -> NightSeen:
    """Get how the night switch stands."""
    return _night(asked.services.hours.night)


async def turn_night(asked: Asked, body: NightSent) -> NightSeen:
    """Turn the night switch."""
    hours = asked.services.hours
    until_ms = (hours.until(body.until) or body.until_ms) if body.on else 0
    return _night(await hours.switch_night(body.on, asked.asker.name, until_ms))


# --------------------------------------------------------------------------------------------------------- as shown


def _hours(asked: Asked) -> HoursSeen:
    hours = asked.services.hours
    schedules = tuple(_seen(asked, one) for one in hours.kept.schedules)
    return HoursSeen(hours.in_force, _night(hours.night), schedules)


def _night(night: Night) -> NightSeen:
    return NightSeen(night.on, night.until_ms, night.since_ms, night.by)


def _seen(asked: Asked, schedule: Schedule) -> ScheduleSeen:
    hours, words = asked.services.hours, HoursWords(asked.services, asked.asker.language)
    now, numbers = words.by_schedule(schedule, hours.now()), asked.services.lines.snapshot().numbers
    return ScheduleSeen(
        id=schedule.id,
        label=schedule.label,
        week=tuple(
            WeekdayHours(open=tuple(map(_span, day.spans)), lunch=_span(day.lunch) if day.lunch else "")
            for day in schedule.week
        ),
        keeps_holidays=schedule.keeps_holidays,
        instead={one: _instead_seen(schedule.instead_of(one)) for one in Occasion},
        numbers=tuple(own.number for own in numbers if hours.kept.schedule_of(own.number).id == schedule.id),
        period=now.verdict.period.value,
        why=now.why,
    )


def _instead_seen(instead: Instead) -> InsteadSent:
    return InsteadSent(kind=instead.kind, target=instead.target, announcement=instead.announcement)


def _span(span: Span) -> str:
    return f"{clock(span.begins)}-{clock(span.ends)}"


def _holiday(asked: Asked, holiday: Holiday) -> DayKept:
    name = holiday.named(asked.asker.language)
    return DayKept(holiday.day.isoformat(), "holiday", name, (), holiday.observed, holiday.origin)


def _special(special: SpecialDay) -> DayKept:
    return DayKept(special.day.isoformat(), "special", special.name, tuple(map(_span, special.spans)))


# ---------------------------------------------------------------------------------------------------------- as sent


def _week(sent: tuple[WeekdayHours, ...]) -> tuple[Weekday, ...]:
    if len(sent) != len(DAYS):
        raise InvalidInput("week", "hours.bad_week")
    return tuple(Weekday(_spans(day.open, "week"), checks.lunch(day.lunch, "week")) for day in sent)


def _spans(entered: tuple[str, ...], field: str) -> tuple[Span, ...]:
    return checks.spans(", ".join(entered), field)


def _instead(sent: dict[Occasion, InsteadSent]) -> dict[Occasion, Instead]:
    return {occasion: Instead(one.kind, one.target, one.announcement) for occasion, one in sent.items()}
