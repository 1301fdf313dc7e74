"""The one table of all pages: method, path, handler, who may, and where it stands in the menu.

A page that is not in this table does not exist; a test checks that every line names a permission that is known. The
API has its own table in `web/api/`. How to add a page: `web/README.md`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from web import account, first_run, sign_in
from web.guard import ANYONE, SIGNED_IN, guarded
from web.keys import MENU

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Route:
    """One line of the table. `permission` is a key of `appliance.access.permissions`, or ANYONE or SIGNED_IN.

    `menu` is the catalogue key of its menu entry ("" = none) and `section` the part of the menu in which it stands.
    """

    method: str
    path: str
    handler: Handler
    permission: str
    menu: str = ""
    section: str = ""


ROUTES: tuple[Route, ...] = (
    # The way in
    Route("GET", "/set-up", first_run.show, ANYONE),
    Route("POST", "/set-up", first_run.finish, ANYONE),
    Route("GET", "/sign-in", sign_in.show, ANYONE),
    Route("POST", "/sign-in", sign_in.enter, ANYONE),
    Route("GET", "/sign-in/link/{token}", sign_in.show_link, ANYONE),
    Route("POST", "/sign-in/link/{token}", sign_in.enter_by_link, ANYONE),
    Route("POST", "/sign-out", sign_in.leave, ANYONE),
    Route("POST", "/language", account.choose_language, ANYONE),
    # The user's own
    Route("GET", "/account", account.show, SIGNED_IN),
    Route("POST", "/account", account.save, SIGNED_IN),
    Route("POST", "/account/theme", account.choose_theme, SIGNED_IN),
    Route("GET", "/account/password", account.show_password, SIGNED_IN),
    Route("POST", "/account/password", account.change_password, SIGNED_IN),
)

SECTIONS = ("menu.section.work", "menu.section.office")


def add_routes(app: web.Application) -> None:
    """Put every line of the table behind its guard."""
    app[MENU] = tuple(route for route in ROUTES if route.menu)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, guarded(route.handler, route.permission))
