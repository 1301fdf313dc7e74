"""The page of colleagues, kept true in every tab that shows it: who sits where, in what state, with whom on the phone.

Follows the bus; what changes within a moment is painted once, as a whole, so that a frame that is missed does no harm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.access.permissions import allowed
from appliance.access.types import User
from appliance.agents.events import DeskChanged, KindsChanged, SeatChanged
from appliance.agents.types import Kind
from appliance.calls.events import CallArrived, CallChanged, CallEnded
from appliance.core.bus import Unsubscribe
from appliance.crm.types import CustomerChanged
from appliance.lines.types import LinesChanged
from appliance.phones.types import PhonesChanged
from appliance.services import Services
from web.call_words import Names, talks_at
from web.gathering import Gathering
from web.live import Hello, Live, Person
from web.live_customers import LiveCustomers
from web.live_feed import News, Topic
from web.painter import Painter
from web.phone_words import PhoneLine, phone_lines

_REGION = "colleagues"


@dataclass(frozen=True)
class Sum:
    """How many desks that are not on the phone are in a state."""

    kind: Kind
    desks: int


@dataclass(frozen=True)
class ColleaguesPage:
    """Every desk, what they add up to, and who works without a phone. `own` is the viewer's extension."""

    lines: tuple[PhoneLine, ...]
    sums: tuple[Sum, ...]
    on_the_phone: int
    without_phone: tuple[User, ...]
    own: str
    talks: bool  # the viewer is in a talk, which could be given to somebody
    may_set: bool


class Colleagues:
    """Paints the page's region and pushes it when anything of it has changed."""

    def __init__(self, services: Services, live: Live, painter: Painter, customers: LiveCustomers) -> None:
        self._services = services
        self._live = live
        self._painter = painter
        self._customers = customers
        self._gathering = Gathering(services.clock, self._push)
        kinds = (CallArrived, CallChanged, CallEnded, PhonesChanged, LinesChanged, CustomerChanged)
        agents = (DeskChanged, SeatChanged, KindsChanged)
        self._ends: list[Unsubscribe] = [services.bus.subscribe(kind, self._hear) for kind in (*kinds, *agents)]
        live.add_snapshot(self._snapshot, always=True)  # nothing is painted while nobody looks

    def stop(self) -> None:
        """Hear nothing any more."""
        for end in self._ends:
            end()
        self._gathering.stop()

    async def page(self, person: Person) -> ColleaguesPage:
        """Return everything as it is now, as this person may see it."""
        await self._customers.meet()
        services = self._services
        names, own = Names.of(services.lines.snapshot()), services.agents.extension_of(person.user)
        live = services.calls.live()
        everything = phone_lines(services, person, names, self._customers, live)
        lines = tuple(line for line in everything if line.desk is not None)
        return ColleaguesPage(
            lines=lines,
            sums=_sums(lines),
            on_the_phone=sum(line.state == "talking" for line in lines),
            without_phone=services.agents.without_phone(),
            own=own,
            talks=any(talks_at(call, own) for call in live),
            may_set=allowed(person.user, "agents.set_others"),
        )

    def _hear(self, _: object) -> None:
        if self._live.listening(Topic.COLLEAGUES):
            self._gathering.mark(_REGION)

    def _push(self, _: set[str]) -> None:
        self._live.tasks.start("colleagues", self._publish())

    async def _publish(self) -> None:
        for person in self._live.listening(Topic.COLLEAGUES):
            self._live.publish(person, await self._painted(person))

    async def _painted(self, person: Person) -> News:
        html = self._painter.paint(person, "colleagues/_table.html", await self.page(person))
        return News(Topic.COLLEAGUES, "region", {"region": _REGION, "html": html})

    async def _snapshot(self, person: Person, hello: Hello) -> Sequence[News]:
        if Topic.COLLEAGUES not in hello.topics or not allowed(person.user, "live.see"):
            return ()
        return (await self._painted(person),)


def _sums(lines: Sequence[PhoneLine]) -> tuple[Sum, ...]:
    at_rest = [line.desk.kind for line in lines if line.desk is not None and line.state != "talking"]
    kinds = {kind.key: kind for kind in at_rest}
    counted = Counter(kind.key for kind in at_rest)
    ordered = sorted(kinds.values(), key=lambda kind: (kind.position, kind.key))
    return tuple(Sum(kind, counted[kind.key]) for kind in ordered)
