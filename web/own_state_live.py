"""Keeps everybody's own state true in all their tabs. Follows the bus; the piece itself is in `own_state.py`."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.agents.events import DeskChanged, KindsChanged, SeatChanged
from appliance.core.bus import Unsubscribe
from appliance.lines.types import LinesChanged
from appliance.phones.types import PhonesChanged
from appliance.services import Services
from web.live import Hello, Live, Person
from web.live_feed import News, Topic
from web.own_state import OwnStatePage, own_state_of
from web.painter import Painter


class OwnStates:
    """Paints the piece for whoever it concerns and pushes it when it has changed."""

    def __init__(self, services: Services, live: Live, painter: Painter) -> None:
        self._services = services
        self._live = live
        self._painter = painter
        bus = services.bus
        self._ends: list[Unsubscribe] = [
            bus.subscribe(DeskChanged, lambda event: self._push(event.user)),
            bus.subscribe(SeatChanged, lambda event: self._push(event.user)),
            bus.subscribe(KindsChanged, lambda _: self._push()),
            bus.subscribe(LinesChanged, lambda _: self._push()),
            bus.subscribe(PhonesChanged, lambda _: self._push()),
        ]
        live.add_snapshot(self._snapshot)

    def stop(self) -> None:
        """Hear nothing any more."""
        for end in self._ends:
            end()

    def _push(self, user: int = 0) -> None:
        for person in self._live.people():
            if user in (0, person.user.id):
                self._live.publish(person, self._painted(person))

    def _painted(self, person: Person) -> News:
        page = OwnStatePage(own_state_of(self._services, person.user))
        html = self._painter.paint(person, "agents/own_state.html", page)
        return News(Topic.POP, "region", {"region": "own_state", "html": html})

    async def _snapshot(self, person: Person, _: Hello) -> Sequence[News]:
        return (self._painted(person),)
