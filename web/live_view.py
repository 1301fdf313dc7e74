"""The live view's regions (calls, extensions, trunks, health), kept true in every tab that shows them.

Follows the bus; what changes within a moment is painted once. Regions are whole pieces of the page, so a frame
that is missed does no harm.
"""

from __future__ import annotations

from collections.abc import Sequence

from appliance.access.permissions import allowed
from appliance.agents.events import DeskChanged, KindsChanged, SeatChanged
from appliance.analog.service import DevicesChanged
from appliance.calls.call import CallView, State
from appliance.calls.events import CallArrived, CallChanged, CallEnded
from appliance.core.bus import Unsubscribe
from appliance.crm.types import CustomerChanged
from appliance.indicators.service import IndicatorsChanged
from appliance.lines.types import LinesChanged
from appliance.phones.types import PhonesChanged, TrunkChanged
from appliance.recordings.events import RecordingReady
from appliance.services import Services
from web.call_words import Names, may_see
from web.gathering import Gathering
from web.live import Hello, Live, Person
from web.live_customers import LiveCustomers
from web.live_feed import News, Topic
from web.live_regions import REGIONS, Moment, Regions
from web.painter import Painter, PaintOnce

_DEVICES = "devices"  # has a page of its own, which only needs to know that it is not true any more
_INDICATORS = "indicators"  # as well
_PAGES = (_DEVICES, _INDICATORS)


class LiveView:
    """Paints the regions and pushes those that changed; knows the customers of the calls that are live."""

    def __init__(self, services: Services, live: Live, painter: Painter, customers: LiveCustomers) -> None:
        self._services = services
        self._live = live
        self._painter = painter
        self._gathering = Gathering(services.clock, self._push)
        self._customers = customers
        bus = services.bus
        calls = ("calls", "phones", "trunks")
        self._ends: list[Unsubscribe] = [
            bus.subscribe(CallArrived, lambda event: self._call(event.call, *calls)),
            bus.subscribe(CallChanged, lambda event: self._call(event.call, *calls)),
            bus.subscribe(CallEnded, lambda event: self._call(event.call, *calls)),
            bus.subscribe(PhonesChanged, lambda _: self._mark("phones")),
            bus.subscribe(LinesChanged, lambda _: self._mark(*calls)),
            bus.subscribe(CustomerChanged, lambda _: self._mark("calls", "phones")),
            bus.subscribe(DeskChanged, lambda _: self._mark("phones")),
            bus.subscribe(SeatChanged, lambda _: self._mark(*calls)),
            bus.subscribe(KindsChanged, lambda _: self._mark("phones")),
            bus.subscribe(TrunkChanged, lambda _: self._mark("trunks")),
            bus.subscribe(DevicesChanged, lambda _: self._mark(_DEVICES)),
            bus.subscribe(IndicatorsChanged, lambda _: self._mark(_INDICATORS)),
            bus.subscribe(RecordingReady, lambda event: self._recording(event.call_id)),
        ]
        services.health.on_change(lambda _: self._mark("health"))
        live.add_snapshot(self._snapshot, always=True)  # nothing is painted while nobody looks

    def stop(self) -> None:
        """Hear nothing any more."""
        for end in self._ends:
            end()
        self._gathering.stop()

    async def regions(self, person: Person) -> Regions:
        """Return everything as it is now, as this person may see it."""
        return (await self._moment()).regions(person)

    async def _moment(self) -> Moment:
        await self._customers.meet()
        return Moment(self._services, self._customers)

    def _call(self, call: CallView, *regions: str) -> None:
        self._mark(*regions)
        names = Names.of(self._services.lines.snapshot())
        for person in self._live.people():
            if may_see(person.user, self._services.agents.extension_of(person.user), call, names):
                self._live.publish(person, News(Topic.CALLS, "call", {"id": call.id, "state": call.state.value}))

    def _recording(self, call_id: str) -> None:
        for person in self._live.people():  # an id alone tells nothing; the page asks for the rest
            self._live.publish(person, News(Topic.CALLS, "call", {"id": call_id, "state": State.ENDED.value}))

    def _mark(self, *regions: str) -> None:
        if self._live.listening(Topic.VIEW):
            self._gathering.mark(*regions)

    def _push(self, changed: set[str]) -> None:
        self._live.tasks.start("live view", self._publish(changed))

    async def _publish(self, changed: set[str]) -> None:
        moment, painting = await self._moment(), PaintOnce(self._painter)
        for person in self._live.listening(Topic.VIEW):
            for news in _painted(moment, painting, person, changed):
                self._live.publish(person, news)
            for news in _not_true_any_more(person, changed):
                self._live.publish(person, news)

    async def _snapshot(self, person: Person, hello: Hello) -> Sequence[News]:
        """Return everything, and which pages must look again: they may have changed before their tab could hear it."""
        if Topic.VIEW not in hello.topics:
            return ()
        pages = _not_true_any_more(person, set(_PAGES))
        if not allowed(person.user, "live.see"):
            return pages
        return *_painted(await self._moment(), PaintOnce(self._painter), person, set(REGIONS)), *pages


def _not_true_any_more(person: Person, changed: set[str]) -> tuple[News, ...]:
    """Return the word to look again for each of the pages that have changed, for whoever may see them."""
    pages = (page for page in _PAGES if page in changed and allowed(person.user, "lines.manage"))
    return tuple(News(Topic.VIEW, "region", {"region": page, "html": ""}) for page in pages)


def _painted(moment: Moment, painting: PaintOnce, person: Person, changed: set[str]) -> tuple[News, ...]:
    html = {
        name: painting.paint(person, f"live_view/{name}.html", moment.region(name, person))
        for name in REGIONS
        if name in changed
    }
    return tuple(News(Topic.VIEW, "region", {"region": name, "html": painted}) for name, painted in html.items())
