"""Schedules of business hours: added, changed, removed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aiohttp import web

from appliance.core.errors import NotFound
from appliance.hours.checks import DAYS
from appliance.hours.types import ACTIONS, Occasion, Schedule
from appliance.lines.types import Extension, RingGroup
from web import hours_form
from web.announcement_words import Choices, choices
from web.forms import Form, submit, tell
from web.keys import SERVICES, VISITOR
from web.render import render


@dataclass(frozen=True)
class EditPage:
    """The form for a schedule; `schedule` is None for a new one."""

    form: Form
    schedule: Schedule | None
    groups: tuple[RingGroup, ...]
    extensions: tuple[Extension, ...]
    sounds: Choices
    menus: dict[str, str]  # voice menus, by id
    days: tuple[str, ...] = DAYS
    occasions: tuple[str, ...] = tuple(Occasion)
    kinds: tuple[str, ...] = ACTIONS


@dataclass(frozen=True)
class RemovePage:
    """Asks before a schedule is removed."""

    form: Form
    schedule: Schedule


async def show_add(request: web.Request) -> web.Response:
    """Show the form for a new schedule."""
    return _edit(request, Form.of(hours_form.values(Schedule("", ""))), None)


async def add(request: web.Request) -> web.Response:
    """Add a schedule."""
    return await _save(request, None)


async def show_change(request: web.Request) -> web.Response:
    """Show the form for a schedule."""
    found = _found(request)
    return _edit(request, Form.of(hours_form.values(found)), found)


async def change(request: web.Request) -> web.Response:
    """Change a schedule."""
    return await _save(request, _found(request))


async def _save(request: web.Request, found: Schedule | None) -> web.Response:
    form, hours = await Form.read(request), request.app[SERVICES].hours
    entered = hours_form.read(form, found or Schedule("", ""))

    async def work() -> str:
        if found is None:
            await hours.add_schedule(entered)
        else:
            await hours.change_schedule(replace(entered, id=found.id))
        tell(request, "panel.saved")
        return "/hours"

    done = await submit(request, form, work, known=hours_form.FIELDS, renamed=hours_form.error_place(form))
    return done or _edit(request, form, found)


async def show_remove(request: web.Request) -> web.Response:
    """Ask before a schedule is removed."""
    return render(request, "hours/remove.html", RemovePage(Form.of(), _found(request)))


async def remove(request: web.Request) -> web.Response:
    """Remove a schedule; its numbers have the usual one again."""
    found, form = _found(request), await Form.read(request)

    async def work() -> str:
        await request.app[SERVICES].hours.remove_schedule(found.id)
        tell(request, "hours.removed", label=found.label)
        return "/hours"

    page = RemovePage(form, found)
    return await submit(request, form, work) or render(request, "hours/remove.html", page, status=form.status)


def _found(request: web.Request) -> Schedule:
    for one in request.app[SERVICES].hours.kept.schedules:
        if one.id == request.match_info["schedule"]:
            return one
    raise NotFound("hours.no_such_schedule")


def _edit(request: web.Request, form: Form, schedule: Schedule | None) -> web.Response:
    services, language = request.app[SERVICES], request[VISITOR].language
    lines = services.lines.snapshot()
    page = EditPage(
        form=form,
        schedule=schedule,
        groups=lines.groups,
        extensions=lines.extensions,
        sounds=choices(language, services.announcements.list()),
        menus=services.menus.labels(),
    )
    return render(request, "hours/edit.html", page, status=form.status)
