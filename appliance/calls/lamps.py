"""Which lamps are lit on phones that watch extensions and parking places, and how the edge is kept told. Knows no SIP.

`lamps_of` is pure: views of the calls that go on in, all lamps out. A phone that is called counts as ringing from the
moment in which it may be picked up; one that has called somebody itself is busy from its first moment on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from appliance.calls.call import CallView, Direction, PartyView, State
from appliance.calls.controller import Means
from appliance.calls.events import CallArrived, CallChanged, CallEnded
from appliance.calls.parties import Role
from appliance.calls.ports import DirectorySource, Hours
from appliance.calls.registry import Registry
from appliance.core import numbers
from appliance.core.bus import Unsubscribe
from appliance.core.telling import Telling
from sip.api import Lamp, LampState

NIGHT = "night"

_BRIGHTNESS = {LampState.IDLE: 0, LampState.RINGING: 1, LampState.BUSY: 2}


def lamps_of(
    extensions: Iterable[str], places: int, calls: Iterable[CallView], *, night: bool = False
) -> tuple[Lamp, ...]:
    """Return the lamps of these extensions, of the parking places 1 to `places` and of the night switch."""
    lit: dict[str, Lamp] = {NIGHT: Lamp(NIGHT, LampState.BUSY)} if night else {}
    for lamp in (lamp for call in calls for lamp in _lit_by(call)):
        if lamp.name not in lit or _BRIGHTNESS[lamp.state] > _BRIGHTNESS[lit[lamp.name].state]:
            lit[lamp.name] = lamp
    names = (*extensions, *(_place(number) for number in range(1, places + 1)), NIGHT)
    return tuple(lit.get(name) or Lamp(name, LampState.IDLE) for name in names)


def _place(number: int) -> str:
    return f"park{number}"


def _lit_by(call: CallView) -> Iterator[Lamp]:
    """Yield the lamps that one call lights; an extension may be among them twice."""
    if call.place:
        yield Lamp(_place(call.place), LampState.BUSY, _written(call.far_number))
    if not call.parties:
        yield from _lit_alone(call)
    for party in call.parties:
        for phone in party.rings_at:
            yield _lamp(call, phone, LampState.RINGING, _other(call, party))
        if party.extension and party.extension not in party.rings_at:
            yield _lamp(call, party.extension, LampState.BUSY, _other(call, party))


def _lit_alone(call: CallView) -> Iterator[Lamp]:
    """Yield the lamps of a call that the edge handles alone, of which little is known."""
    caller = call.caller_number if call.direction is not Direction.IN else ""
    talks = call.extension if call.state is State.TALKING else ""
    for phone in call.extensions:
        if call.state is State.RINGING:
            yield _lamp(call, phone, LampState.RINGING, call.far_number)
    if talks and talks != caller:
        yield _lamp(call, talks, LampState.BUSY, call.far_number)
    if caller:
        yield _lamp(call, caller, LampState.BUSY, call.called_number)


def _lamp(call: CallView, name: str, state: LampState, other: str) -> Lamp:
    other = _written(other)
    if call.direction is not Direction.IN and name == call.caller_number:
        return Lamp(name, state, caller=name, called=other)
    return Lamp(name, state, caller=other, called=name)


def _other(call: CallView, party: PartyView) -> str:
    """Return the number of whoever is on the other side; "" for supervisors, who are on none."""
    if party.role == Role.MONITOR:
        return ""
    if party.role == Role.DESK:
        return call.far_number
    desks = (one.extension for one in call.parties if one.role == Role.DESK and one.extension)
    return next(desks, call.called_number)


def _written(number: str) -> str:
    """Return a number as phones show it."""
    return numbers.dial(number, e164=False) if number else ""


class Lamps:
    """Keeps the edge told of all lamps."""

    def __init__(self, means: Means, registry: Registry, directory: DirectorySource, hours: Hours) -> None:
        self._means = means
        self._registry = registry
        self._directory = directory
        self._hours = hours
        self._told: tuple[Lamp, ...] | None = None
        self._telling = Telling("lamps", means.clock, self._tell)
        self._ends: tuple[Unsubscribe, ...] = ()

    def start(self) -> None:
        """Tell the lamps as they are, and whenever they change. The calls in flight must be known."""
        kinds = (CallArrived, CallChanged, CallEnded)
        self._ends = tuple(self._means.bus.subscribe(kind, lambda _: self.look()) for kind in kinds)
        self._telling.start()

    async def stop(self) -> None:
        """Tell nothing any more: the edge lets the lamps go out by themselves when nobody keeps them."""
        for end in self._ends:
            end()
        await self._telling.stop()

    def look(self) -> None:
        """A call, an extension, the number of parking places or the night switch may have changed."""
        self._telling.mark()

    def tell_again(self) -> None:
        """The edge is back, and may know nothing."""
        self._told = None
        self._telling.mark()

    async def _tell(self) -> None:
        directory = self._directory.directory()
        places, night = directory.rules.parking_places, self._hours.night()
        lamps = lamps_of(directory.phones, places, self._registry.live(), night=night)
        if lamps == self._told:
            return
        self._told = lamps  # before it is done: an edge that is lost and back meanwhile must be told again
        try:
            await self._means.edge.set_lamps(lamps)
        except BaseException:
            self._told = None
            raise
