"""The steps of a voice menu: added, changed, moved and removed in a dialog of its editor."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance.lines.types import Extension, RingGroup
from appliance.menus import tree
from appliance.menus.types import HEARD, Kind, Menu, Step
from web import menu_form
from web.announcement_words import Choices, choices
from web.forms import Form, submit
from web.keys import SERVICES, VISITOR
from web.menu_words import places
from web.pages.menus import found
from web.render import render


@dataclass(frozen=True)
class StepPage:
    """The form of a step; `step` is None for a new one, which follows `parent`."""

    form: Form
    menu: Menu
    step: Step | None
    parent: Step | None
    slots: tuple[str, ...]
    steps: tuple[Step, ...]
    groups: tuple[RingGroup, ...]
    extensions: tuple[Extension, ...]
    menus: dict[str, str]
    sounds: Choices
    kinds: tuple[str, ...] = tuple(Kind)
    heard: str = "|".join(HEARD)


@dataclass(frozen=True)
class MovePage:
    """The form that moves a step; `places` are the step above, the slot, and what stands there."""

    form: Form
    menu: Menu
    step: Step
    places: tuple[tuple[str, str, str], ...]
    names: dict[str, str]


@dataclass(frozen=True)
class RemovePage:
    """Asks before a step is removed; `below` is how many go with it."""

    form: Form
    menu: Menu
    step: Step
    below: int


async def show_add(request: web.Request) -> web.Response:
    """Show the form for a step that follows another."""
    parent = _step(request)
    slots = tree.free_slots(parent)
    kind = Kind.GROUP if parent.kind is Kind.CHOICE else Kind.END
    fresh = {**menu_form.values(Step("", kind, "")), "slot": slots[0] if slots else ""}
    return _page(request, Form.of(fresh), None, parent)


async def add(request: web.Request) -> web.Response:
    """Let a step follow another."""
    menu, parent, form = found(request), _step(request), await Form.read(request)
    new, slot = menu_form.read(form, ""), form.text("slot")

    async def work() -> str:
        await request.app[SERVICES].menus.add_step(menu.id, parent.id, slot, new)
        return f"/menus/{menu.id}"

    return await _submit(request, form, work) or _page(request, form, None, parent)


async def show_change(request: web.Request) -> web.Response:
    """Show the form of a step."""
    step = _step(request)
    return _page(request, Form.of(menu_form.values(step)), step, None)


async def change(request: web.Request) -> web.Response:
    """Change a step."""
    menu, step, form = found(request), _step(request), await Form.read(request)
    new = menu_form.read(form, step.id)

    async def work() -> str:
        await request.app[SERVICES].menus.change_step(menu.id, new)
        return f"/menus/{menu.id}"

    return await _submit(request, form, work) or _page(request, form, step, None)


async def show_move(request: web.Request) -> web.Response:
    """Show where a step may be moved to."""
    menu, step = found(request), _step(request)
    return _move_page(request, Form.of({"place": "/".join(tree.place(menu.edited, step.id))}))


async def move(request: web.Request) -> web.Response:
    """Move a step with all that follows it."""
    menu, step, form = found(request), _step(request), await Form.read(request)
    parent, _, slot = form.required("place").partition("/")

    async def work() -> str:
        await request.app[SERVICES].menus.move_step(menu.id, step.id, parent, slot)
        return f"/menus/{menu.id}"

    return await submit(request, form, work) or _move_page(request, form)


async def show_remove(request: web.Request) -> web.Response:
    """Ask before a step is removed."""
    return _remove_page(request, Form.of())


async def remove(request: web.Request) -> web.Response:
    """Remove a step with all that follows it."""
    menu, step, form = found(request), _step(request), await Form.read(request)

    async def work() -> str:
        await request.app[SERVICES].menus.remove_step(menu.id, step.id)
        return f"/menus/{menu.id}"

    return await submit(request, form, work) or _remove_page(request, form)


def _step(request: web.Request) -> Step:
    return tree.find(found(request).edited, request.match_info["step"])


async def _submit(request: web.Request, form: Form, work: menu_form.Work) -> web.Response | None:
    return await submit(request, form, work, known=menu_form.FIELDS, renamed=menu_form.error_place(form))


def _page(request: web.Request, form: Form, step: Step | None, parent: Step | None) -> web.Response:
    services, menu = request.app[SERVICES], found(request)
    lines = services.lines.snapshot()
    page = StepPage(
        form=form,
        menu=menu,
        step=step,
        parent=parent,
        slots=tree.free_slots(parent) if parent is not None else (),
        steps=tuple(tree.steps(menu.edited)),
        groups=lines.groups,
        extensions=lines.extensions,
        menus={one: label for one, label in services.menus.labels().items() if one != menu.id},
        sounds=choices(request[VISITOR].language, services.announcements.list()),
    )
    return render(request, "menus/step.html", page, status=form.status)


def _move_page(request: web.Request, form: Form) -> web.Response:
    menu, step = found(request), _step(request)
    names = {one.id: one.name for one in tree.steps(menu.edited)}
    page = MovePage(form, menu, step, places(menu.edited, step.id), names)
    return render(request, "menus/move.html", page, status=form.status)


def _remove_page(request: web.Request, form: Form) -> web.Response:
    step = _step(request)
    page = RemovePage(form, found(request), step, sum(1 for _ in tree.steps(step)) - 1)
    return render(request, "menus/remove_step.html", page, status=form.status)
