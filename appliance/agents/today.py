"""Which day it is in the office. Knows no desk."""

from __future__ import annotations

import asyncio
import datetime
import logging
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appliance.store.settings import Settings

log = logging.getLogger(__name__)


class Today:
    """Days in the office's time zone, told without waiting."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._zone: datetime.tzinfo = datetime.UTC

    async def look(self) -> None:
        """Take the office's time zone, which is read from files; UTC when this machine does not know it."""
        name = str(self._settings.get("office.time_zone"))
        try:
            self._zone = await asyncio.to_thread(ZoneInfo, name)
        except (ValueError, OSError, ZoneInfoNotFoundError):
            log.warning("no time zone %s on this machine: days are counted in UTC", name)
            self._zone = datetime.UTC

    def day(self, ms: int) -> str:
        """Return the day of a moment, "2026-11-23"."""
        return datetime.datetime.fromtimestamp(ms / 1000, self._zone).date().isoformat()
