"""What the live view shows, as it is in one moment: calls, extensions, trunks, health. Knows no channel and no page.

Many look at the same moment, so what is the same for all of them is made once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from appliance.access.permissions import allowed
from appliance.calls.call import CallView
from appliance.core.health import Level, Report
from appliance.crm.types import Customer
from appliance.lines.types import Trunk
from appliance.phones.types import TrunkView
from appliance.services import Services
from web.call_words import CallLine, Names, line_of, may_see
from web.live import Person
from web.live_customers import LiveCustomers
from web.phone_words import PhoneLine, phone_lines
from web.pick_up import can_fetch, can_watch

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

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
class CallsRegion:
    """The calls that go on."""

    calls: tuple[LiveLine, ...]
    may_hang_up: bool


@dataclass(frozen=True)
class PhonesRegion:
    """Every extension and what it is doing."""

    phones: tuple[PhoneLine, ...]


@dataclass(frozen=True)
class TrunksRegion:
    """Every trunk and how it is."""

    trunks: tuple[TrunkLine, ...]


@dataclass(frozen=True)
class HealthRegion:
    """What is not well, or all parts when all are."""

    health: tuple[Report, ...]


@dataclass(frozen=True)
class Regions:
    """Everything the live view shows."""

    calls: tuple[LiveLine, ...]
    phones: tuple[PhoneLine, ...]
    trunks: tuple[TrunkLine, ...]
    health: tuple[Report, ...]
    may_hang_up: bool


class Moment:
    """The office as it is now. Made anew for every look; customers must have been met."""

    def __init__(self, services: Services, customers: LiveCustomers) -> None:
        self._services = services
        self._customers = customers
        self._names = Names.of(services.lines.snapshot())
        self._live = services.calls.live()
        self._makers: dict[str, Callable[[Person], DataclassInstance]] = {
            "calls": self._calls,
            "phones": self._phones,
            "trunks": self._trunks,
            "health": self._health,
        }

    def region(self, name: str, person: Person) -> DataclassInstance:
        """Return one of `REGIONS` as this person may see it."""
        return self._makers[name](person)

    def regions(self, person: Person) -> Regions:
        """Return all of them."""
        calls = self._calls(person)
        return Regions(
            calls=calls.calls,
            phones=self._phones(person).phones,
            trunks=self._trunk_lines,
            health=self._reports,
            may_hang_up=calls.may_hang_up,
        )

    def _calls(self, person: Person) -> CallsRegion:
        own = self._services.agents.extension_of(person.user)
        seen = (call for call in self._live if may_see(person.user, own, call, self._names))
        lines = tuple(self._line(person, own, call) for call in seen)
        return CallsRegion(lines, allowed(person.user, "calls.hang_up"))

    def _line(self, person: Person, own: str, call: CallView) -> LiveLine:
        return LiveLine(
            self._lines[call.id],
            self._customers.get(call.far_number),
            may_fetch=can_fetch(self._services, own, call),
            may_watch=can_watch(self._services, person.user, own, call),
        )

    def _phones(self, person: Person) -> PhonesRegion:
        return PhonesRegion(phone_lines(self._services, person, self._names, self._customers, self._live))

    def _trunks(self, _: Person) -> TrunksRegion:
        return TrunksRegion(self._trunk_lines)

    def _health(self, _: Person) -> HealthRegion:
        return HealthRegion(self._reports)

    @cached_property
    def _lines(self) -> dict[str, CallLine]:
        return {call.id: line_of(call, self._names) for call in self._live}

    @cached_property
    def _trunk_lines(self) -> tuple[TrunkLine, ...]:
        trunks = self._services.lines.snapshot().trunks
        return trunk_lines(trunks, self._services.phones.trunk_views(), self._live)

    @cached_property
    def _reports(self) -> tuple[Report, ...]:
        return _notable(self._services.health.reports())


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


def _notable(reports: Sequence[Report]) -> tuple[Report, ...]:
    """Return what is not well, or everything when all is: trunks have their own region and are left out."""
    own = tuple(report for report in reports if not report.part.startswith("trunk "))
    unwell = tuple(report for report in own if report.level is not Level.OK)
    return unwell or own
