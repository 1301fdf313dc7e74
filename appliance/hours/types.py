"""Hours as plain frozen objects. Times of the day are minutes on the office's clock. Knows no table and no call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from appliance.calls.ports import OverflowKind

DAY = 1440  # minutes
USUAL = "usual"
"""The schedule that is always there, and that every number has which has none of its own."""


class Period(StrEnum):
    """How it is at one moment."""

    OPEN = "open"
    LUNCH = "lunch"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    NIGHT = "night"
    SPECIAL = "special"


class Occasion(StrEnum):
    """For what a schedule says what callers get."""

    AFTER_HOURS = "after_hours"
    LUNCH = "lunch"
    HOLIDAY = "holiday"


@dataclass(frozen=True, order=True)
class Span:
    """Minutes of a day, from `begins` up to but without `ends`, which may lie in the day after (over 1440)."""

    begins: int
    ends: int

    def holds(self, minute: int) -> bool:
        """Say whether a minute, counted from the midnight before `begins`, lies in it."""
        return self.begins <= minute < self.ends


@dataclass(frozen=True)
class Weekday:
    """The usual hours of one weekday; no spans: closed. Lunch counts as far as the office would be open."""

    spans: tuple[Span, ...] = ()
    lunch: Span | None = None


ACTIONS = (
    OverflowKind.ANNOUNCEMENT,
    OverflowKind.CALLBACK,
    OverflowKind.GROUP,
    OverflowKind.EXTENSION,
    OverflowKind.OUTSIDE,
    OverflowKind.MENU,
)


@dataclass(frozen=True)
class Instead:
    """What callers get when nobody answers: one of ACTIONS.

    `target` is a group's or voice menu's id, an extension, or a number outside in stored form. `announcement` is what
    is heard before the call ends, or before the caller is noted to be called back; empty: the box's own for that.
    """

    kind: OverflowKind = OverflowKind.ANNOUNCEMENT
    target: str = ""
    announcement: str = ""


_WORKDAY = Weekday((Span(9 * 60, 18 * 60),), Span(12 * 60, 13 * 60))
USUAL_WEEK = (*(_WORKDAY,) * 5, Weekday(), Weekday())
_NOTHING_SAID: Mapping[Occasion, Instead] = MappingProxyType({})


@dataclass(frozen=True)
class Schedule:
    """The hours of some numbers: Monday first. `keeps_holidays`: public holidays and special days count here."""

    id: str
    label: str
    week: tuple[Weekday, ...] = USUAL_WEEK
    keeps_holidays: bool = True
    instead: Mapping[Occasion, Instead] = field(default_factory=lambda: _NOTHING_SAID)

    def instead_of(self, occasion: Occasion) -> Instead:
        """Return what callers get on an occasion."""
        return self.instead.get(occasion, Instead())


class Origin(StrEnum):
    """Who says that a day is a public holiday."""

    CALENDAR = "calendar"  # computed, and computed again at every start
    OFFICE = "office"  # entered or renamed by the office, and left alone


@dataclass(frozen=True)
class Holiday:
    """A public holiday. One that is not `observed` is a day like any other."""

    day: date
    name_ko: str
    name_en: str
    origin: Origin = Origin.CALENDAR
    observed: bool = True

    def named(self, language: str) -> str:
        """Return what it is called."""
        return self.name_en if language == "en" else self.name_ko


@dataclass(frozen=True)
class SpecialDay:
    """A day on which the office is closed, or, with spans, open at other hours, without a lunch."""

    day: date
    name: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Night:
    """The night switch: on from `since_ms` on, until `until_ms` (0: until it is switched off), switched by `by`."""

    on: bool = False
    until_ms: int = 0
    since_ms: int = 0
    by: str = ""

    def holds(self, at_ms: int) -> bool:
        """Say whether the office is closed by it at a moment."""
        return self.on and (not self.until_ms or at_ms < self.until_ms)


@dataclass(frozen=True)
class Calendar:
    """The days that are not like others, by day."""

    holidays: Mapping[date, Holiday] = field(default_factory=lambda: MappingProxyType({}))
    special_days: Mapping[date, SpecialDay] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Kept:
    """Everything that is stored of hours, at one moment. `schedules` have the usual one first."""

    schedules: tuple[Schedule, ...] = ()
    numbers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    calendar: Calendar = Calendar()
    night: Night = Night()

    def schedule(self, schedule: str) -> Schedule:
        """Return a schedule by its id; the usual one when there is no such one."""
        return next((one for one in self.schedules if one.id == schedule), self.schedules[0])

    def schedule_of(self, number: str) -> Schedule:
        """Return the schedule of an own number (stored form)."""
        return self.schedule(self.numbers.get(number, USUAL))


@dataclass(frozen=True)
class Verdict:
    """How it is at a moment, and why: `why` is a catalogue key, `params` fill it.

    `occasion` is which of the schedule's answers callers get; None when the office answers.
    """

    period: Period
    why: str
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    occasion: Occasion | None = None


@dataclass(frozen=True)
class HoursChanged:
    """Hours, days, or the night switch have changed, also by its time being over; it is stored."""


def clock(minute: int) -> str:
    """Write a minute of the day: "09:00", and "24:00" for the end of a day."""
    shown = minute if minute == DAY else minute % DAY
    return f"{shown // 60:02}:{shown % 60:02}"


def in_words(spans: Iterable[Span]) -> str:
    """Write spans as people do: "09:00–12:00, 13:00–18:00"."""
    return ", ".join(f"{clock(span.begins)}–{clock(span.ends)}" for span in spans)
