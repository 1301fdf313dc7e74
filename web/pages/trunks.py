"""Trunks: the list with how each is, as measured and in the upstream's own words; adding, changing, removing.

The order of the list is the order of preference for calls out.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from appliance.lines.types import Trunk
from web.filters import phone_number
from web.forms import Form, submit, tell
from web.keys import SERVICES
from web.render import render

if TYPE_CHECKING:
    from appliance.phones.types import TrunkView

KINDS = ("register", "address")
TRANSPORTS = ("udp", "tcp")
CALLED_FROM = ("request", "to", "diversion", "history")
_FIELDS = (
    "name", "kind", "host", "port", "transport", "username", "auth_username", "password", "realm", "expires",
    "addresses", "called_from", "international_prefixes", "main_number", "channels",
)  # fmt: skip
_SELDOM = (
    "port", "transport", "auth_username", "realm", "expires", "addresses", "called_from", "international_prefixes",
)  # fmt: skip

# How each measured state looks: the colour of its dot.
_LOOKS = {
    "registered": "ok",
    "reachable": "ok",
    "registering": "wait",
    "unknown": "wait",
    "refused": "bad",
    "unreachable": "bad",
    "off": "none",
}


@dataclass(frozen=True)
class Row:
    """One line of the list. `state` is a measured one, or "off"; `words` are the upstream's own, with its code."""

    trunk: Trunk
    state: str
    look: str
    words: str
    since_ms: int
    numbers: int


@dataclass(frozen=True)
class ListPage:
    """All trunks."""

    rows: tuple[Row, ...]
    now_ms: int


@dataclass(frozen=True)
class EditPage:
    """The form for a trunk; `trunk` is None for a new one. `more` = the seldom needed fields are open."""

    form: Form
    trunk: Trunk | None
    more: bool
    kinds: tuple[str, ...] = KINDS
    transports: tuple[str, ...] = TRANSPORTS
    called_from: tuple[str, ...] = CALLED_FROM


@dataclass(frozen=True)
class RemovePage:
    """Asks before a trunk is removed."""

    form: Form
    trunk: Trunk


async def show(request: web.Request) -> web.Response:
    """Show all trunks."""
    return render(request, "trunks/list.html", _list(request))


async def show_rows(request: web.Request) -> web.Response:
    """Show only the table, for a page that is open while states change."""
    return render(request, "trunks/_table.html", _list(request))


async def show_add(request: web.Request) -> web.Response:
    """Show the form for a new trunk."""
    return _edit(request, Form.of(_values(Trunk(id="", name="", kind="register", host=""))), None)


async def add(request: web.Request) -> web.Response:
    """Add a trunk."""
    form = await Form.read(request)
    entered = _read(form, "")

    async def work() -> str:
        added = await request.app[SERVICES].lines.add_trunk(entered, form.secret("password"))
        tell(request, "trunks.added", name=added.name)
        return "/trunks"

    return await submit(request, form, work, known=_FIELDS) or _edit(request, form, None)


async def show_change(request: web.Request) -> web.Response:
    """Show the form for a trunk."""
    found = await _found(request)
    return _edit(request, Form.of(_values(found)), found)


async def change(request: web.Request) -> web.Response:
    """Change a trunk; an empty password leaves it as it is."""
    found, form = await _found(request), await Form.read(request)
    entered = _read(form, found.id)

    async def work() -> str:
        await request.app[SERVICES].lines.change_trunk(entered, form.secret("password") or None)
        tell(request, "panel.saved")
        return "/trunks"

    return await submit(request, form, work, known=_FIELDS) or _edit(request, form, found)


async def prefer(request: web.Request) -> web.Response:
    """Try this trunk first for calls out."""
    found, form = await _found(request), await Form.read(request)

    async def work() -> str:
        await request.app[SERVICES].lines.prefer_trunk(found.id)
        tell(request, "trunks.preferred", name=found.name)
        return "/trunks"

    return await submit(request, form, work) or render(request, "trunks/list.html", _list(request))


async def show_remove(request: web.Request) -> web.Response:
    """Ask before a trunk is removed."""
    return render(request, "trunks/remove.html", RemovePage(Form.of(), await _found(request)))


async def remove(request: web.Request) -> web.Response:
    """Remove a trunk, unless numbers still use it."""
    found, form = await _found(request), await Form.read(request)

    async def work() -> str:
        await request.app[SERVICES].lines.remove_trunk(found.id)
        tell(request, "trunks.removed", name=found.name)
        return "/trunks"

    page = RemovePage(form, found)
    return await submit(request, form, work) or render(request, "trunks/remove.html", page, status=form.status)


def _read(form: Form, trunk_id: str) -> Trunk:
    return Trunk(
        id=trunk_id,
        name=form.required("name"),
        kind=form.choice("kind", KINDS),
        host=form.required("host"),
        port=form.whole("port", 1, 65535),
        transport=form.choice("transport", TRANSPORTS),
        username=form.text("username"),
        auth_username=form.text("auth_username"),
        realm=form.text("realm"),
        expires=form.whole("expires", 60, 7200),
        addresses=form.parts("addresses"),
        trusted=form.flag("trusted"),
        called_from=form.choice("called_from", CALLED_FROM),
        international_prefixes=form.parts("international_prefixes"),
        dial_e164=form.flag("dial_e164"),
        main_number=form.text("main_number"),
        channels=form.whole("channels", 0, 1000),
        enabled=form.flag("enabled"),
    )


def _values(trunk: Trunk) -> dict[str, object]:
    joined = {
        "addresses": " ".join(trunk.addresses),
        "international_prefixes": " ".join(trunk.international_prefixes),
        "main_number": phone_number(trunk.main_number),
    }
    return asdict(trunk) | joined


async def _found(request: web.Request) -> Trunk:
    return await request.app[SERVICES].lines.trunk(request.match_info["trunk"])


def _edit(request: web.Request, form: Form, trunk: Trunk | None) -> web.Response:
    more = any(name in form.errors for name in _SELDOM)
    return render(request, "trunks/edit.html", EditPage(form, trunk, more), status=form.status)


def _list(request: web.Request) -> ListPage:
    services = request.app[SERVICES]
    lines = services.lines.snapshot()
    views = {view.trunk: view for view in services.phones.trunk_views()}
    used = [number.trunk for number in lines.numbers]
    rows = tuple(_row(trunk, views.get(trunk.id), used.count(trunk.id)) for trunk in lines.trunks)
    return ListPage(rows, services.clock.now_ms())


def _row(trunk: Trunk, view: TrunkView | None, numbers: int) -> Row:
    state = "off" if not trunk.enabled else view.state if view is not None else "unknown"
    words = f"{view.code or ''} {view.text}".strip() if view is not None and trunk.enabled else ""
    since_ms = view.since_ms if view is not None and trunk.enabled else 0
    return Row(trunk, state, _LOOKS.get(state, "wait"), words, since_ms, numbers)
