"""States of desks: one's own from every page, and somebody else's for those who may. Knows no page around it."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance.agents.transitions import WITHOUT_A_PERSON
from appliance.agents.types import By, DeskView, Kind, Source
from appliance.core.errors import SoriboxError
from web.account import current_user
from web.forms import Form, Message, inner_path, submit, tell
from web.keys import SERVICES
from web.own_state import OwnStatePage, own_state_of
from web.render import render
from web.seat_choice import oneself
from web.sessions import actor

_PIECE = "agents/own_state.html"
_FIELDS = ("kind", "why")


@dataclass(frozen=True)
class SetStatePage:
    """Asks in which state somebody's desk shall be."""

    form: Form
    desk: DeskView
    kinds: tuple[Kind, ...]


async def own_state(request: web.Request) -> web.Response:
    """Show one's own state, as a piece of HTML."""
    return render(request, _PIECE, OwnStatePage(own_state_of(request.app[SERVICES], current_user(request))))


async def choose_own_state(request: web.Request) -> web.Response:
    """Put one's own desk into a state. A script gets the piece of HTML, a browser without scripts goes back."""
    user, form, services = current_user(request), await Form.read(request), request.app[SERVICES]
    error = None
    try:
        extension = services.agents.extension_of(user)
        await services.agents.choose(extension, form.text("kind"), form.text("why"), oneself(user, request))
    except SoriboxError as refused:
        error = Message(refused.key, refused.params)
    if "HX-Request" not in request.headers:
        if error is not None:
            tell(request, error.key, **error.params)
        return web.Response(status=303, headers={"Location": inner_path(form.text("next") or "/")})
    page = OwnStatePage(own_state_of(services, user, error))
    return render(request, _PIECE, page, status=422 if error else 200)


async def show_set_state(request: web.Request) -> web.Response:
    """Ask in which state somebody's desk shall be."""
    desk = request.app[SERVICES].agents.view(request.match_info["extension"])
    return _set_state(request, Form.of({"kind": desk.kind.key}), desk)


async def set_state(request: web.Request) -> web.Response:
    """Put somebody's desk into a state, and say why."""
    desk, form = request.app[SERVICES].agents.view(request.match_info["extension"]), await Form.read(request)
    kind, why = form.required("kind"), form.required("why", "agents.say_why")
    who = actor(request)

    async def work() -> str:
        by = By(Source.ADMIN, who.who, who.address)
        await request.app[SERVICES].agents.choose(desk.extension, kind, why, by)
        tell(request, "panel.saved")
        return "/colleagues"

    return await submit(request, form, work, known=_FIELDS) or _set_state(request, form, desk)


def _set_state(request: web.Request, form: Form, desk: DeskView) -> web.Response:
    choices = request.app[SERVICES].agents.choices()
    kinds = tuple(kind for kind in choices if desk.user or kind.key in WITHOUT_A_PERSON)
    return render(request, "agents/set_state.html", SetStatePage(form, desk, kinds), status=form.status)
