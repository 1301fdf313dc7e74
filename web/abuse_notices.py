"""Tells those who manage it, on every page and at once, that calls were terminated. Follows the bus; knows no page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.abuse.service import IncidentNoted, IncidentsSeen
from appliance.access.permissions import allowed
from appliance.core.bus import Unsubscribe
from appliance.services import Services
from web.live import Hello, Live, Person
from web.live_feed import News, Topic
from web.painter import Painter


@dataclass(frozen=True)
class NoticePage:
    """The piece `abuse/_notice.html`: how many terminated calls nobody has looked at."""

    unseen: int


class AbuseNotices:
    """Paints the notice for whoever may see it, and pushes it when it has changed."""

    def __init__(self, services: Services, live: Live, painter: Painter) -> None:
        self._services = services
        self._live = live
        self._painter = painter
        kinds = (IncidentNoted, IncidentsSeen)
        self._ends: list[Unsubscribe] = [services.bus.subscribe(kind, lambda _: self._push()) for kind in kinds]
        live.add_snapshot(self._snapshot)

    def stop(self) -> None:
        """Hear nothing any more."""
        for end in self._ends:
            end()

    def _push(self) -> None:
        for person in self._live.people():
            if allowed(person.user, "abuse.manage"):
                self._live.publish(person, self._painted(person))

    def _painted(self, person: Person) -> News:
        page = NoticePage(self._services.abuse.register.unseen)
        html = self._painter.paint(person, "abuse/_notice.html", page) if page.unseen else ""
        return News(Topic.POP, "abuse_notice", {"html": html})

    async def _snapshot(self, person: Person, _: Hello) -> Sequence[News]:
        return (self._painted(person),) if allowed(person.user, "abuse.manage") else ()
