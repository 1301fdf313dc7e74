"""Where a new call goes: facts in, decision out. Pure; knows no database, no socket, no clock.

The rules, in order:
1. Whoever is on the block list gets through to nobody.
2. A call from outside goes where its number is always forwarded, if it is: that was set for this very number, and a
   forward for the night would be worth nothing otherwise. Else, while the office is closed, the caller gets what the
   hours say. Else it goes to the number's ring group, or to the default group when the number is not listed; the
   search (`hunting.py`) says who is called first.
3. A phone that dials an extension rings it, or whom it forwards to.
4. Emergency numbers always pass, through any trunk there is, whatever else is forbidden.
5. Everything else leaves through the trunk of the number that the phone shows, if that number is ours; otherwise
   through the first trunk. A trunk whose channels are all taken is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from msgspec import structs

from appliance.calls import hunting
from appliance.calls.call import Direction
from appliance.calls.happenings import Arrived, NobodyLeft, Offered
from appliance.calls.live_call import Search
from appliance.calls.parties import NOBODY
from appliance.calls.ports import (
    BlockAction,
    Blocking,
    Caller,
    Closed,
    Directory,
    ForwardWhen,
    Group,
    Line,
    OverflowKind,
    Phone,
    Rules,
)
from appliance.calls.requests import Goal
from appliance.calls.situation import Situation
from appliance.calls.ways_out import WayOut, by_preference, has_room, through
from appliance.core import numbers
from sip.api import Identity, IncomingCall, Outside, Presentation, Source

OUTSIDE_RING_SECONDS = 120  # the far network gives up on its own, usually after a minute
DEFAULT_RING_SECONDS = 45
_WITHHELD_KINDS = {
    numbers.NumberKind.WITHHELD: Presentation.WITHHELD,
    numbers.NumberKind.UNAVAILABLE: Presentation.UNAVAILABLE,
    numbers.NumberKind.PAYPHONE: Presentation.UNAVAILABLE,
}
_ANSWERS = {hunting.BUSY: (486, "Busy here"), hunting.NOBODY_FREE: (480, "Nobody is free")}


@dataclass(frozen=True)
class Accepted:
    """The call is taken; `arrived` says whom to call and what they see."""

    arrived: Arrived


@dataclass(frozen=True)
class Refused:
    """The call is not taken: a final SIP answer, and a catalogue key for the log."""

    arrived: Arrived
    code: int
    reason: str
    cause: str


Decision = Accepted | Refused


def caller_of(call: IncomingCall, directory: Directory) -> numbers.Number:
    """Return who calls, by the rules of the trunk that the call came in on."""
    if call.source is Source.PHONE:
        return numbers.parse(call.extension)
    trunk = directory.trunks.get(call.trunk)
    prefixes = trunk.international_prefixes if trunk else ("00",)
    return numbers.parse(call.caller.number, international_prefixes=prefixes)


def decide(call: IncomingCall, situation: Situation, known: Caller | None, *, shown_number: str = "") -> Decision:
    """Return where `call` goes. `known` is the caller's customer card, if there is one.

    `shown_number` is what the caller chose to show this once (stored form), instead of what their phone shows.
    """
    if call.source is Source.TRUNK:
        return _inbound(call, situation, known)
    phone = situation.directory.phones.get(call.extension, Phone(call.extension, ""))
    if shown_number:
        phone = replace(phone, shown_number=shown_number)
    if numbers.is_emergency(call.called):
        return _emergency(call, situation, phone)
    if call.called in situation.directory.phones:
        return _internal(call, situation, phone)
    return _outbound(call, situation, phone)


# -------------------------------------------------------------------------------------------------- from outside


def _inbound(call: IncomingCall, situation: Situation, known: Caller | None) -> Decision:
    directory = situation.directory
    called = numbers.parse(call.called, area_code=directory.area_code)
    line = directory.lines.get(called.stored)
    group = _group(directory, line.group if line else "")
    caller, shown = _identity(call, directory, known)
    always = _always_forwarded(line, situation)
    closed = situation.closed(line.number if line else "") if always is None else None
    arrived = Arrived(
        direction=Direction.IN,
        caller_number=caller,
        caller_name=shown.name,
        presentation=shown.presentation,
        called_number=called.stored,
        trunk=call.trunk,
        number=line.number if line else "",
        group=group.name,
        extension="",
        target=NOBODY,
        shown=shown,
        ring_seconds=group.ring_seconds,
        sip_call_id=call.sip_call_id,
        goal=always or (_instead(closed, caller, directory.rules) if closed else _usual(line, group)),
        closed=closed,
    )
    withheld = shown.presentation is Presentation.WITHHELD
    blocking = situation.blocking(caller, withheld=withheld) if situation.accepting else None
    if blocking is not None:
        return _blocked(structs.replace(arrived, group="", closed=None), blocking)
    return _searched(arrived, situation)


def _blocked(arrived: Arrived, blocking: Blocking) -> Decision:
    """Nobody's phone rings: the caller hears why, or that it is busy."""
    if blocking.action is BlockAction.MENU and blocking.menu:
        return Accepted(structs.replace(arrived, goal=Goal("menu", blocking.menu), barred=True))
    if blocking.action is BlockAction.BUSY or not blocking.announcement:
        return Refused(structs.replace(arrived, goal=None), 486, "Busy here", hunting.BLOCKED)
    return Accepted(structs.replace(arrived, goal=Goal(hunting.BLOCKED_GOAL, blocking.announcement)))


def _identity(call: IncomingCall, directory: Directory, known: Caller | None) -> tuple[str, Identity]:
    """Return who calls: the number as the row has it (stored form), and what phones show."""
    caller = caller_of(call, directory)
    presentation = call.caller.presentation
    if presentation is Presentation.SHOWN:
        presentation = _WITHHELD_KINDS.get(caller.kind, Presentation.SHOWN)
    shown = presentation is Presentation.SHOWN
    stored = caller.stored if shown else ""
    name = (known.name if known else call.caller.name) if shown else ""
    return stored, Identity(numbers.dial(stored, e164=False) if stored else "", name, presentation)


def _group(directory: Directory, wanted: str) -> Group:
    default = directory.groups.get(directory.default_group, Group("", "", (), DEFAULT_RING_SECONDS))
    return directory.groups.get(wanted, default)


def _always_forwarded(line: Line | None, situation: Situation) -> Goal | None:
    """Return where a number's calls always go, at this time of the week."""
    rules = line.forwards if line is not None else ()
    for rule in rules:
        if rule.when is ForwardWhen.ALWAYS and (rule.schedule is None or rule.schedule.holds(situation.now)):
            inside = rule.target in situation.directory.phones
            return Goal("extension" if inside else "outside", rule.target)
    return None


def _usual(line: Line | None, group: Group) -> Goal:
    """Return where a number's calls go."""
    return Goal("menu", line.menu) if line is not None and line.menu else Goal("group", group.name)


def _instead(closed: Closed, caller: str, rules: Rules) -> Goal:
    """Return what a caller gets while the office is closed.

    Whoever hides their number cannot be called back, unless they are asked for one.
    """
    if closed.kind == OverflowKind.CALLBACK and not caller and not rules.callback_keys:
        return Goal("announcement", closed.otherwise)
    spoken = closed.kind in (OverflowKind.ANNOUNCEMENT, OverflowKind.CALLBACK)
    return Goal(closed.kind, closed.announcement if spoken else closed.target)


def _searched(arrived: Arrived, situation: Situation) -> Decision:
    """Let the search say who is called first. When that is nobody, nothing need be begun."""
    if not situation.accepting:
        return Refused(arrived, 503, "Box is stopping", "call.cause.box_stopped")
    assert arrived.goal is not None  # noqa: S101 - those that come here have one
    found = hunting.next_step(Search(arrived.goal), arrived.shown, situation)
    if isinstance(found, NobodyLeft):
        code, reason = _ANSWERS.get(found.cause, (480, "Nobody is registered"))
        return Refused(arrived, code, reason, found.cause)
    return Accepted(_offering(arrived, found) if isinstance(found, Offered) else arrived)


def _offering(arrived: Arrived, offer: Offered) -> Arrived:
    outside = isinstance(offer.target, Outside)
    return structs.replace(
        arrived,
        target=offer.target,
        shown=offer.shown,
        inside=arrived.shown if outside else arrived.inside,
        ring_seconds=offer.seconds,
        goal=offer.goal,
        tried=offer.tried,
        round=offer.round,
        hops=offer.hops,
        target_number=offer.number if outside else "",
    )


# --------------------------------------------------------------------------------------------------- from a phone


def _from_phone(call: IncomingCall, phone: Phone, direction: Direction, called: str) -> Arrived:
    return Arrived(
        direction=direction,
        caller_number=phone.number,
        caller_name=phone.name,
        presentation=Presentation.SHOWN,
        called_number=called,
        trunk="",
        number="",
        group="",
        extension=phone.number,
        target=NOBODY,
        shown=Identity(phone.number, phone.name if direction is Direction.INTERNAL else ""),
        ring_seconds=OUTSIDE_RING_SECONDS,
        sip_call_id=call.sip_call_id,
    )


def trial(phone: Phone, goal: Goal, by: str) -> Arrived:
    """Return the call in which somebody of the office tries how it is to come to a goal."""
    return Arrived(
        direction=Direction.INTERNAL,
        caller_number=phone.number,
        caller_name=phone.name,
        presentation=Presentation.SHOWN,
        called_number="",
        trunk="",
        number="",
        group="",
        extension=phone.number,
        target=NOBODY,
        shown=Identity(phone.number, phone.name),
        ring_seconds=DEFAULT_RING_SECONDS,
        goal=goal,
        own_phone=True,
        by=by,
        inside=Identity(),
        test=True,
    )


def _internal(call: IncomingCall, situation: Situation, phone: Phone) -> Decision:
    arrived = _from_phone(call, phone, Direction.INTERNAL, call.called)
    return _searched(structs.replace(arrived, goal=Goal("extension", call.called)), situation)


def _emergency(call: IncomingCall, situation: Situation, phone: Phone) -> Decision:
    arrived = _from_phone(call, phone, Direction.OUT, call.called)
    trunks = by_preference(situation, phone.shown_number)
    if not trunks:
        return Refused(_nowhere(arrived, call), 503, "No trunk", "call.cause.no_trunk")
    return Accepted(_leaving(arrived, through(situation, trunks[0], call.called, phone.shown_number, call.called)))


def _outbound(call: IncomingCall, situation: Situation, phone: Phone) -> Decision:
    called = numbers.parse(call.called, area_code=situation.directory.area_code)
    arrived = _from_phone(call, phone, Direction.OUT, called.stored or call.called)
    nowhere = _nowhere(arrived, call)
    if not situation.accepting:
        return Refused(nowhere, 503, "Box is stopping", "call.cause.box_stopped")
    if called.kind in (numbers.NumberKind.EXTENSION, numbers.NumberKind.UNKNOWN) or not called.stored:
        return Refused(nowhere, 404, "No such number", "call.cause.no_such_number")
    if not phone.may_call_out:
        return Refused(nowhere, 403, "Not allowed", "call.cause.not_allowed_out")
    trunks = by_preference(situation, phone.shown_number)
    free = [trunk for trunk in trunks if has_room(situation, trunk)]
    if not free:
        why = ("All lines busy", "call.cause.lines_busy") if trunks else ("No trunk", "call.cause.no_trunk")
        return Refused(nowhere, 503, *why)
    return Accepted(_leaving(arrived, through(situation, free[0], called.stored, phone.shown_number, call.called)))


def _nowhere(arrived: Arrived, call: IncomingCall) -> Arrived:
    return structs.replace(arrived, target=Outside("", call.called))


def _leaving(arrived: Arrived, way: WayOut) -> Arrived:
    far = Identity(numbers.dial(arrived.called_number, e164=False))
    return structs.replace(arrived, target=way.target, shown=way.shown, inside=far, trunk=way.trunk, number=way.number)
