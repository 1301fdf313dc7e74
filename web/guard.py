"""Who may see a page. Wraps each handler of the route table with its permission. Knows no page.

A visitor who is not signed in is sent to the sign-in page and comes back afterwards; somebody who is signed in but
may not gets an answer that says so (403), never a page that looks empty.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from aiohttp import web

from appliance.access.permissions import allowed
from appliance.core.errors import NotAllowed
from web.keys import SERVICES, VISITOR

ANYONE = "anyone"  # also without signing in
SIGNED_IN = "signed_in"  # every user

# What still works while a user must choose a password, and before the box is set up.
_PASSWORD_PATHS = ("/account/password", "/sign-out", "/language")
_SET_UP_PATHS = ("/set-up", "/language", "/certificate", "/soribox-ca.crt")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def may(request: web.Request, permission: str) -> bool:
    """Return whether whoever asks has `permission`."""
    user = request[VISITOR].user
    if permission == ANYONE:
        return True
    return user is not None and (permission == SIGNED_IN or allowed(user, permission))


def guarded(handler: Handler, permission: str) -> Handler:
    """Return `handler` behind its permission."""

    async def guard(request: web.Request) -> web.StreamResponse:
        detour = _detour(request, permission)
        if detour:
            raise web.HTTPSeeOther(detour)
        if not may(request, permission):
            raise NotAllowed("panel.not_allowed")
        return await handler(request)

    return guard


def _detour(request: web.Request, permission: str) -> str:
    """Return the page that must come first, or nothing."""
    if not request.app[SERVICES].access.set_up_done:
        return "" if request.path in _SET_UP_PATHS else "/set-up"
    user = request[VISITOR].user
    if permission == ANYONE:
        return ""
    if user is None:
        wanted = request.path_qs if request.method == "GET" else "/"
        return "/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted, safe='')}"
    if user.must_change_password and request.path not in _PASSWORD_PATHS:
        return "/account/password"
    return ""
