"""Forwards: where the calls of an extension or an own number go on. The same pages serve three owners.

An admin reaches any extension and number; everybody reaches their own phone, whose number is never in the address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from appliance.calls.ports import ForwardWhen
from appliance.core.errors import NotFound
from appliance.lines.types import KeptForward
from web import forward_form
from web.account import current_user
from web.filters import phone_number
from web.forms import Form, submit, tell
from web.keys import SERVICES
from web.render import render

if TYPE_CHECKING:
    from appliance.lines.types import Extension, LinesSnapshot

OWN = "/my-phone"


@dataclass(frozen=True)
class Owner:
    """Whose calls go on. `kind` is "extension", "number" or "own"; without a number there is nothing to forward."""

    kind: str
    number: str
    name: str
    base: str  # where these pages are
    back: str  # where one comes from
    may_out: bool


@dataclass(frozen=True)
class Row:
    """One line of the list. `works`: switched on and possible; `target` as people call it."""

    kept: KeptForward
    target: str
    begins: str
    ends: str
    works: bool


@dataclass(frozen=True)
class ListPage:
    """All forwards of an owner."""

    owner: Owner
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class EditPage:
    """The form for a forward; `forward` is empty for a new one."""

    form: Form
    owner: Owner
    forward: str
    extensions: tuple[Extension, ...]
    whens: tuple[str, ...] = tuple(ForwardWhen)
    days: tuple[int, ...] = forward_form.DAYS


async def show(request: web.Request) -> web.Response:
    """Show all forwards of an owner."""
    return render(request, "forwards/list.html", _list(request))


async def show_rows(request: web.Request) -> web.Response:
    """Show only the table, for a page that is open while a forward is changed on the phone."""
    return render(request, "forwards/_table.html", _list(request))


async def show_add(request: web.Request) -> web.Response:
    """Show the form for a new forward."""
    return _edit(request, Form.of(forward_form.values(forward_form.NEW)), "")


async def add(request: web.Request) -> web.Response:
    """Add a forward, unless there is one of the same kind and schedule."""
    return await _save(request, "")


async def show_change(request: web.Request) -> web.Response:
    """Show the form for a forward."""
    found = _found(request)
    return _edit(request, Form.of(forward_form.values(found)), found.id)


async def change(request: web.Request) -> web.Response:
    """Change a forward."""
    return await _save(request, _found(request).id)


async def switch(request: web.Request) -> web.Response:
    """Switch a forward on or off; it keeps its target."""
    owner, found, form = _owner(request), _found(request), await Form.read(request)
    enabled = form.flag("enabled")

    async def work() -> str:
        await request.app[SERVICES].lines.switch_forward(owner.number, found.id, enabled)
        tell(request, "forwards.switched_on" if enabled else "forwards.switched_off")
        return owner.base

    done = await submit(request, form, work, known=("enabled",))
    return done or _edit(request, _with_errors(forward_form.values(found), form), found.id)


async def remove(request: web.Request) -> web.Response:
    """Remove a forward."""
    owner, found, form = _owner(request), _found(request), await Form.read(request)

    async def work() -> str:
        await request.app[SERVICES].lines.remove_forward(owner.number, found.id)
        tell(request, "forwards.removed")
        return owner.base

    return await submit(request, form, work) or await show(request)


async def _save(request: web.Request, replaces: str) -> web.Response:
    owner, form = _owner(request), await Form.read(request)
    entered = forward_form.read(form)

    async def work() -> str:
        await request.app[SERVICES].lines.set_forward(
            owner.number, entered.forward, enabled=entered.enabled, replaces=replaces
        )
        tell(request, "panel.saved")
        return owner.base

    done = await submit(request, form, work, known=forward_form.FIELDS, renamed=forward_form.RENAMED)
    return done or _edit(request, form, replaces)


def _with_errors(values: dict[str, object], form: Form) -> Form:
    """Return the whole form of a forward that could not be switched on, with the reason in it."""
    whole = Form.of(values)
    whole.errors.update(form.errors)
    return whole


def _lines(request: web.Request) -> LinesSnapshot:
    return request.app[SERVICES].lines.snapshot()


def _owner(request: web.Request) -> Owner:
    if (number := request.match_info.get("number")) is None:
        return _own(request)
    lines, base = _lines(request), f"{request.path.split('/')[1]}/{quote(number, safe='')}"
    if request.path.startswith("/numbers/"):
        for own in lines.numbers:
            if own.number == number:
                return Owner("number", number, own.label, f"/{base}/forwards", "/numbers", True)
        raise NotFound("numbers.gone")
    if (extension := _extension(lines, number)) is None:
        raise NotFound("lines.no_such_extension")
    return Owner("extension", number, extension.name, f"/{base}/forwards", "/extensions", _may_out(extension))


def _own(request: web.Request) -> Owner:
    """Return the phone of whoever is signed in, which is the only one that they reach here."""
    extension = _extension(_lines(request), current_user(request).extension)
    if extension is None:
        return Owner("own", "", "", OWN, OWN, False)
    return Owner("own", extension.number, extension.name, OWN, OWN, _may_out(extension))


def _extension(lines: LinesSnapshot, number: str) -> Extension | None:
    return next((one for one in lines.extensions if one.number == number), None)


def _may_out(extension: Extension) -> bool:
    return extension.may_call_out and extension.may_forward_out


def _list(request: web.Request) -> ListPage:
    owner, lines = _owner(request), _lines(request)
    return ListPage(owner, tuple(_row(lines, owner, one) for one in lines.forwards.get(owner.number, ())))


def _row(lines: LinesSnapshot, owner: Owner, kept: KeptForward) -> Row:
    to, hours = _extension(lines, kept.forward.target), kept.forward.schedule
    works = kept.enabled and (to.enabled if to is not None else owner.may_out)
    return Row(
        kept,
        f"{to.number} {to.name}" if to is not None else phone_number(kept.forward.target),
        forward_form.clock(hours.from_minute) if hours else "",
        forward_form.clock(hours.to_minute) if hours else "",
        works,
    )


def _found(request: web.Request) -> KeptForward:
    for kept in _lines(request).forwards.get(_owner(request).number, ()):
        if kept.id == request.match_info["forward"]:
            return kept
    raise NotFound("lines.no_such_forward")


def _edit(request: web.Request, form: Form, forward: str) -> web.Response:
    owner = _owner(request)
    extensions = tuple(one for one in _lines(request).extensions if one.number != owner.number)
    return render(request, "forwards/edit.html", EditPage(form, owner, forward, extensions), status=form.status)
