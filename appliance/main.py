"""The composition root: builds every part, starts them in order, stops them in reverse. Nothing else does.

`python -m appliance.main` is the core process. It ends on SIGTERM: no new calls, time for the live ones, then out.
Killed at any moment it loses nothing: conversations go on in the voice and are found again at the next start.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from appliance import disk, launcher, wiring
from appliance.callbacks.message_lamps import MessageLamps
from appliance.config import Config, load
from appliance.core import logs, notify
from appliance.core.children import CANNOT_WORK
from appliance.core.errors import InvalidInput, SoriboxError
from appliance.core.tasks import Tasks
from appliance.hours.upkeep import Upkeep
from appliance.services import Services
from hw.devices import Devices
from hw.pins.box_pins import BoxPins
from hw.sound.alsa import Alsa
from hw.sound.cards import Cards, Hears
from sip.api import (
    CallCancelled,
    CallNoted,
    CallTaken,
    EdgeNews,
    EdgeState,
    IncomingCall,
    Registration,
    Voice,
    VoiceState,
)
from sip.edge.client import KamailioEdge
from sip.voice.client import VoiceClient
from web import runner

log = logging.getLogger(__name__)

# Another try will not help. Anything else (a full disk, a lock) may pass, and must not take the phones down with it.
NEVER_WORKS = frozenset({"store.too_new", "store.bad_url", "store.no_driver"})
VOICE_WITHIN_S = 5.0  # calls are taken when the voice is there; without it, the panel says so and calls are refused


class Box:
    """The running core: its services, and the order in which its parts come and go."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._tasks = Tasks("box")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Services]:
        """Start everything; on leaving, stop everything in reverse."""
        edge = KamailioEdge(launcher.edge_plan(self._config))
        voice = VoiceClient(self._config.run_folder / "voice.sock")
        async with AsyncExitStack() as stack:
            services = await wiring.build(self._config, edge, voice, stack)
            await services.recordings.start()
            stack.push_async_callback(services.recordings.stop)
            await services.announcements.start()
            upkeep = Upkeep(services.hours, services.bus, services.clock)
            upkeep.start()
            stack.push_async_callback(upkeep.stop)
            await services.callbacks.start()
            stack.push_async_callback(services.callbacks.stop)
            await services.abuse.start(services.calls)
            stack.push_async_callback(services.abuse.stop)
            await services.evidence.start()
            stack.push_async_callback(services.evidence.stop)
            services.recalls.start()
            await services.calls.load()
            services.abuse.settle()
            stack.push_async_callback(services.calls.stop)
            stack.push_async_callback(self._tasks.stop)
            await self._find_conversations(voice, services)
            stack.push_async_callback(voice.stop)
            await services.phones.start()
            stack.push_async_callback(services.phones.stop)
            messages = MessageLamps(services.callbacks, services.lines, services.bus, services.clock, edge.set_messages)
            messages.start()
            stack.push_async_callback(messages.stop)
            await edge.start(lambda news: hear_edge(services, news))
            stack.push_async_callback(edge.stop)
            await services.agents.start()
            analog = services.analog
            analog.start(Devices(analog.changed, analog.heard, services.clock.now_ms, analog.dialled))
            sound, now_ms = analog.sound, services.clock.now_ms
            sound.start(Cards(Alsa(), Hears(sound.heard, sound.changed, now_ms)))
            stack.push_async_callback(analog.stop)
            panel = await runner.start(services)  # whoever asks is shown a whole box
            stack.push_async_callback(panel.stop)
            pins = BoxPins(self._config.board, self._config.run_folder / "pins", services.clock.call_later)
            await services.indicators.start(pins)
            stack.push_async_callback(services.indicators.stop)
            self._tasks.start("watch the disk", disk.watch(self._config.folder, services.health))
            yield services

    async def _find_conversations(self, voice: Voice, services: Services) -> None:
        """Carry on what lives in the voice; when the voice takes long to come, the rest of the box does not wait."""

        async def settle() -> None:
            def changed(state: VoiceState) -> None:
                services.phones.voice_changed(state)
                services.calls.voice_changed(state)

            await services.calls.settle(await voice.start(services.calls.told, changed))

        await asyncio.wait({self._tasks.start("find conversations", settle())}, timeout=VOICE_WITHIN_S)

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        async with self.running() as services:
            _keep_what_is_there()
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
        if not services.access.set_up_done:
            # The code is worthless after set-up, and whoever reads this terminal owns the box.
            print(f"\n  {address}\n  set-up code: {services.access.setup_code()}\n", flush=True)  # noqa: T201


def _keep_what_is_there() -> None:
    """Let the collector leave alone what stays for good: to look through all of it stops every call for 25 to 80 ms."""
    gc.collect()
    gc.freeze()


def hear_edge(services: Services, news: EdgeNews) -> None:
    """Give what the edge tells to whom it concerns."""
    if isinstance(news, IncomingCall):
        services.calls.incoming(news)
    elif isinstance(news, CallCancelled):
        services.calls.cancelled(news)
    elif isinstance(news, CallTaken):
        services.calls.taken(news)
    elif isinstance(news, CallNoted):
        services.calls.noted()
    else:
        if isinstance(news, EdgeState):
            services.calls.edge_changed(news)
        services.phones.hear(news)
        if isinstance(news, Registration):
            services.calls.phone_registered(news.extension)


def main() -> int:
    """Run the core process; returns the exit code."""
    os.umask(0o077)
    try:
        config = load()
        logs.set_up(config.log_level)
        asyncio.run(Box(config).run())
    except SoriboxError as error:
        logging.getLogger("soribox").error("cannot run: %s", error)
        return CANNOT_WORK if isinstance(error, InvalidInput) or error.key in NEVER_WORKS else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
