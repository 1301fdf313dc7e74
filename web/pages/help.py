"""Help: the first steps, how to trust the box's certificate, what version this is."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance import __version__
from web.certificate import Facts
from web.keys import CERTIFICATE
from web.plain import AUTHORITY_PATH, authority_answer
from web.render import render

SYSTEMS = ("windows", "mac", "android", "ios", "firefox")


@dataclass(frozen=True)
class HelpPage:
    """The help page. `facts` is None where the panel is not served with the box's own certificate."""

    version: str
    facts: Facts | None
    systems: tuple[str, ...] = SYSTEMS
    authority: str = AUTHORITY_PATH


async def show(request: web.Request) -> web.Response:
    """Show help."""
    return render(request, "help/help.html", _page(request))


async def show_certificate(request: web.Request) -> web.Response:
    """Show how to trust the box's certificate; also before signing in, since the browser asks then."""
    return render(request, "help/certificate.html", _page(request))


async def give_authority(request: web.Request) -> web.Response:
    """Hand out the authority's certificate."""
    if CERTIFICATE not in request.app:
        raise web.HTTPNotFound
    return authority_answer(request.app[CERTIFICATE])


def _page(request: web.Request) -> HelpPage:
    return HelpPage(__version__, request.app[CERTIFICATE].facts if CERTIFICATE in request.app else None)
