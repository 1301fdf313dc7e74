"""The typed keys under which the application and a request carry what handlers need. Knows no page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from appliance.services import Services
    from web.call_bar_live import CallBars
    from web.certificate import Certificate
    from web.notices import Notices
    from web.once import Once
    from web.reminders import Reminders
    from web.render import Pages
    from web.routes import Route
    from web.sessions import Visitor
    from web.static_files import StaticFiles

SERVICES: web.AppKey[Services] = web.AppKey("services")
PAGES: web.AppKey[Pages] = web.AppKey("pages")
FILES: web.AppKey[StaticFiles] = web.AppKey("files")
NOTICES: web.AppKey[Notices] = web.AppKey("notices")
CERTIFICATE: web.AppKey[Certificate] = web.AppKey("certificate")  # absent without HTTPS
CALL_BARS: web.AppKey[CallBars] = web.AppKey("call bars")
REMINDERS: web.AppKey[Reminders] = web.AppKey("reminders")
ONCE: web.AppKey[Once] = web.AppKey("once")
MENU: web.AppKey[tuple[Route, ...]] = web.AppKey("menu")  # the routes that have a menu entry

VISITOR: web.RequestKey[Visitor] = web.RequestKey("visitor")  # who asks, in which language
