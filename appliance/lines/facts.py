"""The lines as call control wants to see them: what is stored in, routing facts out. Pure; knows no call."""

from __future__ import annotations

from collections.abc import Iterator

from appliance.calls.ports import (
    Directory,
    Forward,
    Group,
    Line,
    Member,
    Overflow,
    OverflowKind,
    Phone,
    Rules,
    TrunkRules,
)
from appliance.lines.checks import MAIN_GROUP
from appliance.lines.types import Extension, LinesSnapshot, OwnNumber, RingGroup


def directory_of(lines: LinesSnapshot, area_code: str, rules: Rules) -> Directory:
    """Return the routing facts of `lines`. Disabled extensions and trunks are not among them."""
    return Directory(
        phones={e.number: _phone(lines, e) for e in _enabled(lines)},
        lines={n.number: _line(lines, n) for n in lines.numbers},
        trunks={
            t.id: TrunkRules(t.id, t.name, t.international_prefixes, t.dial_e164, t.main_number, t.channels)
            for t in lines.trunks
            if t.enabled
        },
        groups={g.id: _group(lines, g) for g in lines.groups},
        default_group=MAIN_GROUP,
        area_code=area_code,
        rules=rules,
    )


def shown_choices(lines: LinesSnapshot, extension: str) -> tuple[Line, ...]:
    """Return the numbers that an extension may show on a call out: free to choose, on a trunk in use; its own first."""
    found = next((one for one in _enabled(lines) if one.number == extension and one.may_call_out), None)
    if found is None:
        return ()
    trunks = {trunk.id for trunk in lines.trunks if trunk.enabled}
    free = (number for number in lines.numbers if number.may_be_shown and number.trunk in trunks)
    return tuple(_line(lines, number) for number in sorted(free, key=lambda one: one.number != found.shown_number))


def _enabled(lines: LinesSnapshot) -> Iterator[Extension]:
    return (extension for extension in lines.extensions if extension.enabled)


def _phone(lines: LinesSnapshot, extension: Extension) -> Phone:
    out = extension.may_call_out and extension.may_forward_out
    return Phone(
        extension.number,
        extension.name,
        extension.shown_number,
        extension.may_call_out,
        _forwards(lines, extension.number, out),
        out,
        extension.pickup_group,
    )


def _line(lines: LinesSnapshot, number: OwnNumber) -> Line:
    forwards = _forwards(lines, number.number, True)
    return Line(number.number, number.label, number.trunk, number.group, forwards, number.menu)


def _forwards(lines: LinesSnapshot, owner: str, out: bool) -> tuple[Forward, ...]:
    """Return the forwards that are switched on and lead to a phone in use, or outside where that is allowed."""
    extensions = {one.number: one.enabled for one in lines.extensions}
    kept = (one.forward for one in lines.forwards.get(owner, ()) if one.enabled)
    return tuple(forward for forward in kept if extensions.get(forward.target, out))


def _group(lines: LinesSnapshot, group: RingGroup) -> Group:
    members = _members(lines, group)
    return Group(
        name=group.id,
        label=group.label,
        phones=tuple(member.extension for member in members),
        ring_seconds=group.ring_seconds,
        strategy=group.strategy,
        members=members,
        rounds=group.rounds,
        queue=group.queue,
        queue_seconds=group.queue_seconds,
        queue_limit=group.queue_limit,
        announce_seconds=group.announce_seconds,
        offers_callback=group.offers_callback,
        music=group.music,
        overflow=_overflow(lines, group.overflow),
    )


def _members(lines: LinesSnapshot, group: RingGroup) -> tuple[Member, ...]:
    enabled = [extension.number for extension in _enabled(lines)]
    if group.everyone:
        return tuple(Member(number) for number in enabled)
    members = (Member(number, group.priorities.get(number, 1)) for number in group.members if number in enabled)
    return tuple(sorted(members, key=lambda member: member.priority))


def _overflow(lines: LinesSnapshot, overflow: Overflow) -> Overflow:
    """An extension that is switched off takes no calls, and without it there is nothing left but to end the call."""
    gone = overflow.kind is OverflowKind.EXTENSION and overflow.target not in {e.number for e in _enabled(lines)}
    return Overflow() if gone else overflow
