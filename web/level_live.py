"""How loud analog lines are, told to those who look at the page of devices, and only while they do."""

from __future__ import annotations

from appliance.access.permissions import allowed
from appliance.analog.service import LevelHeard
from appliance.services import Services
from web.live import Live
from web.live_feed import News, Topic


class LevelLive:
    """Follows the bus: a line tells its level ten times a second."""

    def __init__(self, services: Services, live: Live) -> None:
        self._live = live
        self._end = services.bus.subscribe(LevelHeard, self._tell)

    def stop(self) -> None:
        """Follow no longer."""
        self._end()

    def _tell(self, heard: LevelHeard) -> None:
        for person in self._live.listening(Topic.LEVEL):
            if allowed(person.user, "lines.manage"):
                told: dict[str, object] = {
                    "line": heard.line,
                    "peak": heard.peak_db,
                    "rms": heard.rms_db,
                    "clipped": heard.clipped,
                }
                self._live.mention(person, News(Topic.LEVEL, "level", told))
