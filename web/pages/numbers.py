"""The office's own numbers: on which trunk each comes in and which ring group it leads to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiohttp import web

from appliance.core.errors import NotFound
from appliance.lines.types import OwnNumber
from web.filters import phone_number
from web.forms import Form, submit, tell
from web.keys import SERVICES
from web.render import render

if TYPE_CHECKING:
    from appliance.lines.types import LinesSnapshot

_FIELDS = ("number", "label", "trunk", "group", "menu")


@dataclass(frozen=True)
class Row:
    """One line of the list; names are empty when trunk or group are gone."""

    number: OwnNumber
    trunk: str
    group: str
    forwards: int  # how many are switched on
    menu: str  # what its voice menu is called, "" = none


@dataclass(frozen=True)
class ListPage:
    """All numbers. Without a trunk there is nothing to add a number to."""

    rows: tuple[Row, ...]
    any_trunk: bool


@dataclass(frozen=True)
class EditPage:
    """The form for a number; `number` is None for a new one."""

    form: Form
    number: OwnNumber | None
    trunks: list[tuple[str, str]]  # id and name
    groups: list[tuple[str, str]]  # id and label
    menus: list[tuple[str, str]]  # id and label


@dataclass(frozen=True)
class RemovePage:
    """Asks before a number is removed."""

    form: Form
    number: OwnNumber


async def show(request: web.Request) -> web.Response:
    """Show all numbers."""
    lines = request.app[SERVICES].lines.snapshot()
    trunks = {trunk.id: trunk.name for trunk in lines.trunks}
    groups = {group.id: group.label for group in lines.groups}
    menus = request.app[SERVICES].menus.labels()
    rows = tuple(
        Row(
            one,
            trunks.get(one.trunk, ""),
            groups.get(one.group, ""),
            _forwards(lines, one.number),
            menus.get(one.menu, ""),
        )
        for one in lines.numbers
    )
    return render(request, "numbers/list.html", ListPage(rows, bool(lines.trunks)))


async def show_add(request: web.Request) -> web.Response:
    """Show the form for a new number."""
    trunks = request.app[SERVICES].lines.snapshot().trunks
    return _edit(
        request, Form.of({"group": "main", "trunk": trunks[0].id if trunks else "", "may_be_shown": True}), None
    )


async def add(request: web.Request) -> web.Response:
    """Add a number, written in any usual way."""
    form = await Form.read(request)
    entered = OwnNumber(
        form.required("number"),
        form.required("label"),
        form.text("trunk"),
        form.text("group"),
        form.flag("may_be_shown"),
        form.text("menu"),
    )

    async def work() -> str:
        await request.app[SERVICES].lines.add_number(entered)
        tell(request, "numbers.added")
        return "/numbers"

    return await submit(request, form, work, known=_FIELDS) or _edit(request, form, None)


async def show_change(request: web.Request) -> web.Response:
    """Show the form for a number."""
    found = _found(request)
    values = {
        "number": phone_number(found.number),
        "label": found.label,
        "trunk": found.trunk,
        "group": found.group,
        "may_be_shown": found.may_be_shown,
        "menu": found.menu,
    }
    return _edit(request, Form.of(values), found)


async def change(request: web.Request) -> web.Response:
    """Change everything of a number but itself."""
    found, form = _found(request), await Form.read(request)
    changed = replace(
        found,
        label=form.required("label"),
        trunk=form.text("trunk"),
        group=form.text("group"),
        may_be_shown=form.flag("may_be_shown"),
        menu=form.text("menu"),
    )

    async def work() -> str:
        await request.app[SERVICES].lines.change_number(changed)
        tell(request, "panel.saved")
        return "/numbers"

    return await submit(request, form, work, known=_FIELDS) or _edit(request, form, found)


async def show_remove(request: web.Request) -> web.Response:
    """Ask before a number is removed."""
    return render(request, "numbers/remove.html", RemovePage(Form.of(), _found(request)))


async def remove(request: web.Request) -> web.Response:
    """Remove a number; calls to it are refused from then on."""
    found, form = _found(request), await Form.read(request)

    async def work() -> str:
        await request.app[SERVICES].lines.remove_number(found.number)
        tell(request, "numbers.removed", number=phone_number(found.number))
        return "/numbers"

    page = RemovePage(form, found)
    return await submit(request, form, work) or render(request, "numbers/remove.html", page, status=form.status)


def _forwards(lines: LinesSnapshot, number: str) -> int:
    return sum(kept.enabled for kept in lines.forwards.get(number, ()))


def _found(request: web.Request) -> OwnNumber:
    wanted = request.match_info["number"]
    for one in _lines(request).numbers:
        if one.number == wanted:
            return one
    raise NotFound("numbers.gone")


def _lines(request: web.Request) -> LinesSnapshot:
    return request.app[SERVICES].lines.snapshot()


def _edit(request: web.Request, form: Form, number: OwnNumber | None) -> web.Response:
    lines = _lines(request)
    trunks = [(trunk.id, trunk.name) for trunk in lines.trunks]
    groups = [(group.id, group.label) for group in lines.groups]
    page = EditPage(form, number, trunks, groups, list(request.app[SERVICES].menus.labels().items()))
    return render(request, "numbers/edit.html", page, status=form.status)
