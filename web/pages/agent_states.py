"""The states that agents may be in, and what follows a call. Those of the box stay; an office adds its own."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance.agents.kinds import MAY_BE_RETIRED
from appliance.agents.types import Colour, Kind, KindDraft
from appliance.core.errors import NotFound
from web.forms import Form, submit, tell
from web.keys import SERVICES
from web.render import render

_FIELDS = ("ko", "en", "colour", "working", "direct_calls")
_MODES = ("ready", "timed", "asked")

# The settings on this page: form field and key in the store.
_SETTINGS = {
    "after_call": "agents.after_call",
    "after_call_seconds": "agents.after_call_seconds",
    "unregistered_seconds": "agents.unregistered_seconds",
    "missed_offers": "agents.missed_offers",
}


@dataclass(frozen=True)
class Row:
    """One line of the list: a kind, and what may be done with it."""

    kind: Kind
    may_retire: bool
    may_remove: bool


@dataclass(frozen=True)
class ListPage:
    """All kinds, those in use first, and the settings."""

    rows: tuple[Row, ...]
    retired: tuple[Row, ...]
    form: Form


@dataclass(frozen=True)
class EditPage:
    """The form for a kind; `kind` is None for a new one."""

    form: Form
    kind: Kind | None
    colours: tuple[Colour, ...]


@dataclass(frozen=True)
class RemovePage:
    """Asks before a kind is removed."""

    form: Form
    kind: Kind


async def show(request: web.Request) -> web.Response:
    """Show all kinds."""
    settings = request.app[SERVICES].settings
    return await _list(request, Form.of({field: settings.get(key) for field, key in _SETTINGS.items()}))


async def save_settings(request: web.Request) -> web.Response:
    """Keep what follows a call, and when a desk is thought not to answer."""
    form = await Form.read(request)
    values: dict[str, object] = {
        "agents.after_call": form.choice("after_call", _MODES),
        "agents.after_call_seconds": form.whole("after_call_seconds", 1, 3600),
        "agents.unregistered_seconds": form.whole("unregistered_seconds", 1, 3600),
        "agents.missed_offers": form.whole("missed_offers", 0, 20),
    }

    async def work() -> str:
        await request.app[SERVICES].settings.set(**values)
        tell(request, "panel.saved")
        return "/agent-states"

    renamed = {key: field for field, key in _SETTINGS.items()}
    return await submit(request, form, work, known=tuple(_SETTINGS), renamed=renamed) or await _list(request, form)


async def show_add(request: web.Request) -> web.Response:
    """Show the form for a new kind."""
    return _edit(request, Form.of({"colour": Colour.TEAL.value, "direct_calls": True}), None)


async def add(request: web.Request) -> web.Response:
    """Add a kind."""
    form = await Form.read(request)
    draft = _read(form)

    async def work() -> str:
        made = await request.app[SERVICES].agents.states.add(draft)
        tell(request, "agent_states.added", name=made.ko)
        return "/agent-states"

    return await submit(request, form, work, known=_FIELDS) or _edit(request, form, None)


async def show_change(request: web.Request) -> web.Response:
    """Show the form for a kind."""
    kind = _found(request)
    return _edit(request, Form.of({name: getattr(kind, name) for name in _FIELDS}), kind)


async def change(request: web.Request) -> web.Response:
    """Change a kind."""
    kind, form = _found(request), await Form.read(request)
    draft = _read(form)

    async def work() -> str:
        await request.app[SERVICES].agents.states.change(kind.key, draft)
        tell(request, "panel.saved")
        return "/agent-states"

    return await submit(request, form, work, known=_FIELDS) or _edit(request, form, kind)


async def retire(request: web.Request) -> web.Response:
    """Put a kind away; whoever is in it stays so."""
    return await _done(request, retired=True)


async def bring_back(request: web.Request) -> web.Response:
    """Let people choose a kind again."""
    return await _done(request, retired=False)


async def move(request: web.Request) -> web.Response:
    """Move a kind one place up or down among those in use."""
    kind, form, states = _found(request), await Form.read(request), request.app[SERVICES].agents.states
    step = -1 if form.choice("way", ("up", "down")) == "up" else 1
    everything = states.all()
    in_use = [one.key for one in everything if not one.retired]
    at = in_use.index(kind.key) + step if kind.key in in_use else -1

    async def work() -> str:
        if 0 <= at < len(in_use):
            await states.move(kind.key, [one.key for one in everything].index(in_use[at]) + 1)
        return "/agent-states"

    return await submit(request, form, work) or await show(request)


async def show_remove(request: web.Request) -> web.Response:
    """Ask before a kind is removed."""
    return render(request, "agent_states/remove.html", RemovePage(Form.of(), _found(request)))


async def remove(request: web.Request) -> web.Response:
    """Remove a kind that was never used."""
    kind, form = _found(request), await Form.read(request)

    async def work() -> str:
        await request.app[SERVICES].agents.states.remove(kind.key)
        tell(request, "agent_states.removed", name=kind.ko)
        return "/agent-states"

    page = RemovePage(form, kind)
    return await submit(request, form, work) or render(request, "agent_states/remove.html", page, status=form.status)


async def _done(request: web.Request, *, retired: bool) -> web.Response:
    kind, form = _found(request), await Form.read(request)

    async def work() -> str:
        await request.app[SERVICES].agents.states.retire(kind.key, retired)
        tell(request, "panel.saved")
        return "/agent-states"

    return await submit(request, form, work) or await show(request)


def _read(form: Form) -> KindDraft:
    return KindDraft(
        ko=form.text("ko"),
        en=form.text("en"),
        colour=Colour(form.choice("colour", tuple(Colour))),
        working=form.flag("working"),
        direct_calls=form.flag("direct_calls"),
    )


def _found(request: web.Request) -> Kind:
    for kind in request.app[SERVICES].agents.states.all():
        if kind.key == request.match_info["state"]:
            return kind
    raise NotFound("agent_states.gone")


def _edit(request: web.Request, form: Form, kind: Kind | None) -> web.Response:
    return render(request, "agent_states/edit.html", EditPage(form, kind, tuple(Colour)), status=form.status)


async def _list(request: web.Request, form: Form) -> web.Response:
    states = request.app[SERVICES].agents.states
    used = await states.used()
    rows = [
        Row(kind, not kind.built_in or kind.key in MAY_BE_RETIRED, not kind.built_in and kind.key not in used)
        for kind in states.all()
    ]
    in_use, put_away = (tuple(row for row in rows if row.kind.retired == retired) for retired in (False, True))
    return render(request, "agent_states/list.html", ListPage(in_use, put_away, form), status=form.status)
