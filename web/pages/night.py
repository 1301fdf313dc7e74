"""The night switch: on until it is switched off, until the office opens next, or until a time; and off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from appliance.hours.types import USUAL, Night
from web.account import current_user
from web.forms import Form, submit, tell
from web.hours_words import HoursWords
from web.keys import SERVICES, VISITOR
from web.render import render

FOREVER, OPENING, TIME = "forever", "opening", "time"
_FIELDS = ("until", "how")


@dataclass(frozen=True)
class NightPage:
    """The switch. `opening` is when the office opens next, "" = it keeps no hours."""

    form: Form
    night: Night
    until: str
    opening: str
    choices: tuple[str, ...]


async def show(request: web.Request) -> web.Response:
    """Show the switch."""
    opening = _opening(request)
    return _page(request, Form.of({"how": OPENING if opening else FOREVER, "until": "08:30"}))


async def turn(request: web.Request) -> web.Response:
    """Turn it."""
    form, hours = await Form.read(request), request.app[SERVICES].hours
    on, by = form.flag("on"), current_user(request).login

    async def work() -> str:
        await hours.switch_night(on, by, _until(request, form) if on else 0)
        tell(request, "night.on_now" if on else "night.off_now")
        return "/hours"

    return await submit(request, form, work, known=_FIELDS) or _page(request, form)


def _until(request: web.Request, form: Form) -> int:
    how, opening = form.text("how"), _opening(request)
    if how == OPENING and opening is not None:
        return int(opening.timestamp() * 1000)
    return request.app[SERVICES].hours.until(form.text("until")) if how == TIME else 0


def _opening(request: web.Request) -> datetime | None:
    hours = request.app[SERVICES].hours
    return hours.next_opening(hours.kept.schedule(USUAL), hours.now())


def _page(request: web.Request, form: Form) -> web.Response:
    services, opening = request.app[SERVICES], _opening(request)
    page = NightPage(
        form=form,
        night=services.hours.night,
        until=HoursWords(services, request[VISITOR].language).night(services.hours.night),
        opening=opening.strftime("%m-%d %H:%M") if opening else "",
        choices=(FOREVER, OPENING, TIME) if opening else (FOREVER, TIME),
    )
    return render(request, "hours/night.html", page, status=form.status)
