"""Where a new call goes: facts in, decision out. Pure; knows no database, no socket, no clock.

The rules, in order:
1. A call from outside goes to the number's ring group, or to the default group when the number is not listed.
2. A phone that dials an extension rings it.
3. Emergency numbers always pass, through any trunk there is, whatever else is forbidden.
4. Everything else leaves through the trunk of the number that the phone shows, if that number is ours; otherwise
   through the first trunk. A trunk whose channels are all taken is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.calls.call import Direction
from appliance.calls.happenings import Arrived
from appliance.calls.ports import Caller, Directory, Group, Phone, TrunkRules
from appliance.core import numbers
from sip.api import Extensions, Identity, IncomingCall, Outside, Presentation, Source, Target

OUTSIDE_RING_SECONDS = 120  # the far network gives up on its own, usually after a minute
INTERNAL_RING_SECONDS = 45
_WITHHELD_KINDS = {
    numbers.NumberKind.WITHHELD: Presentation.WITHHELD,
    numbers.NumberKind.UNAVAILABLE: Presentation.UNAVAILABLE,
    numbers.NumberKind.PAYPHONE: Presentation.UNAVAILABLE,
}


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


@dataclass(frozen=True)
class Facts:
    """All that a decision rests on. `busy` counts the calls on each trunk now; `online` are trunks that work now."""

    directory: Directory
    registered: frozenset[str]
    online: frozenset[str]
    busy: Mapping[str, int]
    accepting: bool = True


def caller_of(call: IncomingCall, directory: Directory) -> numbers.Number:
    """Return who calls, by the rules of the trunk that the call came in on."""
    if call.source is Source.PHONE:
        return numbers.parse(call.extension)
    trunk = directory.trunks.get(call.trunk)
    prefixes = trunk.international_prefixes if trunk else ("00",)
    return numbers.parse(call.caller.number, international_prefixes=prefixes)


def decide(call: IncomingCall, facts: Facts, known: Caller | None) -> Decision:
    """Return where `call` goes. `known` is the caller's customer card, if there is one."""
    if call.source is Source.TRUNK:
        return _inbound(call, facts, known)
    phone = facts.directory.phones.get(call.extension, Phone(call.extension, ""))
    if numbers.is_emergency(call.called):
        return _emergency(call, facts, phone)
    if call.called in facts.directory.phones:
        return _internal(call, facts, phone)
    return _outbound(call, facts, phone)


def _inbound(call: IncomingCall, facts: Facts, known: Caller | None) -> Decision:
    directory = facts.directory
    caller = caller_of(call, directory)
    presentation = call.caller.presentation
    if presentation is Presentation.SHOWN:
        presentation = _WITHHELD_KINDS.get(caller.kind, Presentation.SHOWN)
    shown = presentation is Presentation.SHOWN
    stored = caller.stored if shown else ""
    called = numbers.parse(call.called, area_code=directory.area_code)
    line = directory.lines.get(called.stored)
    group = _group(directory, line.group if line else "")
    name = (known.name if known else call.caller.name) if shown else ""
    arrived = Arrived(
        direction=Direction.IN,
        caller_number=stored,
        caller_name=name,
        presentation=presentation,
        called_number=called.stored,
        trunk=call.trunk,
        number=line.number if line else "",
        group=group.name,
        extension="",
        target=Extensions(tuple(p for p in group.phones if p in facts.registered)),
        shown=Identity(numbers.dial(stored, e164=False) if stored else "", name, presentation),
        ring_seconds=group.ring_seconds,
        sip_call_id=call.sip_call_id,
    )
    return _to_phones(arrived, facts)


def _group(directory: Directory, wanted: str) -> Group:
    default = directory.groups.get(directory.default_group, Group("", "", (), INTERNAL_RING_SECONDS))
    return directory.groups.get(wanted, default)


def _to_phones(arrived: Arrived, facts: Facts) -> Decision:
    if not facts.accepting:
        return Refused(arrived, 503, "Box is stopping", "call.cause.box_stopped")
    if isinstance(arrived.target, Extensions) and not arrived.target.numbers:
        return Refused(arrived, 480, "Nobody is registered", "call.cause.nobody_registered")
    return Accepted(arrived)


def _from_phone(call: IncomingCall, phone: Phone, direction: Direction, target: Target, **given: str) -> Arrived:
    return Arrived(
        direction=direction,
        caller_number=phone.number,
        caller_name=phone.name,
        presentation=Presentation.SHOWN,
        called_number=given.get("called", call.called),
        trunk=given.get("trunk", ""),
        number=given.get("number", ""),
        group="",
        extension=phone.number,
        target=target,
        shown=Identity(given.get("shown", phone.number), phone.name if direction is Direction.INTERNAL else ""),
        ring_seconds=INTERNAL_RING_SECONDS if direction is Direction.INTERNAL else OUTSIDE_RING_SECONDS,
        sip_call_id=call.sip_call_id,
    )


def _internal(call: IncomingCall, facts: Facts, phone: Phone) -> Decision:
    ringing = (call.called,) if call.called in facts.registered else ()
    return _to_phones(_from_phone(call, phone, Direction.INTERNAL, Extensions(ringing)), facts)


def _emergency(call: IncomingCall, facts: Facts, phone: Phone) -> Decision:
    trunks = _by_preference(facts, phone)
    if not trunks:
        nowhere = _from_phone(call, phone, Direction.OUT, Outside("", call.called))
        return Refused(nowhere, 503, "No trunk", "call.cause.no_trunk")
    return Accepted(_through(call, facts, phone, trunks[0], call.called))


def _outbound(call: IncomingCall, facts: Facts, phone: Phone) -> Decision:
    called = numbers.parse(call.called, area_code=facts.directory.area_code)
    nowhere = _from_phone(call, phone, Direction.OUT, Outside("", call.called), called=called.stored or call.called)
    if not facts.accepting:
        return Refused(nowhere, 503, "Box is stopping", "call.cause.box_stopped")
    if called.kind in (numbers.NumberKind.EXTENSION, numbers.NumberKind.UNKNOWN) or not called.stored:
        return Refused(nowhere, 404, "No such number", "call.cause.no_such_number")
    if not phone.may_call_out:
        return Refused(nowhere, 403, "Not allowed", "call.cause.not_allowed_out")
    trunks = _by_preference(facts, phone)
    if not trunks:
        return Refused(nowhere, 503, "No trunk", "call.cause.no_trunk")
    free = [t for t in trunks if not t.channels or facts.busy.get(t.trunk, 0) < t.channels]
    if not free:
        return Refused(nowhere, 503, "All lines busy", "call.cause.lines_busy")
    return Accepted(_through(call, facts, phone, free[0], called.stored))


def _through(call: IncomingCall, facts: Facts, phone: Phone, trunk: TrunkRules, called: str) -> Arrived:
    number = _shown_number(facts, phone, trunk)
    return _from_phone(
        call,
        phone,
        Direction.OUT,
        Outside(trunk.trunk, _dialled(call.called, called, trunk)),
        called=called,
        trunk=trunk.trunk,
        number=number,
        shown=numbers.dial(number, e164=trunk.dial_e164) if number else "",
    )


def _dialled(typed: str, called: str, trunk: TrunkRules) -> str:
    """Return what the trunk is given. A foreign number keeps the carrier code (001, 00700 …) that was dialled."""
    digits = typed.replace("-", "").replace(" ", "")
    if digits.startswith("00") and digits.isdigit() and not trunk.dial_e164:
        return digits
    return numbers.dial(called, e164=trunk.dial_e164)


def _shown_number(facts: Facts, phone: Phone, trunk: TrunkRules) -> str:
    """Only a number that is ours on this very trunk may be shown (Telecommunications Business Act, article 84-2)."""
    line = facts.directory.lines.get(phone.shown_number)
    return line.number if line and line.trunk == trunk.trunk else trunk.main_number


def _by_preference(facts: Facts, phone: Phone) -> list[TrunkRules]:
    """All trunks: those that work now before those that do not, among them the phone's own number's first."""
    line = facts.directory.lines.get(phone.shown_number)
    own = line.trunk if line else ""
    trunks = facts.directory.trunks.values()
    return sorted(trunks, key=lambda t: (t.trunk not in facts.online, t.trunk != own))
