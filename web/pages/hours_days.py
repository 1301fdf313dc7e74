"""One day of the calendar of hours: as usual, a holiday, closed, or open at other hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from aiohttp import web

from appliance.core.errors import InvalidInput, NotFound
from appliance.hours import checks
from appliance.hours.service import Hours
from appliance.hours.types import Holiday, Origin, in_words
from web.forms import Form, go, submit, tell
from web.keys import SERVICES
from web.render import render

USUAL, WORK, CLOSED, OTHER, HOLIDAY = "usual", "work", "closed", "other", "holiday"
_FIELDS = ("what", "name", "spans", "day")


@dataclass(frozen=True)
class DayPage:
    """The form of a day. `holiday` is the public holiday that it is."""

    form: Form
    day: date
    holiday: Holiday | None
    choices: tuple[str, ...]


async def choose(request: web.Request) -> web.Response:
    """Go to the day that was entered."""
    try:
        return go(request, f"/hours/days/{checks.day(request.query.get('day', ''), 'day')}")
    except InvalidInput as error:
        raise NotFound(error.key) from error


async def show(request: web.Request) -> web.Response:
    """Show what a day is."""
    day, hours = _day(request), _hours(request)
    special, holiday = hours.kept.calendar.special_days.get(day), _holiday(request)
    values = {"what": _now(request), "name": "", "spans": ""}
    if special is not None:
        values |= {"name": special.name, "spans": in_words(special.spans)}
    elif holiday is not None and holiday.origin is Origin.OFFICE:
        values["name"] = holiday.name_ko
    return _page(request, Form.of(values))


async def change(request: web.Request) -> web.Response:
    """Make a day something else."""
    form, day = await Form.read(request), _day(request)
    what = form.choice("what", _choices(_holiday(request)))

    async def work() -> str:
        await _put(request, form, what)
        tell(request, "hours.day_saved", day=day.isoformat())
        return f"/hours?month={day:%Y-%m}"

    return await submit(request, form, work, known=_FIELDS) or _page(request, form)


async def _put(request: web.Request, form: Form, what: str) -> None:
    day, hours, name = _day(request), _hours(request), form.text("name")
    if what in (CLOSED, OTHER):
        spans = checks.spans(form.text("spans"), "spans") if what == OTHER else ()
        if what == OTHER and not spans:
            raise InvalidInput("spans", "form.required")
        await hours.set_special_day(day, name, spans)
        return
    if what == HOLIDAY:
        await hours.add_holiday(day, name)
    elif (holiday := _holiday(request)) is not None:
        if what == USUAL and holiday.origin is Origin.OFFICE:
            await hours.remove_holiday(day)
        elif holiday.observed is (what == WORK):
            await hours.observe(day, what != WORK)
    if day in hours.kept.calendar.special_days:
        await hours.remove_special_day(day)


def _now(request: web.Request) -> str:
    """Return which choice a day is now."""
    special, holiday = _hours(request).kept.calendar.special_days.get(_day(request)), _holiday(request)
    if special is not None:
        return OTHER if special.spans else CLOSED
    if holiday is None:
        return USUAL
    if not holiday.observed:
        return WORK
    return HOLIDAY if holiday.origin is Origin.OFFICE else USUAL


def _choices(holiday: Holiday | None) -> tuple[str, ...]:
    if holiday is None:
        return (USUAL, CLOSED, OTHER, HOLIDAY)
    if holiday.origin is Origin.OFFICE:
        return (USUAL, WORK, CLOSED, OTHER, HOLIDAY)
    return (USUAL, WORK, CLOSED, OTHER)


def _hours(request: web.Request) -> Hours:
    return request.app[SERVICES].hours


def _day(request: web.Request) -> date:
    try:
        return checks.day(request.match_info["day"], "day")
    except InvalidInput as error:
        raise NotFound(error.key) from error


def _holiday(request: web.Request) -> Holiday | None:
    return _hours(request).kept.calendar.holidays.get(_day(request))


def _page(request: web.Request, form: Form) -> web.Response:
    holiday = _holiday(request)
    page = DayPage(form, _day(request), holiday, _choices(holiday))
    return render(request, "hours/day.html", page, status=form.status)
