"""Puts the API into an application: the panel's, or one of its own for the unix socket of the command line."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from web.api.address import PREFIX
from web.api.asker import LOCAL
from web.api.errors import json_error_middleware
from web.api.idempotency import ANSWERS, Answers
from web.api.openapi import document
from web.api.operations import OPERATIONS
from web.keys import SERVICES
from web.listens import LISTENS, Listens

if TYPE_CHECKING:
    from appliance.services import Services


def add_api(app: web.Application) -> None:
    """Add every operation to `app`, which has the services."""
    app[ANSWERS] = Answers()
    app[LISTENS] = Listens(app[SERVICES])
    for operation in OPERATIONS:
        app.router.add_route(operation.method, PREFIX + operation.path, operation.serve)
    app.router.add_get(f"{PREFIX}/openapi.json", _describe)


async def _describe(_: web.Request) -> web.Response:
    return web.Response(body=await asyncio.to_thread(_described), content_type="application/json")


@cache
def _described() -> bytes:
    """Made when somebody first asks for it: most boxes are never asked, and it is half a megabyte."""
    return msgspec.json.encode(document(OPERATIONS))


def create_local_app(services: Services) -> web.Application:
    """Build the application for the unix socket: the API alone, and whoever asks is the box's admin."""
    app = web.Application(middlewares=[json_error_middleware])
    app[SERVICES] = services
    app[LOCAL] = True
    add_api(app)
    return app
