"""Who had a call on an analog line, on the call's own page: noted by those who had it, corrected by who may."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance.access.permissions import allowed
from appliance.calls.call import CallView, Direction, Result, State
from appliance.core.errors import NotAllowed
from appliance.services import Services
from web.call_words import Names
from web.forms import Form, go, tell
from web.keys import SERVICES
from web.line_calls import may_take
from web.live import Person
from web.pages.call_access import seen_call
from web.pages.live_view import person_of

_OTHERS = "calls.for_others"


@dataclass(frozen=True)
class TakenPart:
    """What the page offers: `mine` that one had it oneself, `desks` (number, name) whom one may choose among."""

    mine: bool
    desks: tuple[tuple[str, str], ...]
    at: str  # who is said to have it; "" nobody


def taken_part(services: Services, person: Person, call: CallView, names: Names) -> TakenPart | None:
    """Return what may be said of who had a call; None where there is nothing to say."""
    if not call.line or call.direction is not Direction.IN or call.joined_to:
        return None
    if call.state is State.ENDED and not call.answered_ms and call.result is not Result.UNKNOWN and not call.extension:
        return None
    mine = may_take(call, services.agents.extension_of(person.user))
    may_choose = allowed(person.user, _OTHERS)
    desks = tuple((one, names.extension(one)) for one in services.agents.extensions()) if may_choose else ()
    return TakenPart(mine, desks, call.extension) if mine or desks else None


async def take(request: web.Request) -> web.StreamResponse:
    """Note who had a call. Whoever corrects what others have said needs the permission for it."""
    services, person, form = request.app[SERVICES], person_of(request), await Form.read(request)
    call, own = await seen_call(request), services.agents.extension_of(person.user)
    at, others = form.text("extension") or own, allowed(person.user, _OTHERS)
    if not services.agents.is_desk(at) or (at != own and not others):
        raise NotAllowed("panel.not_allowed")
    await services.calls.on_lines.take(call.id, at, person.user.name, instead=others)
    tell(request, "panel.saved")
    return go(request, f"/calls/{call.id}")
