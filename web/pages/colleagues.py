"""Colleagues: who sits where, in what state, on the phone with whom. The live channel keeps it true."""

from __future__ import annotations

from aiohttp import web

from web.pages.live_view import person_of
from web.parts import COLLEAGUES
from web.render import render


async def show(request: web.Request) -> web.Response:
    """Show everybody as they are now."""
    return render(request, "colleagues/colleagues.html", await request.app[COLLEAGUES].page(person_of(request)))
