"""What time and day it is in the office: the time zone of the settings, told without waiting. Knows no feature."""

from __future__ import annotations

import asyncio
import datetime
from zoneinfo import ZoneInfo

from appliance.core.bus import Bus
from appliance.core.tasks import Tasks
from appliance.store.settings import Settings, SettingsChanged

_KEY = "office.time_zone"


class OfficeTime:
    """Moments on the office's clock. `open` first; the zone is read from files, which is done beside the loop."""

    def __init__(self, settings: Settings, bus: Bus) -> None:
        self._settings = settings
        self._bus = bus
        self._zone: datetime.tzinfo = datetime.UTC
        self._tasks = Tasks("office time")

    async def open(self) -> None:
        """Take the zone of the settings, now and whenever it changes."""
        self._end = self._bus.subscribe(SettingsChanged, self._changed)
        await self._look()

    async def stop(self) -> None:
        """Hear of no more changes."""
        self._end()
        await self._tasks.stop()

    def _changed(self, event: SettingsChanged) -> None:
        if _KEY in event.keys:
            self._tasks.start("another time zone", self._look())

    async def _look(self) -> None:
        wanted = str(self._settings.get(_KEY))
        zone = await asyncio.to_thread(ZoneInfo, wanted)
        if wanted == self._settings.get(_KEY):  # else it has changed again, and whoever looked then may be done already
            self._zone = zone

    def at(self, ms: int) -> datetime.datetime:
        """Return a moment (milliseconds since 1970, UTC) as the office's clock shows it."""
        return datetime.datetime.fromtimestamp(ms / 1000, self._zone)

    def day(self, ms: int) -> str:
        """Return the day of a moment, "2026-11-23"."""
        return self.at(ms).date().isoformat()
