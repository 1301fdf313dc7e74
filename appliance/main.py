"""The composition root: builds every part, starts them in order, stops them in reverse. Nothing else does.

`python -m appliance.main` is the core process. It ends on SIGTERM: no new calls, time for the live ones, then out.
Killed at any moment it loses nothing: conversations go on in the voice and are found again at the next start.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from appliance import disk, wiring
from appliance.config import Config, load
from appliance.core import logs, notify
from appliance.core.tasks import Tasks
from appliance.services import Services
from sip.api import CallCancelled, EdgeNews, IncomingCall, VoiceState
from web import runner

log = logging.getLogger(__name__)


class Box:
    """The running core: its services, and the order in which its parts come and go."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._tasks = Tasks("box")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Services]:
        """Start everything; on leaving, stop everything in reverse."""
        async with AsyncExitStack() as stack:
            parts = await wiring.open_parts(self._config, stack)
            services = parts.services
            await services.recordings.start()
            stack.push_async_callback(services.recordings.stop)
            await services.calls.load()
            stack.push_async_callback(services.calls.stop)

            def hear_edge(news: EdgeNews) -> None:
                if isinstance(news, IncomingCall):
                    services.calls.incoming(news)
                elif isinstance(news, CallCancelled):
                    services.calls.cancelled(news)
                else:
                    services.phones.hear(news)

            def hear_voice_state(state: VoiceState) -> None:
                services.phones.voice_changed(state)

            alive = await parts.voice.start(services.calls.told, hear_voice_state)
            stack.push_async_callback(parts.voice.stop)
            await services.calls.settle(alive)
            await services.phones.start()
            stack.push_async_callback(services.phones.stop)
            panel = await runner.start(services)
            stack.push_async_callback(panel.stop)
            await parts.edge.start(hear_edge)
            stack.push_async_callback(parts.edge.stop)
            stack.push_async_callback(self._tasks.stop)
            self._tasks.start("watch the disk", disk.watch(self._config.folder, services.health))
            yield services

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        async with self.running() as services:
            self._greet(services)
            notify.ready()
            self._tasks.start("watchdog", notify.keep_watchdog())
            await stop.wait()
            notify.stopping()
            log.info("stopping: calls may go on for %s s", self._config.drain_seconds)
            await services.calls.drain(self._config.drain_seconds)

    def _greet(self, services: Services) -> None:
        address = f"https://{self._config.address}:{self._config.https_port}/"
        log.info("the panel is at %s", address)
        if not services.access.set_up:
            # The code is the box's own, worthless after set-up; whoever reads this terminal owns the box.
            print(f"\n  {address}\n  set-up code: {services.access.setup_code()}\n", flush=True)  # noqa: T201


def main() -> None:
    """Run the core process."""
    config = load()
    logs.set_up(config.log_level)
    os.umask(0o077)
    asyncio.run(Box(config).run())


if __name__ == "__main__":
    main()
