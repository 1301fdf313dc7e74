"""Ring groups: which phones ring together, and for how long. "main" is there from the start and stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from appliance.core.errors import NotFound
from appliance.lines.types import RingGroup
from web.forms import Form, submit, tell
from web.keys import SERVICES
from web.render import render

if TYPE_CHECKING:
    from appliance.lines.types import Extension

MAIN = "main"
_EVERYONE, _CHOSEN = "everyone", "chosen"
_FIELDS = ("label", "who", "members", "ring_seconds")


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    group: RingGroup
    members: tuple[Extension, ...]
    numbers: tuple[str, ...]
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
    extensions: tuple[Extension, ...]
    chosen: tuple[str, ...]


@dataclass(frozen=True)
class RemovePage:
    """Asks before a group is removed."""

    form: Form
    group: RingGroup


async def show(request: web.Request) -> web.Response:
    """Show all ring groups."""
    lines = request.app[SERVICES].lines.snapshot()
    rows = []
    for group in sorted(lines.groups, key=lambda one: one.id != MAIN):  # the main one first
        members = tuple(one for one in lines.extensions if one.number in group.members)
        numbers = tuple(one.number for one in lines.numbers if one.group == group.id)
        rows.append(Row(group, members, numbers, group.id != MAIN))
    return render(request, "groups/list.html", ListPage(tuple(rows)))


async def show_add(request: web.Request) -> web.Response:
    """Show the form for a new group."""
    return _edit(request, Form.of({"who": _CHOSEN, "ring_seconds": 30}), None)


async def add(request: web.Request) -> web.Response:
    """Add a group."""
    form = await Form.read(request)
    entered = _read(form, "")

    async def work() -> str:
        await request.app[SERVICES].lines.add_group(entered)
        tell(request, "groups.added", label=entered.label)
        return "/groups"

    return await submit(request, form, work, known=_FIELDS) or _edit(request, form, None)


async def show_change(request: web.Request) -> web.Response:
    """Show the form for a group."""
    found = _found(request)
    values = {
        "label": found.label,
        "who": _EVERYONE if found.everyone else _CHOSEN,
        "members": found.members,
        "ring_seconds": found.ring_seconds,
    }
    return _edit(request, Form.of(values), found)


async def change(request: web.Request) -> web.Response:
    """Change a group and who is in it."""
    found, form = _found(request), await Form.read(request)
    entered = _read(form, found.id)

    async def work() -> str:
        await request.app[SERVICES].lines.change_group(entered)
        tell(request, "panel.saved")
        return "/groups"

    return await submit(request, form, work, known=_FIELDS) or _edit(request, form, found)


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


def _read(form: Form, group_id: str) -> RingGroup:
    everyone = form.choice("who", (_EVERYONE, _CHOSEN)) == _EVERYONE
    return RingGroup(
        id=group_id,
        label=form.required("label"),
        everyone=everyone,
        members=form.many("members"),
        ring_seconds=form.whole("ring_seconds", 5, 300),
    )


def _found(request: web.Request) -> RingGroup:
    for one in request.app[SERVICES].lines.snapshot().groups:
        if one.id == request.match_info["group"]:
            return one
    raise NotFound("groups.gone")


def _edit(request: web.Request, form: Form, group: RingGroup | None) -> web.Response:
    extensions = request.app[SERVICES].lines.snapshot().extensions
    page = EditPage(form, group, extensions, form.many("members"))
    return render(request, "groups/edit.html", page, status=form.status)
