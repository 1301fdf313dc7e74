"""Keeps everybody's call bar true in all their tabs. Follows the bus; what the bar shows is in `call_bar.py`."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.abuse.service import IncidentNoted
from appliance.access.types import User
from appliance.agents.events import SeatChanged
from appliance.analog.service import DevicesChanged
from appliance.calls.events import CallArrived, CallChanged, CallEnded
from appliance.crm.types import CustomerChanged
from appliance.lines.types import LinesChanged
from appliance.phones.types import PhonesChanged
from appliance.services import Services
from appliance.store.settings import SettingsChanged
from web.announcements import Announcements
from web.call_bar import Bar, BarPage, bar_of
from web.gathering import Gathering
from web.live import Hello, Live, Person
from web.live_customers import LiveCustomers
from web.live_feed import News, Topic
from web.painter import Painter
from web.shown import Shown

_SOON = 0.02
"""Seconds: what changes within the same moment is painted once, and nobody sees the wait."""


class CallBars:
    """Paints the live part of the bar for whoever it has changed for, and pushes it."""

    def __init__(
        self,
        services: Services,
        live: Live,
        painter: Painter,
        customers: LiveCustomers,
        announcements: Announcements,
    ) -> None:
        self._services = services
        self._live = live
        self._painter = painter
        self._customers = customers
        self._announcements = announcements
        self._shown = Shown[Bar | None]()
        self._gathering = Gathering(services.clock, self._push, _SOON)
        calls = (CallArrived, CallChanged, CallEnded)
        people = (CustomerChanged, IncidentNoted, SeatChanged)
        kinds = (*calls, *people, DevicesChanged, LinesChanged, PhonesChanged, SettingsChanged)
        self._ends = [services.bus.subscribe(kind, lambda _: self._gathering.mark("bar")) for kind in kinds]
        live.add_snapshot(self._snapshot)

    def stop(self) -> None:
        """Hear nothing any more."""
        for end in self._ends:
            end()
        self._gathering.stop()

    def bar(self, user: User) -> Bar | None:
        """Return a person's bar as it is now, as far as customers are known already."""
        return bar_of(self._services, user, self._customers, self._announcements)

    def _push(self, _: set[str]) -> None:
        self._live.tasks.start("call bars", self._publish())

    async def _publish(self) -> None:
        await self._customers.meet()
        people = self._live.people()
        self._shown.keep(person.user.id for person in people)
        for person in people:
            bar = self.bar(person.user)
            if self._shown.differs(person.user.id, bar):
                self._shown.all_tabs(person.user.id, bar)
                self._live.publish(person, self._painted(person, bar))

    def _painted(self, person: Person, bar: Bar | None) -> News:
        html = self._painter.paint(person, "call_bar/_calls.html", BarPage(bar)) if bar is not None else ""
        return News(Topic.POP, "call_bar", {"extension": bar.extension if bar is not None else "", "html": html})

    async def _snapshot(self, person: Person, _: Hello) -> Sequence[News]:
        await self._customers.meet()
        bar = self.bar(person.user)
        self._shown.one_tab(person.user.id, bar)
        return (self._painted(person, bar),)
