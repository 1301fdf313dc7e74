"""Refuses requests that another site made the browser send. Knows no page.

The cookie is SameSite=Lax, so most browsers already keep it to themselves; the second lock is the Origin header, which
every browser sends with a form, a fetch and a WebSocket, and which a page cannot forge. A token in each form would
guard no better, but would break forms that were left open over a restart, and put a secret into every page.
A request without an Origin is let through only when it carries no cookie: it is a program, and has to show a key.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from appliance.core.errors import NotAllowed
from web.sessions import session_cookie

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_SAFE = ("GET", "HEAD", "OPTIONS")


@web.middleware
async def forgery_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let pass what changes nothing, and what comes from a page of this panel."""
    changes = request.method not in _SAFE or request.headers.get("Upgrade", "").lower() == "websocket"
    if changes and not _from_here(request):
        raise NotAllowed("panel.forged")
    return await handler(request)


def _from_here(request: web.Request) -> bool:
    origin = request.headers.get("Origin")
    if origin is None:
        return session_cookie(request) not in request.cookies
    parts = urlsplit(origin)
    return parts.scheme == request.scheme and parts.netloc.lower() == request.host.lower()
