"""Business hours on one page: how it is now, the schedules' weeks, the calendar, and what a caller would get when.

Everybody who may turn the night switch sees it; changes are for those who manage hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from aiohttp import web

from appliance.core.errors import InvalidInput
from appliance.hours import checks
from appliance.hours.service import Hours
from appliance.hours.types import Kept, Night, Occasion, Schedule
from appliance.lines.types import OwnNumber
from web.forms import Form, submit, tell
from web.hours_words import Bar, Cell, HoursWords, Outcome, month_cells, week_bars
from web.keys import SERVICES, VISITOR
from web.render import render

_MONDAY = date(2024, 1, 1)  # any: the picture of a week has no holidays


@dataclass(frozen=True)
class ScheduleRow:
    """A schedule: how it is by it now, its week as a picture, what callers get when it is closed."""

    schedule: Schedule
    now: Outcome
    opens: str  # when it opens next, "" = it is open, or never
    week: tuple[tuple[Bar, ...], ...]
    gets: tuple[tuple[str, str], ...]
    numbers: tuple[OwnNumber, ...]


@dataclass(frozen=True)
class NowPage:
    """How it is now: the part that is drawn anew by itself."""

    in_force: bool
    night: Night
    until: str
    rows: tuple[ScheduleRow, ...]


@dataclass(frozen=True)
class HoursPage:
    """The whole page."""

    in_force: bool
    night: Night
    until: str
    rows: tuple[ScheduleRow, ...]
    form: Form
    numbers: tuple[OwnNumber, ...]
    chosen: Schedule
    weeks: tuple[tuple[Cell, ...], ...]
    month: date
    before: str
    after: str
    asked: Asked


@dataclass(frozen=True)
class Asked:
    """What was asked for a day and a minute, and the answer; None: that was no day."""

    number: str
    day: str
    time: str
    outcome: Outcome | None


@dataclass(frozen=True)
class AnswerPage:
    """The answer alone."""

    asked: Asked


async def show(request: web.Request) -> web.Response:
    """Show hours, calendar, and what a caller would get."""
    hours, kept = _hours(request), _hours(request).kept
    now, rows = hours.now(), _rows(request)
    chosen = kept.schedule(request.query.get("schedule", ""))
    month = _month(request.query.get("month", ""), now.date())
    page = HoursPage(
        in_force=hours.in_force,
        night=hours.night,
        until=_words(request).night(hours.night),
        rows=rows,
        form=_numbers_form(kept, request),
        numbers=_numbers(request),
        chosen=chosen,
        weeks=month_cells(chosen, kept.calendar, month, now.date(), request[VISITOR].language),
        month=month,
        before=(month - timedelta(days=1)).strftime("%Y-%m"),
        after=(month + timedelta(days=31)).strftime("%Y-%m"),
        asked=_asked(request, now),
    )
    return render(request, "hours/hours.html", page)


async def show_now(request: web.Request) -> web.Response:
    """Show how it is now: the part of the page that follows the switches."""
    hours = _hours(request)
    page = NowPage(hours.in_force, hours.night, _words(request).night(hours.night), _rows(request))
    return render(request, "hours/_now.html", page)


async def show_what(request: web.Request) -> web.Response:
    """Show what callers of a number would get at a minute of a day, and why."""
    return render(request, "hours/_what.html", AnswerPage(_asked(request, _hours(request).now())))


async def switch(request: web.Request) -> web.Response:
    """Keep hours from now on, or be always open."""
    form = await Form.read(request)
    on = form.flag("on")

    async def work() -> str:
        await _hours(request).switch(on)
        tell(request, "hours.kept_now" if on else "hours.not_kept_now")
        return "/hours"

    return await submit(request, form, work) or await show(request)


async def assign(request: web.Request) -> web.Response:
    """Give each number its schedule."""
    form = await Form.read(request)

    async def work() -> str:
        kept = _hours(request).kept
        for own in _numbers(request):
            wanted = form.text(f"schedule_{own.number}")
            if wanted and wanted != kept.schedule_of(own.number).id:
                await _hours(request).assign(own.number, wanted)
        tell(request, "panel.saved")
        return "/hours"

    return await submit(request, form, work) or await show(request)


def _hours(request: web.Request) -> Hours:
    return request.app[SERVICES].hours


def _words(request: web.Request) -> HoursWords:
    return HoursWords(request.app[SERVICES], request[VISITOR].language)


def _numbers(request: web.Request) -> tuple[OwnNumber, ...]:
    return request.app[SERVICES].lines.snapshot().numbers


def _numbers_form(kept: Kept, request: web.Request) -> Form:
    return Form.of({f"schedule_{own.number}": kept.schedule_of(own.number).id for own in _numbers(request)})


def _rows(request: web.Request) -> tuple[ScheduleRow, ...]:
    hours, words, language = _hours(request), _words(request), request[VISITOR].language
    now, kept = hours.now(), hours.kept
    return tuple(
        ScheduleRow(
            schedule=one,
            now=words.by_schedule(one, now),
            opens=_opens(hours, one, now),
            week=week_bars(one, _MONDAY, language),
            gets=tuple((occasion.value, words.gets(one, occasion)) for occasion in Occasion),
            numbers=tuple(own for own in _numbers(request) if kept.schedule_of(own.number).id == one.id),
        )
        for one in kept.schedules
    )


def _opens(hours: Hours, schedule: Schedule, now: datetime) -> str:
    if hours.verdict(schedule, now, "en").occasion is None or hours.night.on:
        return ""
    found = hours.next_opening(schedule, now)
    return found.strftime("%H:%M" if found.date() == now.date() else "%m-%d %H:%M") if found else ""


def _month(entered: str, today: date) -> date:
    try:
        return checks.day(f"{entered}-01", "month") if entered else today.replace(day=1)
    except InvalidInput:
        return today.replace(day=1)


def _asked(request: web.Request, now: datetime) -> Asked:
    numbers = [own.number for own in _numbers(request)]
    wanted = request.query.get("number", "")
    number = wanted if wanted in numbers else next(iter(numbers), "")
    day, time = request.query.get("day") or now.date().isoformat(), request.query.get("time") or now.strftime("%H:%M")
    try:
        outcome = _words(request).outcome(number, checks.moment(f"{day}T{time}", now, "time"))
    except InvalidInput:
        outcome = None
    return Asked(number, day, time, outcome)
