"""The live view: calls now, extensions, trunks, health. The first paint; afterwards the live channel keeps it true."""

from __future__ import annotations

from aiohttp import web

from appliance.core.errors import NotAllowed
from web.keys import SERVICES, VISITOR
from web.live import Person
from web.parts import LIVE_VIEW
from web.render import render


async def show(request: web.Request) -> web.Response:
    """Show everything that goes on now."""
    regions = await request.app[LIVE_VIEW].regions(person_of(request))
    return render(request, "live_view/live_view.html", regions)


async def hang_up(request: web.Request) -> web.Response:
    """End a call for whoever asks; the page hears of it over the live channel."""
    person = person_of(request)
    await request.app[SERVICES].calls.hang_up(request.match_info["call"], person.user.name)
    return web.Response(status=204)


def person_of(request: web.Request) -> Person:
    """Return who asks. Raises NotAllowed for a visitor who is not signed in."""
    visitor = request[VISITOR]
    if visitor.user is None:
        raise NotAllowed("panel.not_allowed")
    return Person(visitor.user, visitor.language)
