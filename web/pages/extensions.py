"""Extensions: the list with the phones that are registered now, adding, changing, renewing a password, removing.

A password is shown once, to the session that made it, together with everything else one types into a phone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiohttp import web

from appliance.lines.types import Extension, NewExtension
from web.filters import phone_number
from web.forms import Form, submit, tell
from web.keys import NOTICES, SERVICES, VISITOR
from web.render import render

if TYPE_CHECKING:
    from appliance.lines.types import LinesSnapshot
    from appliance.phones.types import RegisteredPhone

_FIELDS = ("number", "name", "shown_number", "pickup_group")


@dataclass(frozen=True)
class Row:
    """One line of the list: an extension, who sits there, and its phones."""

    extension: Extension
    user: str
    phones: tuple[RegisteredPhone, ...]
    forwards: int  # how many are switched on


@dataclass(frozen=True)
class ListPage:
    """All extensions."""

    rows: tuple[Row, ...]
    registered: int
    now_ms: int


@dataclass(frozen=True)
class EditPage:
    """The form for an extension; `number` is empty for a new one."""

    form: Form
    number: str
    own_numbers: list[tuple[str, str]]  # stored form, and how it is written
    groups: list[tuple[str, str]]  # id and label


@dataclass(frozen=True)
class ConfirmPage:
    """Asks before something that cannot be undone."""

    form: Form
    extension: Extension


@dataclass(frozen=True)
class SettingsPage:
    """What to type into a phone. `password` is empty when it was shown already."""

    extension: Extension
    password: str
    server: str
    port: int


async def show(request: web.Request) -> web.Response:
    """Show all extensions."""
    return render(request, "extensions/list.html", await _list(request))


async def show_rows(request: web.Request) -> web.Response:
    """Show only the table, for a page that is open while phones come and go."""
    return render(request, "extensions/_table.html", await _list(request))


async def show_add(request: web.Request) -> web.Response:
    """Show the form for a new extension, with the next free number filled in."""
    form = Form.of({"number": await _next_number(request), "may_call_out": True, "may_forward_out": True})
    return await _edit(request, form, "")


async def add(request: web.Request) -> web.Response:
    """Make an extension; its password is on the next page."""
    form = await Form.read(request)
    number, name = form.required("number"), form.required("name")

    async def work() -> str:
        new = await request.app[SERVICES].lines.add_extension(
            number,
            name,
            form.text("shown_number"),
            form.flag("may_call_out"),
            may_forward_out=form.flag("may_forward_out"),
            pickup_group=form.text("pickup_group"),
        )
        return _shown_once(request, new)

    return await submit(request, form, work, known=_FIELDS) or await _edit(request, form, "")


async def show_change(request: web.Request) -> web.Response:
    """Show the form for an extension."""
    found = await _found(request)
    values = {
        "number": found.number,
        "name": found.name,
        "shown_number": found.shown_number,
        "may_call_out": found.may_call_out,
        "may_forward_out": found.may_forward_out,
        "pickup_group": found.pickup_group,
        "enabled": found.enabled,
    }
    return await _edit(request, Form.of(values), found.number)


async def change(request: web.Request) -> web.Response:
    """Change an extension."""
    found, form = await _found(request), await Form.read(request)
    changed = replace(
        found,
        name=form.required("name"),
        shown_number=form.text("shown_number"),
        may_call_out=form.flag("may_call_out"),
        may_forward_out=form.flag("may_forward_out"),
        pickup_group=form.text("pickup_group"),
        enabled=form.flag("enabled"),
    )

    async def work() -> str:
        await request.app[SERVICES].lines.change_extension(changed)
        tell(request, "panel.saved")
        return "/extensions"

    return await submit(request, form, work, known=_FIELDS) or await _edit(request, form, found.number)


async def show_settings(request: web.Request) -> web.Response:
    """Show what to type into a phone; the password too, if this session has just made it."""
    found, services = await _found(request), request.app[SERVICES]
    reference = request.query.get("made", "")
    made = request.app[NOTICES].secret(request[VISITOR].token, reference, services.clock.now_ms())
    fits = isinstance(made, NewExtension) and made.extension.number == found.number
    password = made.password if fits and isinstance(made, NewExtension) else ""
    page = SettingsPage(found, password, services.config.address, services.config.sip_port)
    return render(request, "extensions/settings.html", page)


async def show_renew(request: web.Request) -> web.Response:
    """Ask before a password is renewed: the phone that has the old one stops working."""
    return render(request, "extensions/renew.html", ConfirmPage(Form.of(), await _found(request)))


async def renew(request: web.Request) -> web.Response:
    """Renew a password."""
    found, form = await _found(request), await Form.read(request)

    async def work() -> str:
        return _shown_once(request, await request.app[SERVICES].lines.renew_password(found.number))

    page = ConfirmPage(form, found)
    return await submit(request, form, work) or render(request, "extensions/renew.html", page, status=form.status)


async def show_remove(request: web.Request) -> web.Response:
    """Ask before an extension is removed."""
    return render(request, "extensions/remove.html", ConfirmPage(Form.of(), await _found(request)))


async def remove(request: web.Request) -> web.Response:
    """Remove an extension. Its calls stay in the log."""
    found, form = await _found(request), await Form.read(request)

    async def work() -> str:
        await request.app[SERVICES].lines.remove_extension(found.number)
        tell(request, "extensions.removed", number=found.number)
        return "/extensions"

    page = ConfirmPage(form, found)
    return await submit(request, form, work) or render(request, "extensions/remove.html", page, status=form.status)


async def _found(request: web.Request) -> Extension:
    return await request.app[SERVICES].lines.extension(request.match_info["number"])


def _shown_once(request: web.Request, new: NewExtension) -> str:
    now_ms = request.app[SERVICES].clock.now_ms()
    reference = request.app[NOTICES].keep_secret(request[VISITOR].token, new, now_ms)
    return f"/extensions/{new.extension.number}/settings?made={reference}"


async def _edit(request: web.Request, form: Form, number: str) -> web.Response:
    lines = request.app[SERVICES].lines.snapshot()
    numbers = [(one.number, f"{phone_number(one.number)} · {one.label}") for one in lines.numbers]
    groups = [(one.id, one.label) for one in lines.groups]
    page = EditPage(form, number, numbers, groups)
    return render(request, "extensions/edit.html", page, status=form.status)


async def _list(request: web.Request) -> ListPage:
    services = request.app[SERVICES]
    users = {user.extension: user.name for user in await services.access.users() if user.extension}
    phones: dict[str, list[RegisteredPhone]] = {}
    for phone in services.phones.registered():
        phones.setdefault(phone.extension, []).append(phone)
    lines = services.lines.snapshot()
    rows = tuple(
        Row(one, users.get(one.number, ""), tuple(phones.get(one.number, ())), _forwards(lines, one.number))
        for one in lines.extensions
    )
    return ListPage(rows, sum(1 for row in rows if row.phones), services.clock.now_ms())


def _forwards(lines: LinesSnapshot, extension: str) -> int:
    return sum(kept.enabled for kept in lines.forwards.get(extension, ()))


async def _next_number(request: web.Request) -> str:
    taken = {one.number for one in request.app[SERVICES].lines.snapshot().extensions}
    return next((str(number) for number in range(101, 1000) if str(number) not in taken), "")
