"""Where one sits: choosing a phone, taking one over, working without one."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance.access.types import User
from appliance.agents.service import Occupied
from appliance.agents.types import DeskView
from appliance.core.errors import InvalidInput, NotAllowed, Unavailable
from web.account import current_user
from web.forms import Form, go, inner_path, tell
from web.keys import SERVICES, VISITOR
from web.phone_words import busy_extensions
from web.render import render
from web.seat_choice import WITH, WITHOUT, Choice, oneself, remember_choice


@dataclass(frozen=True)
class SeatPage:
    """All phones, and who sits there. `taken` is the one that would be taken over; `busy` are those on the phone."""

    form: Form
    desks: tuple[DeskView, ...]
    me: int
    mine: str
    home: str
    busy: frozenset[str]
    taken: DeskView | None
    next: str


async def show(request: web.Request) -> web.Response:
    """Show the phones; with `?extension=` ask about that one, which the sign-in could not take."""
    user, agents, form = current_user(request), request.app[SERVICES].agents, Form.of()
    wanted, taken = request.query.get("extension", ""), None
    if wanted and not agents.is_desk(wanted):
        form.fail("", "agents.no_such_desk", extension=wanted[:10])
    elif wanted and agents.view(wanted).user not in (0, user.id):
        taken = agents.view(wanted)
    return _page(request, user, form, taken, inner_path(request.query.get("next", "/")))


async def choose(request: web.Request) -> web.Response:
    """Sit down at a phone, or go on without one. One that is occupied is asked about first."""
    user, form, agents = current_user(request), await Form.read(request), request.app[SERVICES].agents
    extension, wanted = form.text("extension"), inner_path(form.text("next") or "/")
    by, token = oneself(user, request), request[VISITOR].token
    try:
        await agents.sit(user, extension, by, token=token, take_over=form.flag("take_over"))
    except Occupied:
        return _page(request, user, Form.of(), agents.view(extension), wanted, status=422)
    except (InvalidInput, NotAllowed, Unavailable) as error:
        form.fail("", error.key, **error.params)
        return _page(request, user, form, None, wanted, status=form.status)
    if extension:
        tell(request, "seat.sat", extension=extension)
    else:
        tell(request, "seat.without_now")
    response = go(request, wanted)
    own = extension if extension != user.extension else ""
    remember_choice(response, request, Choice(WITH if extension else WITHOUT, own))
    return response


async def see_loss(request: web.Request) -> web.Response:
    """Note that a person has seen who took their phone over."""
    form = await Form.read(request)
    await request.app[SERVICES].agents.seen_loss(current_user(request))
    return go(request, inner_path(form.text("next") or "/"))


def _page(
    request: web.Request, user: User, form: Form, taken: DeskView | None, wanted: str, *, status: int = 200
) -> web.Response:
    services = request.app[SERVICES]
    page = SeatPage(
        form=form,
        desks=services.agents.desks(),
        me=user.id,
        mine=services.agents.extension_of(user),
        home=user.extension,
        busy=busy_extensions(services.calls.live()),
        taken=taken,
        next=wanted,
    )
    return render(request, "seat/seat.html", page, status=status)
