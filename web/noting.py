"""Writes into the access log what was done in the panel. Knows no page.

What is told here is done and stored already: a log that cannot be written just now must not make it look undone.
"""

from __future__ import annotations

import logging

from aiohttp import web

from appliance.core.errors import SoriboxError
from web.keys import SERVICES
from web.sessions import actor

log = logging.getLogger(__name__)


async def noted(request: web.Request, what: str, about: str = "") -> None:
    """Write that whoever asks did `what`; `what` has a text `access.log.<what>`."""
    try:
        await request.app[SERVICES].access.note(actor(request), what, about)
    except SoriboxError as error:
        log.warning("%s could not be written to the access log: %s", what, error)
