"""Hours over a real store: what is kept, what is refused, the night switch, holidays that are copied."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from appliance.calls.ports import Overflow, OverflowKind
from appliance.core.errors import Conflict, InvalidInput, NotFound, Unavailable
from appliance.hours import checks, korea
from appliance.hours.for_calls import HoursForCalls
from appliance.hours.korea import computed_apart
from appliance.hours.service import Hours
from appliance.hours.types import (
    DAY,
    USUAL,
    Holiday,
    HoursChanged,
    Instead,
    Occasion,
    Origin,
    Period,
    Schedule,
    Span,
    Weekday,
    in_words,
)
from appliance.hours.upkeep import Upkeep
from appliance.lines.types import OwnNumber, RingGroup, Trunk
from appliance.store.office_time import OfficeTime
from tests.support.office_store import Store, opened
from tests.unit.calls.office import TurnedClock

pytestmark = pytest.mark.unit

MAIN, OTHER = "+82212345678", "+827012345678"
SEOUL = ZoneInfo("Asia/Seoul")
THURSDAY = datetime(2026, 11, 26, 10, 0, tzinfo=SEOUL)
SOUNDS = frozenset({"welcome"})


@dataclass
class Desk:
    store: Store
    clock: TurnedClock
    hours: Hours
    calls: HoursForCalls

    def at(self, moment: str) -> datetime:
        return datetime.fromisoformat(moment).replace(tzinfo=SEOUL)

    def period(self, moment: str, number: str = MAIN) -> Period:
        return self.hours.verdict(self.hours.kept.schedule_of(number), self.at(moment), "en").period

    @property
    def changes(self) -> int:
        return sum(isinstance(event, HoursChanged) for event in self.store.published)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    clock = TurnedClock(int(THURSDAY.timestamp() * 1000))
    async with opened(tmp_path, clock=cast(Any, clock)) as store:
        trunk = await store.lines.add_trunk(Trunk("", "KT", "address", "192.0.2.9", addresses=("192.0.2.9",)))
        await store.lines.add_extension("101", "김하늘")
        for number, label in ((MAIN, "대표"), (OTHER, "예약")):
            await store.lines.add_number(OwnNumber(number, label, trunk.id, "main"))
        time = OfficeTime(store.settings, store.bus)
        await time.open()
        hours = Hours(store.database, store.settings, store.bus, cast(Any, clock), store.lines, time, lambda: SOUNDS)
        await hours.open()
        store.lines.led_to_by(hours.leading_to)
        calls = HoursForCalls(hours, store.lines, store.settings, lambda name: f"box-{name}", lambda one: f"<{one}>")
        yield Desk(store, clock, hours, calls)
        await hours.stop()
        await time.stop()


async def reopened(desk: Desk) -> Hours:
    fresh = Hours(
        desk.store.database,
        desk.store.settings,
        desk.store.bus,
        cast(Any, desk.clock),
        desk.store.lines,
        cast(Any, None),
    )
    await fresh.open()
    await fresh.stop()
    return fresh


async def test_a_new_box_is_always_open_until_its_hours_are_switched_on(desk: Desk) -> None:
    assert desk.calls.closed(MAIN, desk.at("2026-11-28T03:00")) is None
    assert [one.id for one in desk.hours.kept.schedules] == [USUAL]
    await desk.hours.switch(True)
    assert desk.changes == 1
    assert desk.calls.closed(MAIN, desk.at("2026-11-26T10:00")) is None
    lunch = desk.calls.closed(MAIN, desk.at("2026-11-26T12:30"))
    assert lunch is not None
    assert (lunch.period, lunch.kind, lunch.announcement, lunch.label) == (
        "lunch",
        "announcement",
        "box-lunch",
        "<box-lunch>",
    )
    closed = desk.calls.closed(MAIN, desk.at("2026-11-28T03:00"))
    assert closed is not None
    assert closed.announcement == "box-closed"


async def test_each_number_may_have_its_own_schedule(desk: Desk) -> None:
    await desk.hours.switch(True)
    night = (Weekday((Span(1080, DAY + 120),)),) * 7
    made = await desk.hours.add_schedule(Schedule("", "Bar", night))
    await desk.hours.assign(OTHER, made.id)
    assert (desk.period("2026-11-26T20:00"), desk.period("2026-11-26T20:00", OTHER)) == (Period.CLOSED, Period.OPEN)
    assert (await reopened(desk)).kept == desk.hours.kept, "all of it is stored"
    await desk.hours.remove_schedule(made.id)
    assert desk.period("2026-11-26T20:00", OTHER) is Period.CLOSED
    with pytest.raises(Conflict, match="usual_stays"):
        await desk.hours.remove_schedule(USUAL)
    with pytest.raises(NotFound):
        await desk.hours.assign("+8233334444", USUAL)


async def test_a_number_that_comes_back_has_the_usual_hours(desk: Desk) -> None:
    made = await desk.hours.add_schedule(Schedule("", "Bar"))
    await desk.hours.assign(OTHER, made.id)
    await desk.store.lines.remove_number(OTHER)
    await desk.hours._tasks.finish()
    assert desk.hours.kept.numbers == {}


async def test_what_callers_get_is_led_somewhere_that_is_there_and_stays(desk: Desk) -> None:
    lines = desk.store.lines
    await lines.add_group(RingGroup("night", "당직", everyone=True, members=()))
    usual = desk.hours.kept.schedules[0]
    chosen = {
        Occasion.AFTER_HOURS: Instead(OverflowKind.GROUP, "night"),
        Occasion.LUNCH: Instead(OverflowKind.EXTENSION, "101"),
        Occasion.HOLIDAY: Instead(OverflowKind.OUTSIDE, "010-1234-5678"),
    }
    stored = await desk.hours.change_schedule(replace(usual, instead=chosen))
    assert stored.instead_of(Occasion.HOLIDAY).target == "+821012345678"
    with pytest.raises(Conflict, match="group_is_target"):
        await lines.remove_group("night")
    with pytest.raises(Conflict, match="extension_is_target"):
        await lines.remove_extension("101")
    with pytest.raises(Conflict, match="number_is_target"):
        await lines.add_number(OwnNumber("010-1234-5678", "x", lines.snapshot().trunks[0].id, "main"))
    assert desk.hours.leading_to(Overflow(OverflowKind.GROUP, "night")) == (usual.label,)
    await desk.hours.change_schedule(replace(usual, instead={}))
    await lines.remove_group("night")


@pytest.mark.parametrize(
    "wrong",
    [
        Instead(OverflowKind.HANG_UP),
        Instead(OverflowKind.GROUP, "nowhere"),
        Instead(OverflowKind.EXTENSION, "999"),
        Instead(OverflowKind.OUTSIDE, "119"),
        Instead(OverflowKind.OUTSIDE, "02-1234-5678"),  # our own: it would come back
        Instead(OverflowKind.ANNOUNCEMENT, announcement="gone"),
    ],
)
async def test_what_leads_nowhere_is_refused(desk: Desk, wrong: Instead) -> None:
    usual = desk.hours.kept.schedules[0]
    with pytest.raises(InvalidInput) as refused:
        await desk.hours.change_schedule(replace(usual, instead={Occasion.LUNCH: wrong}))
    assert refused.value.field == "lunch"


async def test_announcements_that_are_chosen_are_in_use(desk: Desk) -> None:
    usual = desk.hours.kept.schedules[0]
    chosen = {Occasion.LUNCH: Instead(OverflowKind.CALLBACK, announcement="welcome")}
    await desk.hours.change_schedule(replace(usual, instead=chosen))
    await desk.hours.switch(True)
    assert [one.id for one in desk.hours.playing("welcome")] == [USUAL]
    assert desk.hours.playing("") == ()
    closed = desk.calls.closed(MAIN, desk.at("2026-11-26T12:30"))
    assert closed is not None
    assert (closed.kind, closed.announcement, closed.otherwise) == ("callback", "welcome", "box-lunch")


async def test_the_night_switch_works_without_hours_and_ends_by_itself(desk: Desk) -> None:
    until_ms = desk.clock.now + 3_600_000
    upkeep = Upkeep(desk.hours, desk.store.bus, cast(Any, desk.clock), lambda years: ())
    upkeep.start()
    await desk.hours.switch_night(True, "haneul", until_ms)
    assert desk.calls.night()
    closed = desk.calls.closed(MAIN, desk.hours.now())
    assert closed is not None
    assert (closed.period, closed.params) == ("night", {"until": "11:00"})
    assert (await reopened(desk)).kept.night == desk.hours.kept.night
    before = desk.changes
    desk.clock.turn(3600)
    assert not desk.calls.night()
    assert desk.changes == before + 1, "lamps and pages are told"
    assert desk.calls.closed(MAIN, desk.hours.now()) is None
    assert await desk.calls.turn_night("101") is True
    assert await desk.calls.turn_night("101") is False
    await upkeep.stop()


@pytest.mark.parametrize("ahead_ms", [-1, 40 * 86_400_000])
async def test_a_night_has_an_end_that_makes_sense(desk: Desk, ahead_ms: int) -> None:
    with pytest.raises(InvalidInput, match="bad_until"):
        await desk.hours.switch_night(True, "haneul", desk.clock.now + ahead_ms)


# ----------------------------------------------------------------------------------------------------------- days


async def test_special_days_are_entered_changed_and_removed(desk: Desk) -> None:
    await desk.hours.switch(True)
    day = date(2026, 12, 24)
    await desk.hours.set_special_day(day, " 반일 ", (Span(540, 720),))
    assert desk.hours.kept.calendar.special_days[day].name == "반일"
    assert (desk.period("2026-12-24T11:00"), desk.period("2026-12-24T14:00")) == (Period.OPEN, Period.SPECIAL)
    await desk.hours.set_special_day(day, "휴무")
    assert desk.period("2026-12-24T11:00") is Period.SPECIAL
    await desk.hours.remove_special_day(day)
    assert desk.period("2026-12-24T11:00") is Period.OPEN
    with pytest.raises(NotFound):
        await desk.hours.remove_special_day(day)


async def test_what_the_office_says_of_holidays_outlives_a_new_calendar(desk: Desk) -> None:
    first, second, third = (date(2027, 1, 1), date(2027, 2, 6), date(2027, 3, 1))
    computed = tuple(Holiday(day, "휴", "Off") for day in (first, second, third))
    await desk.hours.renew_holidays(computed, (2027,))
    await desk.hours.observe(first, False)
    await desk.hours.add_holiday(date(2027, 6, 3), "선거일")
    await desk.hours.renew_holidays((replace(computed[0], name_ko="신정"), computed[1]), (2027,))
    kept = desk.hours.kept.calendar.holidays
    assert [day.isoformat() for day in sorted(kept)] == ["2027-01-01", "2027-02-06", "2027-06-03"]
    assert (kept[first].observed, kept[first].name_ko) == (False, "신정")
    assert kept[date(2027, 6, 3)].origin is Origin.OFFICE
    with pytest.raises(Conflict, match="calendars_own"):
        await desk.hours.remove_holiday(second)
    await desk.hours.remove_holiday(date(2027, 6, 3))


async def test_holidays_are_copied_at_the_start_and_in_a_new_year_only(desk: Desk) -> None:
    asked: list[tuple[int, ...]] = []

    def source(years: Iterable[int]) -> tuple[Holiday, ...]:
        asked.append(tuple(years))
        return (Holiday(date(2026, 12, 25), "성탄절", "Christmas"),)

    upkeep = Upkeep(desk.hours, desk.store.bus, cast(Any, desk.clock), source)
    upkeep.start()
    await upkeep.settled()
    assert date(2026, 12, 25) in desk.hours.kept.calendar.holidays
    for _ in range(40):
        desk.clock.turn(86_400)
        await upkeep.settled()
    assert asked == [(2025, 2026, 2027, 2028), (2026, 2027, 2028, 2029)]
    await upkeep.stop()


def test_the_computed_holidays_have_lunar_and_substitute_ones_in_both_languages() -> None:
    found = {one.day.isoformat(): one for one in computed_apart((2026, 2027))}
    for day in ("2026-02-17", "2026-05-25", "2026-07-17", "2026-08-17", "2026-09-25", "2026-10-05", "2027-02-09"):
        assert day in found, day
    assert (found["2026-09-25"].name_ko, found["2026-09-25"].name_en) == ("추석", "Chuseok")
    assert found["2026-10-05"].name_ko == "개천절 대체공휴일"


@pytest.mark.parametrize("command", [("false",), ("echo", "no JSON"), ("no-such-program",)])
def test_holidays_that_cannot_be_computed_are_an_error_and_no_empty_calendar(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(korea, "COMMAND", command)
    with pytest.raises(Unavailable, match="holidays_not_computed"):
        computed_apart((2027,))


# --------------------------------------------------------------------------------------------- times as people write


@pytest.mark.parametrize(
    ("entered", "shown"),
    [
        ("", ""),
        ("09:00-18:00", "09:00–18:00"),
        ("9~12, 13:30–18", "09:00–12:00, 13:30–18:00"),
        ("1300-1800; 0900-1200", "09:00–12:00, 13:00–18:00"),
        ("18:00-02:00", "18:00–02:00"),
        ("00:00-24:00", "00:00–24:00"),
        ("9-9", "09:00–09:00"),
    ],
)
def test_times_are_understood(entered: str, shown: str) -> None:
    assert in_words(checks.spans(entered, "open_mon")) == shown


@pytest.mark.parametrize("entered", ["9", "morning", "25-26", "09:60-10:00", "9-12, 11-14", "24:00-25:00", "9-13, 8-8"])
def test_what_is_no_time_is_refused(entered: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checks.spans(entered, "open_mon")
    assert refused.value.field == "open_mon"
