"""Whether the office is open: each rule by example, and all of them against a slow, obvious second implementation."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from appliance.hours.deciding import decide, next_opening, stretches
from appliance.hours.types import (
    DAY,
    USUAL_WEEK,
    Calendar,
    Holiday,
    Night,
    Occasion,
    Period,
    Schedule,
    Span,
    SpecialDay,
    Verdict,
    Weekday,
)

pytestmark = pytest.mark.unit

SEOUL = ZoneInfo("Asia/Seoul")
USUAL = Schedule("usual", "Usual")
DAYTIME = Night()
CHUSEOK, HALF, PARTY = date(2026, 9, 25), date(2026, 12, 24), date(2026, 11, 27)
CALENDAR = Calendar(
    {CHUSEOK: Holiday(CHUSEOK, "추석", "Chuseok")},
    {
        HALF: SpecialDay(HALF, "반일", (Span(540, 720),)),
        PARTY: SpecialDay(PARTY, "창립일"),
    },
)


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=SEOUL)


def told(moment: str, schedule: Schedule = USUAL, night: Night = DAYTIME, calendar: Calendar = CALENDAR) -> Verdict:
    return decide(schedule, calendar, night, at(moment), "en")


@pytest.mark.parametrize(
    ("moment", "period", "why", "occasion"),
    [
        ("2026-11-26T08:59", Period.CLOSED, "closed", Occasion.AFTER_HOURS),
        ("2026-11-26T09:00", Period.OPEN, "open", None),
        ("2026-11-26T11:59:59", Period.OPEN, "open", None),
        ("2026-11-26T12:00", Period.LUNCH, "lunch", Occasion.LUNCH),
        ("2026-11-26T13:00", Period.OPEN, "open", None),
        ("2026-11-26T18:00", Period.CLOSED, "closed", Occasion.AFTER_HOURS),
        ("2026-11-28T10:00", Period.CLOSED, "closed_day", Occasion.AFTER_HOURS),
        ("2026-09-25T10:00", Period.HOLIDAY, "holiday", Occasion.HOLIDAY),
        ("2026-11-27T10:00", Period.SPECIAL, "special", Occasion.HOLIDAY),
        ("2026-12-24T11:00", Period.OPEN, "special_open", None),
        ("2026-12-24T12:00", Period.SPECIAL, "special_hours", Occasion.AFTER_HOURS),
    ],
)
def test_each_rule(moment: str, period: Period, why: str, occasion: Occasion | None) -> None:
    verdict = told(moment)
    assert (verdict.period, verdict.why, verdict.occasion) == (period, f"hours.why.{why}", occasion)


def test_why_says_the_times_and_names() -> None:
    assert told("2026-11-26T12:30").params == {"begins": "12:00", "ends": "13:00"}
    assert told("2026-09-25T10:00").params == {"name": "Chuseok"}
    assert decide(USUAL, CALENDAR, Night(), at("2026-09-25T10:00"), "ko").params == {"name": "추석"}
    assert told("2026-11-26T20:00").params == {"hours": "09:00–18:00"}


def test_the_night_switch_closes_whatever_else_holds_and_until_its_time() -> None:
    assert told("2026-11-26T10:00", night=Night(True)).why == "hours.why.night"
    until = Night(True, int(at("2026-11-26T10:30").timestamp() * 1000))
    assert told("2026-11-26T10:29", night=until).params == {"until": "10:30"}
    assert told("2026-11-26T10:30", night=until).period is Period.OPEN
    assert told("2026-11-25T23:00", night=until).params == {"until": "2026-11-26 10:30"}


def test_a_holiday_that_is_not_observed_and_a_schedule_that_keeps_none_are_days_like_others() -> None:
    working = Calendar({CHUSEOK: Holiday(CHUSEOK, "추석", "Chuseok", observed=False)})
    assert told("2026-09-25T10:00", calendar=working).period is Period.OPEN
    hotline = Schedule("hotline", "Hotline", keeps_holidays=False)
    assert [told(f"{day}T10:00", hotline).period for day in (CHUSEOK, PARTY)] == [Period.OPEN, Period.OPEN]


def test_hours_that_pass_midnight_belong_to_the_day_on_which_they_begin() -> None:
    bar = Schedule("bar", "Bar", (*(Weekday((Span(1080, DAY + 120),)),) * 7,))
    assert told("2026-09-25T01:59", bar).period is Period.OPEN, "it began on the evening before the holiday"
    assert told("2026-09-25T02:00", bar).period is Period.HOLIDAY
    assert told("2026-09-25T20:00", bar).period is Period.HOLIDAY
    assert told("2026-09-26T01:00", bar).period is Period.CLOSED, "on the holiday it did not begin"
    assert told("2026-09-26T01:00", bar).params == {"hours": "18:00–02:00"}


def test_the_next_opening_passes_weekends_and_holidays() -> None:
    assert next_opening(USUAL, CALENDAR, at("2026-11-26T12:10")) == at("2026-11-26T13:00")
    assert next_opening(USUAL, CALENDAR, at("2026-11-26T18:10")) == at("2026-11-30T09:00"), "Friday is special"
    assert next_opening(USUAL, CALENDAR, at("2026-11-26T09:00")) == at("2026-11-26T13:00")
    closed = Schedule("never", "Never", (Weekday(),) * 7, keeps_holidays=False)
    assert next_opening(closed, CALENDAR, at("2026-11-26T09:00")) is None


# ----------------------------------------------------------------------------------- a second, slow implementation


def slowly(schedule: Schedule, calendar: Calendar, night: Night, local: datetime) -> tuple[Period, Occasion | None]:
    """Say how it is by looking at every minute for itself: all minutes of two days, written out."""
    now = (local.date(), local.hour * 60 + local.minute)
    if night.on and (night.until_ms == 0 or local.timestamp() * 1000 < night.until_ms):
        return Period.NIGHT, Occasion.AFTER_HOURS
    open_minutes: set[tuple[date, int]] = set()
    lunch_minutes: set[tuple[date, int]] = set()
    for day in (now[0] - timedelta(days=1), now[0]):
        usual = schedule.week[day.weekday()]
        spans, lunch = usual.spans, usual.lunch
        holiday = calendar.holidays.get(day)
        if schedule.keeps_holidays and holiday is not None and holiday.observed:
            spans, lunch = (), None
        if schedule.keeps_holidays and day in calendar.special_days:
            spans, lunch = calendar.special_days[day].spans, None
        for span in spans:
            for minute in range(span.begins, span.ends):
                later = day + timedelta(days=1)
                open_minutes.add((day, minute) if minute < 1440 else (later, minute - 1440))
        for minute in range(lunch.begins, lunch.ends) if lunch else ():
            lunch_minutes.add((day, minute))
    from_yesterday = {
        (now[0], minute - 1440)
        for span in _spans_of(schedule, calendar, now[0] - timedelta(days=1))
        for minute in range(1440, span.ends)
    }
    if now in open_minutes:
        if now in lunch_minutes and now not in from_yesterday:
            return Period.LUNCH, Occasion.LUNCH
        return Period.OPEN, None
    if schedule.keeps_holidays and now[0] in calendar.special_days:
        return Period.SPECIAL, Occasion.AFTER_HOURS if calendar.special_days[now[0]].spans else Occasion.HOLIDAY
    if schedule.keeps_holidays and now[0] in calendar.holidays and calendar.holidays[now[0]].observed:
        return Period.HOLIDAY, Occasion.HOLIDAY
    return Period.CLOSED, Occasion.AFTER_HOURS


def _spans_of(schedule: Schedule, calendar: Calendar, day: date) -> tuple[Span, ...]:
    if schedule.keeps_holidays:
        if day in calendar.special_days:
            return calendar.special_days[day].spans
        if day in calendar.holidays and calendar.holidays[day].observed:
            return ()
    return schedule.week[day.weekday()].spans


FIRST = datetime(2024, 1, 1, tzinfo=UTC)
MINUTES = 10 * 366 * DAY
ZONES = (
    "Asia/Seoul",
    "America/New_York",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Pacific/Chatham",
    "Africa/Casablanca",
)

minutes = some.integers(0, DAY - 1)
spans = some.builds(lambda begins, length: Span(begins, begins + length), minutes, some.integers(1, DAY))


def apart(found: list[Span]) -> tuple[Span, ...]:
    """Return those of some spans that do not overlap."""
    kept: list[Span] = []
    for span in sorted(found):
        if not kept or kept[-1].ends <= span.begins:
            kept.append(span)
    return tuple(kept)


days_open = some.lists(spans, max_size=3).map(apart)
lunches = some.none() | some.builds(
    lambda begins, length: Span(begins, min(DAY, begins + length)), minutes, some.integers(1, 120)
)
weekdays = some.builds(Weekday, days_open, lunches)
weeks = some.just(USUAL_WEEK) | some.tuples(*(weekdays,) * 7)
schedules = some.builds(lambda week, keeps: Schedule("s", "S", week, keeps), weeks, some.booleans())


@some.composite
def moments(draw: some.DrawFn) -> datetime:
    """Return a minute of ten years on the clock of some office, rather often near a change of its clock."""
    zone = ZoneInfo(draw(some.sampled_from(ZONES)))
    moment = FIRST + timedelta(minutes=draw(some.integers(0, MINUTES)))
    if draw(some.booleans()):
        moment = _near_a_change(moment, zone, draw(some.integers(-200, 200)))
    return moment.astimezone(zone)


def _near_a_change(moment: datetime, zone: ZoneInfo, minutes_off: int) -> datetime:
    for day in range(370):
        here, there = (moment + timedelta(days=one) for one in (day, day + 1))
        if here.astimezone(zone).utcoffset() != there.astimezone(zone).utcoffset():
            low, high = here, there
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) / 2
                same = middle.astimezone(zone).utcoffset() == here.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            return high + timedelta(minutes=minutes_off)
    return moment


@some.composite
def calendars(draw: some.DrawFn, near: date) -> Calendar:
    """Return holidays and special days around a day."""
    around = some.integers(-2, 2).map(lambda ahead: near + timedelta(days=ahead))
    holidays = {day: Holiday(day, "휴", "Off", observed=draw(some.booleans())) for day in draw(some.sets(around))}
    special = {day: SpecialDay(day, "특별", draw(days_open)) for day in draw(some.sets(around))}
    return Calendar(holidays, special)


@given(some.data(), schedules, moments())
@settings(max_examples=700, deadline=None)
def test_the_decision_is_that_of_a_slow_and_obvious_one(
    data: some.DataObject, schedule: Schedule, now: datetime
) -> None:
    calendar = data.draw(calendars(now.date()))
    until_ms = data.draw(some.just(0) | some.integers(-90, 90).map(lambda m: int(now.timestamp() + m * 60) * 1000))
    night = Night(data.draw(some.booleans()), until_ms)
    for ahead in (0, 1, 59, 61, 24 * 60):
        local = (now.astimezone(UTC) + timedelta(minutes=ahead)).astimezone(now.tzinfo)
        verdict = decide(schedule, calendar, night, local)
        assert (verdict.period, verdict.occasion) == slowly(schedule, calendar, night, local)


@given(some.data(), schedules, moments())
@settings(max_examples=150, deadline=None)
def test_a_days_stretches_are_the_decisions_of_its_minutes(
    data: some.DataObject, schedule: Schedule, now: datetime
) -> None:
    calendar = data.draw(calendars(now.date()))
    day = now.date()
    found = stretches(schedule, calendar, day)
    assert (found[0].begins, found[-1].ends) == (0, DAY)
    for stretch in found:
        for minute in {stretch.begins, (stretch.begins + stretch.ends) // 2, stretch.ends - 1}:
            shown = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=SEOUL)
            assert decide(schedule, calendar, Night(), shown) == stretch.verdict


@given(some.data(), schedules, moments())
@settings(max_examples=150, deadline=None)
def test_before_the_next_opening_the_office_does_not_open(
    data: some.DataObject, schedule: Schedule, now: datetime
) -> None:
    calendar, now = data.draw(calendars(now.date())), now.replace(tzinfo=SEOUL, second=0)
    opening = next_opening(schedule, calendar, now)
    if opening is None:
        return
    assert decide(schedule, calendar, Night(), opening).period is Period.OPEN
    assert decide(schedule, calendar, Night(), opening - timedelta(minutes=1)).period is not Period.OPEN
    was = decide(schedule, calendar, Night(), now).period
    for ahead in range(1, min(600, int((opening - now).total_seconds()) // 60)):
        is_now = decide(schedule, calendar, Night(), now + timedelta(minutes=ahead)).period
        assert not (is_now is Period.OPEN and was is not Period.OPEN)
        was = is_now


def test_every_minute_of_a_year_in_a_zone_with_summer_time_is_decided_alike() -> None:
    """The whole of 2026 in New York, in steps of seven minutes: every weekday, every change of the clock."""
    zone, week = ZoneInfo("America/New_York"), (*USUAL_WEEK[:5], Weekday((Span(60, 240),)), Weekday((Span(90, 150),)))
    schedule = Schedule("s", "S", week)
    for minute in range(0, 365 * DAY, 7):
        local = (datetime(2026, 1, 1, 5, tzinfo=UTC) + timedelta(minutes=minute)).astimezone(zone)
        verdict = decide(schedule, CALENDAR, Night(), local)
        spans_, lunch = week[local.weekday()].spans, week[local.weekday()].lunch
        if local.date() in CALENDAR.holidays or local.date() in CALENDAR.special_days:
            continue
        shown = local.hour * 60 + local.minute
        is_open = any(span.begins <= shown < span.ends for span in spans_)
        at_lunch = lunch is not None and lunch.begins <= shown < lunch.ends
        expected = (Period.LUNCH if at_lunch else Period.OPEN) if is_open else Period.CLOSED
        assert verdict.period is expected, local
