"""Keeps the night switch true in every header, and tells pages of hours to look again. Follows the bus."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.core.bus import Unsubscribe
from appliance.hours.service import HoursChanged
from appliance.services import Services
from web.live import Hello, Live, Person
from web.live_feed import News, Topic
from web.night_state import NightPart, night_state
from web.painter import Painter


class NightLive:
    """Paints the piece and pushes it to everybody when it may have changed."""

    def __init__(self, services: Services, live: Live, painter: Painter) -> None:
        self._services = services
        self._live = live
        self._painter = painter
        self._end: Unsubscribe = services.bus.subscribe(HoursChanged, lambda _: self._push())
        live.add_snapshot(self._snapshot)

    def stop(self) -> None:
        """Hear nothing any more."""
        self._end()

    def _push(self) -> None:
        for person in self._live.people():
            self._live.publish(person, self._painted(person))

    def _painted(self, person: Person) -> News:
        page = NightPart(night_state(self._services, person.language))
        html = self._painter.paint(person, "_partials/night.html", page)
        return News(Topic.POP, "region", {"region": "night", "html": html})

    async def _snapshot(self, person: Person, _: Hello) -> Sequence[News]:
        return (self._painted(person),)
