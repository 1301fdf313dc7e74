"""The live view's regions (calls, extensions, trunks, health), kept true in every tab that shows them.

Follows the bus; what changes within `GATHER_SECONDS` is painted once. Regions are whole pieces of the page, so a frame
that is missed does no harm.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.access.permissions import allowed
from appliance.calls.call import CallView, Direction, State
from appliance.calls.events import CallArrived, CallChanged, CallEnded
from appliance.core.bus import Unsubscribe
from appliance.core.clock import Timer
from appliance.core.errors import SoriboxError
from appliance.core.health import Level, Report
from appliance.crm.types import Customer, CustomerChanged
from appliance.lines.types import LinesChanged, Trunk
from appliance.phones.types import PhonesChanged, TrunkChanged, TrunkView
from appliance.recordings.events import RecordingReady
from appliance.services import Services
from web.call_words import CallLine, Names, line_of, may_see
from web.live import Hello, Live, Person
from web.live_feed import News, Topic
from web.painter import Painter

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.1
REGIONS = ("calls", "phones", "trunks", "health")

_TRUNK_DOT = {"registered": "ok", "reachable": "ok", "refused": "bad", "unreachable": "bad"}


@dataclass(frozen=True)
class PhoneLine:
    """An extension as it is now. `state` is free, ringing, talking, away or off."""

    number: str
    name: str
    state: str
    since_ms: int
    phones: int
    with_whom: str  # number or name of the far side, where the viewer may see it


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


@dataclass(frozen=True)
class Regions:
    """Everything the live view shows."""

    calls: tuple[LiveLine, ...]
    phones: tuple[PhoneLine, ...]
    trunks: tuple[TrunkLine, ...]
    health: tuple[Report, ...]
    may_hang_up: bool


def phone_lines(
    services: Services, person: Person, names: Names, customers: Mapping[str, Customer | None]
) -> tuple[PhoneLine, ...]:
    """Return every extension with what it is doing."""
    phones = Counter(phone.extension for phone in services.phones.registered())
    live = services.calls.live()
    lines = []
    for extension in services.lines.snapshot().extensions:
        call, state = _doing(extension.number, live)
        if call is None:
            state = "off" if not extension.enabled else "free" if phones[extension.number] else "away"
        since = (call.answered_ms or call.started_ms) if call else 0
        seen = call is not None and may_see(person.user, call, names)
        whom = _with_whom(call, extension.number, names, customers) if call and seen else ""
        lines.append(PhoneLine(extension.number, extension.name, state, since, phones[extension.number], whom))
    return tuple(lines)


def _doing(number: str, live: Sequence[CallView]) -> tuple[CallView | None, str]:
    """Return the call a phone is busy with; a talk counts for more than a ring."""
    for call in live:
        others = (call.caller_number, call.called_number) if call.direction == "internal" else ()
        if call.state is State.TALKING and number in (call.extension, *others):
            return call, "talking"
    for call in live:
        if call.state is State.RINGING and number in (*call.extensions, call.extension):
            return call, "ringing"
    return None, ""


def _with_whom(call: CallView, number: str, names: Names, customers: Mapping[str, Customer | None]) -> str:
    if call.direction == "internal":
        return names.extension(call.called_number if call.caller_number == number else call.caller_number)
    if customer := customers.get(call.far_number):
        return customer.name or customer.company
    line = line_of(call, names)
    return line.caller_name or line.shown


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

    def __init__(self, services: Services, live: Live, painter: Painter) -> None:
        self._services = services
        self._live = live
        self._painter = painter
        self._changed: set[str] = set()
        self._due: Timer | None = None
        self._customers: dict[str, Customer | None] = {}
        bus = services.bus
        calls = ("calls", "phones", "trunks")
        self._ends: list[Unsubscribe] = [
            bus.subscribe(CallArrived, lambda event: self._call(event.call, *calls)),
            bus.subscribe(CallChanged, lambda event: self._call(event.call, *calls)),
            bus.subscribe(CallEnded, lambda event: self._call(event.call, *calls)),
            bus.subscribe(PhonesChanged, lambda _: self._mark("phones")),
            bus.subscribe(LinesChanged, lambda _: self._mark(*calls)),
            bus.subscribe(CustomerChanged, lambda _: self._customers_changed()),
            bus.subscribe(TrunkChanged, lambda _: self._mark("trunks")),
            bus.subscribe(RecordingReady, lambda event: self._recording(event.call_id)),
        ]
        services.health.on_change(lambda _: self._mark("health"))
        live.add_snapshot(self._snapshot, always=True)  # nothing is painted while nobody looks

    def stop(self) -> None:
        """Hear nothing any more."""
        for end in self._ends:
            end()
        if self._due is not None:
            self._due.cancel()

    async def regions(self, person: Person) -> Regions:
        """Return everything as it is now, as this person may see it."""
        await self._meet()
        return self._regions(person)

    async def _meet(self) -> None:
        """Ask the store for the customers of live calls that are not known yet. If it fails, calls go without."""
        live = {call.far_number for call in self._services.calls.live() if call.direction is not Direction.INTERNAL}
        known = self._customers = {number: one for number, one in self._customers.items() if number in live}
        if not (unknown := live - known.keys()):
            return
        try:
            found = await self._services.customers.for_numbers(unknown)
        except SoriboxError as error:
            log.warning("live calls stay without their customers: %s", error)
            return
        known.update({number: found.get(number) for number in unknown})  # of no use if a customer changed meanwhile

    def _customers_changed(self) -> None:
        self._customers = {}
        self._mark("calls", "phones")

    def _regions(self, person: Person) -> Regions:
        services = self._services
        lines = services.lines.snapshot()
        names = Names.of(lines)
        live = services.calls.live()
        return Regions(
            calls=tuple(
                LiveLine(line_of(call, names), self._customers.get(call.far_number))
                for call in live
                if may_see(person.user, call, names)
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
            if may_see(person.user, call, names):
                self._live.publish(person, News(Topic.CALLS, "call", {"id": call.id, "state": call.state.value}))

    def _recording(self, call_id: str) -> None:
        for person in self._live.people():  # an id alone tells nothing; the page asks for the rest
            self._live.publish(person, News(Topic.CALLS, "call", {"id": call_id, "state": State.ENDED.value}))

    def _mark(self, *regions: str) -> None:
        if not self._live.listening(Topic.VIEW):
            return
        self._changed.update(regions)
        if self._due is None:
            self._due = self._services.clock.call_later(GATHER_SECONDS, self._push)

    def _push(self) -> None:
        self._due = None
        changed, self._changed = self._changed, set()
        self._live.tasks.start("live view", self._publish(changed))

    async def _publish(self, changed: set[str]) -> None:
        await self._meet()
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
        await self._meet()
        return self._painted(person, set(REGIONS))


def _notable(reports: Sequence[Report]) -> tuple[Report, ...]:
    """Return what is not well, or everything when all is: trunks have their own region and are left out."""
    own = tuple(report for report in reports if not report.part.startswith("trunk "))
    unwell = tuple(report for report in own if report.level is not Level.OK)
    return unwell or own
