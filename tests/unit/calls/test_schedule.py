"""Hours of the week on the office's clock, held against every minute of weeks in which clocks are changed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from appliance.calls.ports import Schedule

pytestmark = pytest.mark.unit

EVERY_DAY = frozenset(range(7))
WORKDAYS = frozenset(range(5))
DAY = 24 * 60

# A zone, and a Monday in UTC before the Sunday on which its clocks are changed (Seoul's are not).
WEEKS = (
    ("Asia/Seoul", datetime(2026, 3, 2, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 3, 23, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 19, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 2, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 10, 26, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 3, 30, tzinfo=UTC)),  # by half an hour only
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def covered(schedule: Schedule) -> frozenset[int]:
    """Return the minutes of the week in which a schedule holds, counted the plain way: from each start on."""
    length = (schedule.to_minute - schedule.from_minute) % DAY or DAY
    starts = [day * DAY + schedule.from_minute for day in schedule.weekdays]
    return frozenset((start + minute) % (7 * DAY) for start in starts for minute in range(length))


@pytest.mark.parametrize(("zone", "monday"), WEEKS)
def test_a_schedule_holds_exactly_when_the_offices_clock_is_within_it(zone: str, monday: datetime) -> None:
    chance = random.Random(f"{zone} {monday}")
    clock = [(monday + timedelta(minutes=step)).astimezone(ZoneInfo(zone)) for step in range(0, 8 * DAY, 7)]
    for _ in range(40):
        days = frozenset(chance.sample(range(7), chance.randint(1, 7)))
        schedule = Schedule(days, chance.randrange(DAY), chance.randrange(DAY))
        within = covered(schedule)
        wrong = [
            now for now in clock if schedule.holds(now) != (now.weekday() * DAY + now.hour * 60 + now.minute in within)
        ]
        assert not wrong, (schedule, wrong[:3])


def test_a_schedule_begins_with_its_first_minute_and_ends_before_its_last() -> None:
    morning = Schedule(WORKDAYS, 9 * 60, 12 * 60)
    assert not morning.holds(at("2026-03-02T08:59:59"))
    assert morning.holds(at("2026-03-02T09:00"))
    assert morning.holds(at("2026-03-02T11:59:59"))
    assert not morning.holds(at("2026-03-02T12:00"))
    assert not morning.holds(at("2026-03-07T10:00")), "a Saturday"


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    night = Schedule(WORKDAYS, 22 * 60, 6 * 60)
    assert night.holds(at("2026-03-07T05:59")), "Friday's night ends on Saturday"
    assert not night.holds(at("2026-03-07T22:00"))
    assert not night.holds(at("2026-03-02T05:00")), "Sunday has no night"


def test_a_schedule_that_ends_as_it_begins_lasts_a_whole_day() -> None:
    assert all(Schedule(EVERY_DAY, start, start).holds(at("2026-03-04T13:30")) for start in (0, 600, 811))
    assert not Schedule(frozenset({0}), 600, 600).holds(at("2026-03-02T09:59"))
    assert Schedule(frozenset({0}), 600, 600).holds(at("2026-03-03T09:59"))
