"""Opens the panel's ports and closes them: HTTPS, plain HTTP that leads there, and the command line's unix socket.

Used by `appliance/main.py`.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from typing import TYPE_CHECKING

from aiohttp import web

from appliance.core.errors import Unavailable
from appliance.core.health import Level
from appliance.core.tasks import Tasks
from web.api.local import serve_locally
from web.app import create_app
from web.certificate import Certificate
from web.filters import local
from web.keys import CERTIFICATE
from web.plain import create_plain_app

if TYPE_CHECKING:
    from appliance.services import Services

log = logging.getLogger(__name__)

_CHECK_SECONDS = 3600  # the box's address may change by DHCP; a certificate's days run out
_CLOSING_SECONDS = 2.0  # live channels are told to go and come back by themselves


class Panel:
    """The running panel. `https_port` and `http_port` are the real ones, also when 0 was asked for."""

    def __init__(self, services: Services) -> None:
        config = services.config
        self._services = services
        self._certificate = Certificate(config.folder / "tls", config.address, services.clock.now_ms)
        self._runners: list[web.AppRunner] = []
        self._tasks = Tasks("panel")
        self.https_port = 0
        self.http_port = 0

    async def start(self) -> None:
        """Open both ports. Raises Unavailable when one is taken or no certificate can be made."""
        await self._certificate.keep()
        self._report(Level.OK)
        app = create_app(self._services)
        app[CERTIFICATE] = self._certificate
        try:
            self.https_port = await self._open(app, self._services.config.https_port, secure=True)
            plain = create_plain_app(self._certificate, self.https_port)
            self.http_port = await self._open(plain, self._services.config.http_port, secure=False)
            self._runners.append(await serve_locally(self._services))
        except BaseException:
            await self.stop()
            raise
        self._tasks.start("keep the certificate", self._keep_certificate())

    async def _open(self, app: web.Application, port: int, *, secure: bool) -> int:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSING_SECONDS)
        await runner.setup()
        self._runners.append(runner)
        address = self._services.config.web_address
        site = web.TCPSite(runner, address, port, ssl_context=self._certificate.context if secure else None)
        try:
            await site.start()
        except OSError as error:
            key = "panel.port_taken" if error.errno == errno.EADDRINUSE else "panel.port_unusable"
            raise Unavailable(key, address=address, port=port) from error
        return int(runner.addresses[0][1])

    async def _keep_certificate(self) -> None:
        while True:
            due = asyncio.Event()
            timer = self._services.clock.call_later(_CHECK_SECONDS, due.set)
            try:
                await due.wait()
            finally:
                timer.cancel()
            try:
                await self._certificate.keep()
            except Unavailable:
                log.warning("the certificate could not be renewed; the present one stays")
                past = self._certificate.facts.until_ms < self._services.clock.now_ms()
                self._report(Level.FAILED if past else Level.DEGRADED)
            else:
                self._report(Level.OK)

    def _report(self, level: Level) -> None:
        zone = str(self._services.settings.get("office.time_zone"))
        day = local(self._certificate.facts.until_ms, zone).strftime("%Y-%m-%d")
        self._services.health.report("certificate", level, f"health.certificate.{level}", day=day)

    async def stop(self) -> None:
        """Close both ports; open requests get a moment to end."""
        await self._tasks.stop()
        for runner in reversed(self._runners):
            await runner.cleanup()
        self._runners.clear()


async def start(services: Services) -> Panel:
    """Open the panel's ports and return the running panel."""
    panel = Panel(services)
    await panel.start()
    return panel
