"""What callers meet at a moment, in words: shared by the page of hours, the API and the header. Knows no request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from appliance.calls.ports import ForwardWhen, OverflowKind
from appliance.hours.deciding import Stretch, plan, stretches
from appliance.hours.for_calls import OWN, OWN_CALLBACK
from appliance.hours.types import DAY, Calendar, Instead, Night, Occasion, Period, Schedule, Verdict, clock, in_words
from appliance.i18n.catalog import text
from appliance.lines.types import LinesSnapshot
from web.announcement_words import names
from web.filters import phone_number

if TYPE_CHECKING:
    from appliance.services import Services

WEEK = 7


@dataclass(frozen=True)
class Outcome:
    """What callers of a number get at a moment, and why; `tone` is "open", "lunch" or "closed"."""

    verdict: Verdict
    why: str
    gets: str
    tone: str


class HoursWords:
    """Says in one language what callers get."""

    def __init__(self, services: Services, language: str) -> None:
        self._services = services
        self._language = language
        self._lines: LinesSnapshot = services.lines.snapshot()

    def outcome(self, number: str, at: datetime) -> Outcome:
        """Return what callers of an own number ("": of any other) get at a moment on the office's clock."""
        hours = self._services.hours
        schedule = hours.kept.schedule_of(number)
        verdict = hours.verdict(schedule, at, self._language)
        why = text(self._language, verdict.why, **verdict.params)
        if forwarded := self._forwarded(number, at):
            target = phone_number(forwarded)
            return Outcome(verdict, why, text(self._language, "hours.gets.forwarded", target=target), "open")
        if verdict.occasion is None:
            return Outcome(verdict, why, self._open(number), tone_of(verdict))
        return Outcome(verdict, why, self.gets(schedule, verdict.occasion), tone_of(verdict))

    def by_schedule(self, schedule: Schedule, at: datetime) -> Outcome:
        """Return how it is by a schedule, whatever number is called."""
        verdict = self._services.hours.verdict(schedule, at, self._language)
        gets = self.gets(schedule, verdict.occasion) if verdict.occasion else ""
        return Outcome(verdict, text(self._language, verdict.why, **verdict.params), gets, tone_of(verdict))

    def _forwarded(self, number: str, at: datetime) -> str:
        """Return where a number's calls always go, as routing does."""
        for kept in self._lines.forwards.get(number, ()):
            hours = kept.forward.schedule
            if kept.enabled and kept.forward.when is ForwardWhen.ALWAYS and (hours is None or hours.holds(at)):
                return kept.forward.target
        return ""

    def _open(self, number: str) -> str:
        group = next((one.group for one in self._lines.numbers if one.number == number), "")
        labels = {one.id: one.label for one in self._lines.groups}
        return text(self._language, "hours.gets.group", target=labels.get(group) or labels.get("main", ""))

    def gets(self, schedule: Schedule, occasion: Occasion) -> str:
        """Return what callers get on an occasion."""
        instead = schedule.instead_of(occasion)
        target = self._target(instead, occasion)
        return text(self._language, f"hours.gets.{instead.kind}", target=target)

    def _target(self, instead: Instead, occasion: Occasion) -> str:
        if instead.kind is OverflowKind.GROUP:
            return next((one.label for one in self._lines.groups if one.id == instead.target), instead.target)
        if instead.kind is OverflowKind.EXTENSION:
            names_ = {one.number: f"{one.number} {one.name}" for one in self._lines.extensions}
            return names_.get(instead.target, instead.target)
        if instead.kind is OverflowKind.MENU:
            return self._services.menus.labels().get(instead.target, instead.target)
        if instead.kind is OverflowKind.OUTSIDE:
            return phone_number(instead.target)
        known = names(self._language, self._services.announcements.list())
        return known.get(instead.announcement) or self._own(instead.kind, occasion)

    def _own(self, kind: OverflowKind, occasion: Occasion) -> str:
        """Return what the box's own announcement for an occasion is called."""
        name = OWN_CALLBACK if kind is OverflowKind.CALLBACK else OWN[occasion]
        return text(self._language, f"announcements.built_in.{name}")

    def night(self, night: Night) -> str:
        """Return until when the night switch is on, for the header; "" while it is on without an end."""
        if not night.until_ms:
            return ""
        until, now = self._services.hours.at(night.until_ms), self._services.hours.now()
        return until.strftime("%H:%M" if until.date() == now.date() else "%m-%d %H:%M")


def tone_of(verdict: Verdict) -> str:
    """Return how a verdict is coloured."""
    if verdict.occasion is None:
        return "open"
    return "lunch" if verdict.period is Period.LUNCH else "closed"


# ------------------------------------------------------------------------------------------------- pictures of days


@dataclass(frozen=True)
class Bar:
    """A part of a day as it is drawn: from and length in per cent of the day."""

    tone: str
    left: float
    width: float
    words: str


@dataclass(frozen=True)
class Cell:
    """One day of the calendar."""

    day: date
    inside: bool  # whether it belongs to the month
    today: bool
    tone: str
    name: str  # of a holiday or special day
    hours: str
    working: bool  # a holiday on which the office works


def bars(found: tuple[Stretch, ...], language: str) -> tuple[Bar, ...]:
    """Return what of a day is drawn."""
    return tuple(
        Bar(
            tone_of(one.verdict),
            round(one.begins * 100 / DAY, 3),
            round((one.ends - one.begins) * 100 / DAY, 3),
            f"{clock(one.begins)}–{clock(one.ends)} {text(language, one.verdict.why, **one.verdict.params)}",
        )
        for one in found
        if one.verdict.occasion is None or one.verdict.period is Period.LUNCH
    )


def week_bars(schedule: Schedule, monday: date, language: str) -> tuple[tuple[Bar, ...], ...]:
    """Return the usual week of a schedule as it is drawn, Monday first, without holidays."""
    days = (monday + timedelta(days=ahead) for ahead in range(WEEK))
    return tuple(bars(stretches(schedule, Calendar(), day, language), language) for day in days)


def month_cells(
    schedule: Schedule, calendar: Calendar, month: date, today: date, language: str
) -> tuple[tuple[Cell, ...], ...]:
    """Return the weeks of a month, Monday first, with the days around that fill them."""
    first = month - timedelta(days=month.weekday())
    weeks = []
    while first < month or (first.year, first.month) == (month.year, month.month):
        days = (first + timedelta(days=ahead) for ahead in range(WEEK))
        weeks.append(tuple(_cell(schedule, calendar, day, month, today, language) for day in days))
        first += timedelta(days=WEEK)
    return tuple(weeks)


def _cell(schedule: Schedule, calendar: Calendar, day: date, month: date, today: date, language: str) -> Cell:
    holds = plan(schedule, calendar, day, language)
    holiday, special = calendar.holidays.get(day), calendar.special_days.get(day)
    named = special.name if special else holiday.named(language) if holiday else ""
    counts = bool(holds.closed.period in (Period.HOLIDAY, Period.SPECIAL))
    tone = "holiday" if counts and not holds.spans else "special" if counts else "open" if holds.spans else "closed"
    return Cell(
        day=day,
        inside=day.month == month.month,
        today=day == today,
        tone=tone,
        name=named,
        hours=in_words(holds.spans),
        working=bool(named) and not counts,
    )


def coming(calendar: Calendar, first: date, last: date) -> Iterator[date]:
    """Yield the holidays and special days from `first` to `last`, in order."""
    return iter(sorted({day for day in (*calendar.holidays, *calendar.special_days) if first <= day <= last}))
