"""Which day it is in the office. Knows no desk."""

from __future__ import annotations

import asyncio
import datetime
from zoneinfo import ZoneInfo

from appliance.store.settings import Settings


class Today:
    """Days in the office's time zone, told without waiting."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._zone: datetime.tzinfo = datetime.UTC

    async def look(self) -> None:
        """Take the office's time zone, which is read from files."""
        self._zone = await asyncio.to_thread(ZoneInfo, str(self._settings.get("office.time_zone")))

    def day(self, ms: int) -> str:
        """Return the day of a moment, "2026-11-23"."""
        return datetime.datetime.fromtimestamp(ms / 1000, self._zone).date().isoformat()
