"""Ring groups: who answers, in what order, and what callers meet. "main" is there from the start and stays.

The page of a group shows the consequence of what is entered while it is being entered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiohttp import web

from appliance.calls.ports import OverflowKind, Strategy
from appliance.core.errors import NotFound
from appliance.lines.checks import LAST_PRIORITY
from appliance.lines.types import RingGroup
from web import group_form
from web.announcement_words import Choices, choices, names
from web.forms import Form, submit, tell
from web.group_words import Consequence, Step
from web.keys import SERVICES, VISITOR
from web.render import render

if TYPE_CHECKING:
    from appliance.lines.types import Extension

MAIN = "main"


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    group: RingGroup
    members: tuple[Extension, ...]  # in the group's order
    numbers: tuple[str, ...]
    target: str  # what it overflows to
    may_go: bool


@dataclass(frozen=True)
class ListPage:
    """All ring groups."""

    rows: tuple[Row, ...]


@dataclass(frozen=True)
class EditPage:
    """The form for a group; `group` is None for a new one."""

    form: Form
    group: RingGroup | None
    extensions: tuple[Extension, ...]  # those chosen first, in the group's order
    chosen: tuple[str, ...]
    others: tuple[RingGroup, ...]  # to which it may overflow
    steps: tuple[Step, ...]
    sounds: Choices
    menus: dict[str, str]  # voice menus, by id
    strategies: tuple[str, ...] = tuple(Strategy)
    overflows: tuple[str, ...] = tuple(OverflowKind)
    priorities: tuple[int, ...] = tuple(range(1, LAST_PRIORITY + 1))


@dataclass(frozen=True)
class ConsequencePage:
    """What callers meet; the part of the page that is drawn anew while one types."""

    steps: tuple[Step, ...]
    incomplete: bool


@dataclass(frozen=True)
class RemovePage:
    """Asks before a group is removed."""

    form: Form
    group: RingGroup


async def show(request: web.Request) -> web.Response:
    """Show all ring groups."""
    lines, words = request.app[SERVICES].lines.snapshot(), _consequence(request)
    extensions = {one.number: one for one in lines.extensions}
    rows = []
    for group in sorted(lines.groups, key=lambda one: one.id != MAIN):  # the main one first
        members = tuple(extensions[member] for member in group.members if member in extensions)
        numbers = tuple(one.number for one in lines.numbers if one.group == group.id)
        rows.append(Row(group, members, numbers, words.target(group), group.id != MAIN))
    return render(request, "groups/list.html", ListPage(tuple(rows)))


async def show_add(request: web.Request) -> web.Response:
    """Show the form for a new group."""
    return _edit(request, Form.of(group_form.values(group_form.NEW)), None)


async def add(request: web.Request) -> web.Response:
    """Add a group."""
    form = await Form.read(request)
    entered = group_form.read(form, group_form.NEW)

    async def work() -> str:
        await request.app[SERVICES].lines.add_group(entered)
        tell(request, "groups.added", label=entered.label)
        return "/groups"

    return await _submit(request, form, work) or _edit(request, form, None)


async def show_change(request: web.Request) -> web.Response:
    """Show the form for a group."""
    found = _found(request)
    return _edit(request, Form.of(group_form.values(found)), found)


async def change(request: web.Request) -> web.Response:
    """Change a group and who is in it."""
    found, form = _found(request), await Form.read(request)
    entered = group_form.read(form, found)

    async def work() -> str:
        await request.app[SERVICES].lines.change_group(entered)
        tell(request, "panel.saved")
        return "/groups"

    return await _submit(request, form, work) or _edit(request, form, found)


async def show_consequence(request: web.Request) -> web.Response:
    """Show what would happen to callers if what stands in the form were saved. Nothing is changed."""
    form = await Form.read(request)
    group = group_form.read(form, group_form.NEW)
    page = ConsequencePage(_consequence(request).steps(group), bool({*form.errors} - {"label"}))
    return render(request, "groups/_consequence.html", page)


async def show_remove(request: web.Request) -> web.Response:
    """Ask before a group is removed."""
    return render(request, "groups/remove.html", RemovePage(Form.of(), _found(request)))


async def remove(request: web.Request) -> web.Response:
    """Remove a group, unless numbers lead to it."""
    found, form = _found(request), await Form.read(request)

    async def work() -> str:
        await request.app[SERVICES].lines.remove_group(found.id)
        tell(request, "groups.removed", label=found.label)
        return "/groups"

    page = RemovePage(form, found)
    return await submit(request, form, work) or render(request, "groups/remove.html", page, status=form.status)


def _found(request: web.Request) -> RingGroup:
    for one in request.app[SERVICES].lines.snapshot().groups:
        if one.id == request.match_info["group"]:
            return one
    raise NotFound("groups.gone")


async def _submit(request: web.Request, form: Form, work: Callable[[], Awaitable[str]]) -> web.Response | None:
    return await submit(request, form, work, known=group_form.FIELDS, renamed=group_form.error_place(form))


def _edit(request: web.Request, form: Form, group: RingGroup | None) -> web.Response:
    lines, chosen = request.app[SERVICES].lines.snapshot(), form.many("members")
    place = {member: at for at, member in enumerate(chosen)}
    extensions = sorted(lines.extensions, key=lambda one: place.get(one.number, len(place)))
    others = tuple(one for one in lines.groups if group is None or one.id != group.id)
    sounds = choices(request[VISITOR].language, request.app[SERVICES].announcements.list())
    page = EditPage(
        form,
        group,
        tuple(extensions),
        chosen,
        others,
        _steps(request, form),
        sounds,
        request.app[SERVICES].menus.labels(),
    )
    return render(request, "groups/edit.html", page, status=form.status)


def _steps(request: web.Request, form: Form) -> tuple[Step, ...]:
    """Return what would happen; the page's own form is not to hear of what is wrong with it."""
    return _consequence(request).steps(group_form.read(replace(form, errors={}), group_form.NEW))


def _consequence(request: web.Request) -> Consequence:
    services, language = request.app[SERVICES], request[VISITOR].language
    sounds = names(language, services.announcements.list())
    return Consequence(language, services.lines.snapshot(), sounds, services.menus.labels())
