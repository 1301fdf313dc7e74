"""Which call the address of a page means, and whether whoever asks may see it."""

from __future__ import annotations

from aiohttp import web

from appliance.calls.call import CallView
from appliance.core.errors import NotFound
from web.call_words import Names, may_see
from web.keys import SERVICES
from web.pages.live_view import person_of


async def seen_call(request: web.Request) -> CallView:
    """Return the call of the address. Raises NotFound, also for one that this person may not see."""
    services = request.app[SERVICES]
    call_id = request.match_info["call"]
    live = next((call for call in services.calls.live() if call.id == call_id), None)
    call = live or await services.calls.call(call_id)
    user, names = person_of(request).user, Names.of(services.lines.snapshot())
    if not may_see(user, services.agents.extension_of(user), call, names):
        raise NotFound("call.not_found")
    return call
