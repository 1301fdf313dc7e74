"""What each extension is doing now, in the words of a page: its calls, its desk, its phones. Pure but for the services.

Shared by the live view and the page of colleagues.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliance.access.permissions import allowed
from appliance.agents.types import DeskView
from appliance.calls.call import CallView, State
from appliance.services import Services
from web.call_words import Names, line_of, may_see, rings_at
from web.live import Person
from web.live_customers import LiveCustomers
from web.pick_up import can_fetch, can_watch


@dataclass(frozen=True)
class PhoneLine:
    """An extension as it is now. `state` is free, busy (not ready), ringing, talking, away (not registered) or off.

    `since_ms` is when the call or the state began; `whom` the far side of its call, where the viewer may see it.
    """

    number: str
    name: str
    desk: DeskView | None
    state: str
    since_ms: int
    phones: int
    with_whom: str
    call: str = ""  # the call that it is busy with
    may_fetch: bool = False
    may_watch: bool = False


def phone_lines(
    services: Services, person: Person, names: Names, customers: LiveCustomers, live: Sequence[CallView]
) -> tuple[PhoneLine, ...]:
    """Return every extension with what it is doing in the calls that go on."""
    phones = Counter(phone.extension for phone in services.phones.registered())
    desks = {desk.extension: desk for desk in services.agents.desks()}
    own = services.agents.extension_of(person.user)
    lines = []
    for extension in services.lines.snapshot().extensions:
        number, desk = extension.number, desks.get(extension.number)
        call, state = _doing(number, live)
        if call is None:
            state = _resting(desk, phones[number])
        since = (call.answered_ms or call.started_ms) if call else desk.since_ms if desk is not None else 0
        seen = call is not None and may_see(person.user, own, call, names)
        whom = _with_whom(person, call, number, names, customers) if call and seen else ""
        name = desk.person if desk is not None and desk.person else extension.name
        line = PhoneLine(number, name, desk, state, since, phones[number], whom)
        lines.append(line if call is None else _with_steps(services, person, own, line, call))
    return tuple(lines)


def busy_extensions(live: Sequence[CallView]) -> frozenset[str]:
    """Return the extensions that talk now."""
    talking = [call for call in live if call.state is State.TALKING]
    internal = [call for call in talking if call.direction == "internal"]
    others = [number for call in internal for number in (call.caller_number, call.called_number)]
    return frozenset({*(call.extension for call in talking), *others} - {""})


def _resting(desk: DeskView | None, phones: int) -> str:
    if desk is None:
        return "off"
    if not desk.kind.group_calls:
        return "busy"
    return "free" if phones else "away"


def _with_steps(services: Services, person: Person, own: str, line: PhoneLine, call: CallView) -> PhoneLine:
    """Return a line with what the viewer may do with its call."""
    fetch = line.state == "ringing" and can_fetch(services, own, call)
    watch = line.state == "talking" and can_watch(services, person.user, own, call)
    return replace(line, call=call.id, may_fetch=fetch, may_watch=watch)


def _doing(number: str, live: Sequence[CallView]) -> tuple[CallView | None, str]:
    """Return the call a phone is busy with; a talk counts for more than a ring."""
    for call in live:
        if call.state is State.TALKING and _engaged(call, number):
            return call, "talking"
    for call in live:
        if rings_at(call, number) or (call.state is State.RINGING and number in (*call.extensions, call.extension)):
            return call, "ringing"
    return None, ""


def _engaged(call: CallView, number: str) -> bool:
    if call.parties:
        return any(party.extension == number and party.state != "ringing" for party in call.parties)
    others = (call.caller_number, call.called_number) if call.direction == "internal" else ()
    return number in (call.extension, *others)


def _with_whom(person: Person, call: CallView, number: str, names: Names, customers: LiveCustomers) -> str:
    """Return who is on the other side; whom a supervisor listens to is for supervisors."""
    mine = next((party for party in call.parties if party.extension == number), None)
    if mine is not None and mine.role == "monitor" and not allowed(person.user, "calls.monitor"):
        return ""
    aside = [p.extension for p in call.parties if p.state == "aside" and p.extension != number]
    if mine is not None and mine.state == "aside" and aside:
        return ", ".join(names.extension(one) for one in aside if one)
    if call.direction == "internal":
        return names.extension(call.called_number if call.caller_number == number else call.caller_number)
    if customer := customers.get(call.far_number):
        return customer.name or customer.company
    line = line_of(call, names)
    return line.caller_name or line.shown
