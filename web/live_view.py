"""The live view's regions (calls, extensions, trunks, health), kept true in every tab that shows them.

Follows the bus; what changes within a moment is painted once. Regions are whole pieces of the page, so a frame
that is missed does no harm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.access.permissions import allowed
from appliance.agents.events import DeskChanged, KindsChanged, SeatChanged
from appliance.calls.call import CallView, State
from appliance.calls.events import CallArrived, CallChanged, CallEnded
from appliance.core.bus import Unsubscribe
from appliance.core.health import Level, Report
from appliance.crm.types import Customer, CustomerChanged
from appliance.lines.types import LinesChanged, Trunk
from appliance.phones.types import PhonesChanged, TrunkChanged, TrunkView
from appliance.recordings.events import RecordingReady
from appliance.services import Services
from web.call_words import CallLine, Names, line_of, may_see
from web.gathering import Gathering
from web.live import Hello, Live, Person
from web.live_customers import LiveCustomers
from web.live_feed import News, Topic
from web.painter import Painter
from web.phone_words import PhoneLine, phone_lines
from web.pick_up import can_fetch, can_watch

REGIONS = ("calls", "phones", "trunks", "health")

_TRUNK_DOT = {"registered": "ok", "reachable": "ok", "refused": "bad", "unreachable": "bad"}


@dataclass(frozen=True)
class TrunkLine:
    """A trunk as it was measured."""

    name: str
    state: str
    dot: str
    words: str
    busy: int
    limit: int


@dataclass(frozen=True)
class LiveLine:
    """A call that goes on, and the customer on its far side."""

    call: CallLine
    customer: Customer | None
    may_fetch: bool
    may_watch: bool


@dataclass(frozen=True)
class Regions:
    """Everything the live view shows."""

    calls: tuple[LiveLine, ...]
    phones: tuple[PhoneLine, ...]
    trunks: tuple[TrunkLine, ...]
    health: tuple[Report, ...]
    may_hang_up: bool


def trunk_lines(trunks: Sequence[Trunk], views: Sequence[TrunkView], live: Sequence[CallView]) -> tuple[TrunkLine, ...]:
    """Return every trunk with its measured state and how many calls it carries."""
    by_id = {view.trunk: view for view in views}
    busy = Counter(call.trunk for call in live)
    lines = []
    for trunk in trunks:
        view = by_id.get(trunk.id)
        state = "off" if not trunk.enabled else str(view.state) if view else "unknown"
        told = view is not None and _TRUNK_DOT.get(state) == "bad"
        words = f"{view.code or ''} {view.text}".strip() if view is not None and told else ""
        dot = "none" if state == "off" else _TRUNK_DOT.get(state, "wait")
        lines.append(TrunkLine(trunk.name, state, dot, words, busy[trunk.id], trunk.channels))
    return tuple(lines)


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
        await self._customers.meet()
        return self._regions(person)

    def _regions(self, person: Person) -> Regions:
        services = self._services
        lines = services.lines.snapshot()
        names = Names.of(lines)
        live, own = services.calls.live(), services.agents.extension_of(person.user)
        return Regions(
            calls=tuple(
                LiveLine(
                    line_of(call, names),
                    self._customers.get(call.far_number),
                    may_fetch=can_fetch(services, own, call),
                    may_watch=can_watch(services, person.user, own, call),
                )
                for call in live
                if may_see(person.user, own, call, names)
            ),
            phones=phone_lines(services, person, names, self._customers),
            trunks=trunk_lines(lines.trunks, services.phones.trunk_views(), live),
            health=_notable(services.health.reports()),
            may_hang_up=allowed(person.user, "calls.hang_up"),
        )

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
        await self._customers.meet()
        for person in self._live.listening(Topic.VIEW):
            for news in self._painted(person, changed):
                self._live.publish(person, news)

    def _painted(self, person: Person, changed: set[str]) -> tuple[News, ...]:
        regions = self._regions(person)
        return tuple(
            News(
                Topic.VIEW,
                "region",
                {"region": name, "html": self._painter.paint(person, f"live_view/{name}.html", regions)},
            )
            for name in REGIONS
            if name in changed
        )

    async def _snapshot(self, person: Person, hello: Hello) -> Sequence[News]:
        if Topic.VIEW not in hello.topics or not allowed(person.user, "live.see"):
            return ()
        await self._customers.meet()
        return self._painted(person, set(REGIONS))


def _notable(reports: Sequence[Report]) -> tuple[Report, ...]:
    """Return what is not well, or everything when all is: trunks have their own region and are left out."""
    own = tuple(report for report in reports if not report.part.startswith("trunk "))
    unwell = tuple(report for report in own if report.level is not Level.OK)
    return unwell or own
