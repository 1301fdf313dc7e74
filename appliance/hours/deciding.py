"""Whether the office is open: schedule, calendar, night switch and local time in, verdict out. Pure; asks nobody.

The rules, the first that fits counts:
1. The night switch closes everything while it holds.
2. What has begun on the day before and passes midnight is still open, whatever day it is now.
3. A special day closes, or is open at its own hours, without lunch.
4. A public holiday closes.
5. Else the hours of the weekday hold. Lunch counts within them.
Only schedules that keep holidays know 3 and 4. All times are what the clock on the wall shows: an hour that summer time
skips never comes, one that it repeats comes twice, and neither moves the hours of the day after.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from appliance.hours.types import (
    DAY,
    Calendar,
    Night,
    Occasion,
    Period,
    Schedule,
    Span,
    Verdict,
    Weekday,
    clock,
    in_words,
)

ALWAYS_OPEN = Verdict(Period.OPEN, "hours.why.always")
_A_DAY = timedelta(days=1)
_LOOKS_AHEAD = 60  # days for the next opening: no holiday is that long


@dataclass(frozen=True)
class Plan:
    """What holds on one day: its hours, its lunch, and what it means to be outside of them."""

    spans: tuple[Span, ...]
    lunch: Span | None
    closed: Verdict
    open_why: str = "hours.why.open"
    name: str = ""


def decide(schedule: Schedule, calendar: Calendar, night: Night, local: datetime, language: str = "ko") -> Verdict:
    """Return how it is at a moment on the office's clock. Names of holidays are in `language`."""
    if night.on and night.holds(int(local.timestamp() * 1000)):
        return _night(night, local)
    today, minute = local.date(), local.hour * 60 + local.minute
    before = plan(schedule, calendar, today - _A_DAY, language)
    for span in before.spans:
        if span.holds(minute + DAY):
            return _open(before, span)
    return _by_plan(plan(schedule, calendar, today, language), minute)


def plan(schedule: Schedule, calendar: Calendar, day: date, language: str = "ko") -> Plan:
    """Return what holds on a day."""
    special = calendar.special_days.get(day) if schedule.keeps_holidays else None
    if special is not None:
        params = {"name": special.name, "hours": in_words(special.spans)}
        if special.spans:
            other = Verdict(Period.SPECIAL, "hours.why.special_hours", params, Occasion.AFTER_HOURS)
            return Plan(special.spans, None, other, "hours.why.special_open", special.name)
        return Plan((), None, Verdict(Period.SPECIAL, "hours.why.special", params, Occasion.HOLIDAY))
    holiday = calendar.holidays.get(day) if schedule.keeps_holidays else None
    if holiday is not None and holiday.observed:
        params = {"name": holiday.named(language)}
        return Plan((), None, Verdict(Period.HOLIDAY, "hours.why.holiday", params, Occasion.HOLIDAY))
    return _usual(schedule.week[day.weekday()])


def _usual(weekday: Weekday) -> Plan:
    params = {"hours": in_words(weekday.spans)} if weekday.spans else {}
    why = "hours.why.closed" if weekday.spans else "hours.why.closed_day"
    return Plan(weekday.spans, weekday.lunch, Verdict(Period.CLOSED, why, params, Occasion.AFTER_HOURS))


def _by_plan(today: Plan, minute: int) -> Verdict:
    for span in today.spans:
        if span.holds(minute):
            lunch = today.lunch
            if lunch is not None and lunch.holds(minute):
                times = {"begins": clock(lunch.begins), "ends": clock(lunch.ends)}
                return Verdict(Period.LUNCH, "hours.why.lunch", times, Occasion.LUNCH)
            return _open(today, span)
    return today.closed


def _open(day: Plan, span: Span) -> Verdict:
    named: Mapping[str, str] = {"name": day.name} if day.name else {}
    return Verdict(Period.OPEN, day.open_why, {**named, "hours": in_words((span,))})


def _night(night: Night, local: datetime) -> Verdict:
    if not night.until_ms:
        return Verdict(Period.NIGHT, "hours.why.night", {}, Occasion.AFTER_HOURS)
    until = datetime.fromtimestamp(night.until_ms / 1000, local.tzinfo)
    shown = until.strftime("%H:%M" if until.date() == local.date() else "%Y-%m-%d %H:%M")
    return Verdict(Period.NIGHT, "hours.why.night_until", {"until": shown}, Occasion.AFTER_HOURS)


@dataclass(frozen=True)
class Stretch:
    """Some minutes of a day that are all alike."""

    begins: int
    ends: int
    verdict: Verdict


def stretches(schedule: Schedule, calendar: Calendar, day: date, language: str = "ko") -> tuple[Stretch, ...]:
    """Return a whole day on the clock on the wall, from 0 to 1440, without the night switch."""
    edges = sorted({0, DAY, *_edges(schedule, calendar, day)})
    found: list[Stretch] = []
    for begins, ends in pairwise(edges):
        at = datetime.combine(day, time(begins // 60, begins % 60))
        verdict = decide(schedule, calendar, Night(), at, language)
        if found and found[-1].verdict == verdict:
            found[-1] = Stretch(found[-1].begins, ends, verdict)
        else:
            found.append(Stretch(begins, ends, verdict))
    return tuple(found)


def _edges(schedule: Schedule, calendar: Calendar, day: date) -> Iterator[int]:
    for span in plan(schedule, calendar, day - _A_DAY).spans:
        yield max(0, span.ends - DAY)
    today = plan(schedule, calendar, day)
    for span in (*today.spans, *((today.lunch,) if today.lunch else ())):
        yield min(span.begins, DAY)
        yield min(span.ends, DAY)


def next_opening(schedule: Schedule, calendar: Calendar, after: datetime) -> datetime | None:
    """Return the first minute after a moment (on the office's clock) at which the office opens; None: not soon."""
    for ahead in range(_LOOKS_AHEAD):
        day = after.date() + _A_DAY * ahead
        was_open = decide(schedule, calendar, Night(), _at(day, 0, after) - timedelta(minutes=1)).period is Period.OPEN
        for stretch in stretches(schedule, calendar, day):
            is_open = stretch.verdict.period is Period.OPEN
            at = _at(day, stretch.begins, after)
            if is_open and not was_open and at > after:
                return at
            was_open = is_open
    return None


def _at(day: date, minute: int, like: datetime) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60), like.tzinfo)
