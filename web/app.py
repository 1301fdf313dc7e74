"""Builds the panel as one aiohttp application. Knows the services it is given and nothing of how they are made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from aiohttp import web

from web.api.app import add_api
from web.csrf import forgery_middleware
from web.keys import FILES, NOTICES, ONCE, PAGES, SERVICES
from web.middlewares import add_security_headers, error_middleware
from web.notices import Notices
from web.once import Once
from web.parts import add_parts
from web.render import Pages
from web.routes import add_routes
from web.sessions import session_middleware
from web.static_files import StaticFiles

if TYPE_CHECKING:
    from appliance.services import Services

_LARGEST_FORM = 1024 * 1024

MIDDLEWARES = (
    error_middleware,  # outermost: whatever fails further in becomes a page
    session_middleware,  # who asks and in which language; also needed by the error page
    forgery_middleware,  # innermost: before any handler changes something
)


def create_app(services: Services) -> web.Application:
    """Build the panel. It serves nothing before it is started by a runner (`web/runner.py`, or a test's)."""
    app = web.Application(middlewares=MIDDLEWARES, client_max_size=_LARGEST_FORM)
    app[SERVICES] = services
    app[PAGES] = Pages()
    app[FILES] = StaticFiles()
    app[NOTICES] = Notices()
    app[ONCE] = Once()
    app.on_response_prepare.append(add_security_headers)
    app.cleanup_ctx.append(_load)
    app.router.add_get("/static/{name:.+}", app[FILES].serve)
    add_parts(app)
    add_routes(app)
    add_api(app)
    return app


async def _load(app: web.Application) -> AsyncIterator[None]:
    """Read templates, catalogues and files before the first request."""
    await app[FILES].load()
    await app[PAGES].load()
    yield
