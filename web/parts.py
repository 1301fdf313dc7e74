"""The parts of the panel that live as long as it does: live channel, pops, live view, colleagues, own states,
call bars, reminders."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from web.abuse_notices import AbuseNotices
from web.announcements import OfficeAnnouncements
from web.announcements_live import AnnouncementsLive
from web.call_bar_live import CallBars
from web.colleagues import Colleagues
from web.keys import CALL_BARS, PAGES, REMINDERS, SERVICES
from web.level_live import LevelLive
from web.live import LIVE, Live
from web.live_customers import LiveCustomers
from web.live_view import LiveView
from web.night_live import NightLive
from web.own_state_live import OwnStates
from web.painter import Painter
from web.pop_board import Board
from web.reminders import Reminders
from web.targets import Targets

PAINTER: web.AppKey[Painter] = web.AppKey("painter")
BOARD: web.AppKey[Board] = web.AppKey("board")
LIVE_VIEW: web.AppKey[LiveView] = web.AppKey("live view")
COLLEAGUES: web.AppKey[Colleagues] = web.AppKey("colleagues")
OWN_STATES: web.AppKey[OwnStates] = web.AppKey("own states")
NIGHT: web.AppKey[NightLive] = web.AppKey("night")
TARGETS: web.AppKey[Targets] = web.AppKey("targets")
ABUSE_NOTICES: web.AppKey[AbuseNotices] = web.AppKey("abuse notices")
ANNOUNCEMENTS_LIVE: web.AppKey[AnnouncementsLive] = web.AppKey("announcements live")
LEVEL_LIVE: web.AppKey[LevelLive] = web.AppKey("levels live")
CUSTOMERS: web.AppKey[LiveCustomers] = web.AppKey("live customers")


def add_parts(app: web.Application) -> None:
    """Build the parts; they begin to follow the bus at once and stop with the application."""
    services = app[SERVICES]
    live = app[LIVE] = Live(services)
    painter = app[PAINTER] = Painter(app[PAGES], services)
    app[BOARD] = Board(services, live, painter)
    customers = app[CUSTOMERS] = LiveCustomers(services)
    app[LIVE_VIEW] = LiveView(services, live, painter, customers)
    app[COLLEAGUES] = Colleagues(services, live, painter, customers)
    app[OWN_STATES] = OwnStates(services, live, painter)
    app[NIGHT] = NightLive(services, live, painter)
    app[REMINDERS] = Reminders(services, live, painter)
    app[TARGETS] = Targets(services, customers)
    app[CALL_BARS] = CallBars(services, live, painter, customers, OfficeAnnouncements(services.announcements))
    app[ABUSE_NOTICES] = AbuseNotices(services, live, painter)
    app[ANNOUNCEMENTS_LIVE] = AnnouncementsLive(services, live)
    app[LEVEL_LIVE] = LevelLive(services, live)
    app.on_shutdown.append(_hang_up)
    app.cleanup_ctx.append(_stop)


async def _hang_up(app: web.Application) -> None:
    await app[LIVE].stop()  # before the server waits for its connections to end


async def _stop(app: web.Application) -> AsyncIterator[None]:
    yield
    shown = (app[BOARD], app[LIVE_VIEW], app[COLLEAGUES], app[OWN_STATES], app[NIGHT], app[CALL_BARS], app[REMINDERS])
    for part in (*shown, app[CUSTOMERS], app[ABUSE_NOTICES], app[ANNOUNCEMENTS_LIVE], app[LEVEL_LIVE]):
        part.stop()
    await app[LIVE].tasks.stop()  # what a part has started since the channel was closed
