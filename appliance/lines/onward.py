"""Where calls go on from a group, an extension or a number: what may lead where. Pure; knows no table.

Two things are held for all lines together: whatever is led to is there, and nothing leads back to where it came from.
Call control counts its hops besides, because a phone elsewhere may forward, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from appliance.calls.ports import Forward, ForwardWhen, Overflow, OverflowKind, Schedule
from appliance.core import numbers
from appliance.core.errors import Conflict, InvalidInput
from appliance.core.numbers import NumberKind
from appliance.lines.types import KeptForward, LinesSnapshot, OwnNumber, RingGroup

LONGEST_WAIT_S = 300
LEAST_WAIT_S = 5

Node = TypeVar("Node")

_EXTENSION = re.compile(r"[1-9][0-9]{1,3}")
# Where an office's calls may go: nobody wants to send callers to 112, or to pay for 060.
_OUTSIDE = frozenset(
    {
        NumberKind.MOBILE,
        NumberKind.SEOUL,
        NumberKind.AREA,
        NumberKind.INTERNET,
        NumberKind.REPRESENTATIVE,
        NumberKind.TOLL_FREE,
        NumberKind.SAFE,
        NumberKind.UNIFIED,
        NumberKind.INTERNATIONAL,
    }
)


def outside(lines: LinesSnapshot, entered: str, area_code: str, field: str) -> str:
    """Return a number outside in stored form. Raises InvalidInput, also for one of our own: that would come back."""
    number = numbers.parse(entered, area_code=area_code)
    if number.kind not in _OUTSIDE:
        raise InvalidInput(field, "lines.bad_target")
    if any(own.number == number.stored for own in lines.numbers):
        raise InvalidInput(field, "lines.own_number_as_target")
    return number.stored


# -------------------------------------------------------------------------------------------------------- overflow


def overflow(lines: LinesSnapshot, entered: Overflow, area_code: str, announcements: frozenset[str]) -> Overflow:
    """Return an overflow tidied. Raises InvalidInput when it leads nowhere; circles are looked for in `check_group`."""
    target = entered.target.strip()
    if entered.kind in (OverflowKind.HANG_UP, OverflowKind.CALLBACK):
        return Overflow(entered.kind)
    if entered.kind is OverflowKind.OUTSIDE:
        return Overflow(entered.kind, outside(lines, target, area_code, "overflow"))
    if entered.kind is OverflowKind.ANNOUNCEMENT and target and target not in announcements:
        raise InvalidInput("overflow", "lines.no_such_announcement")
    return Overflow(entered.kind, target)


@dataclass(frozen=True)
class KnownMenus:
    """The voice menus that callers can hear: what they are called, and where each leads when nobody presses a key."""

    labels: Mapping[str, str] = field(default_factory=dict)
    onward: Mapping[str, tuple[Overflow, ...]] = field(default_factory=dict)


def check_group(lines: LinesSnapshot, group: RingGroup, menus: KnownMenus) -> None:
    """Raise InvalidInput when a group of these lines overflows to nobody, or in a circle."""
    kind, target = group.overflow.kind, group.overflow.target
    if kind is OverflowKind.EXTENSION and target not in _numbers(lines):
        raise InvalidInput("overflow", "lines.no_such_member", number=target or "-")
    if kind is OverflowKind.GROUP and target not in {one.id for one in lines.groups}:
        raise InvalidInput("overflow", "lines.no_such_group")
    if kind is OverflowKind.MENU and target not in menus.labels:
        raise InvalidInput("overflow", "call.no_such_menu")
    if path := circle(lines, menus.onward, menus.labels, Overflow(OverflowKind.GROUP, group.id)):
        raise InvalidInput("overflow", "lines.overflow_circle", path=path)


def check_number(number: OwnNumber, menus: KnownMenus) -> None:
    """Raise InvalidInput when a number leads to a voice menu that is not there."""
    if number.menu and number.menu not in menus.labels:
        raise InvalidInput("menu", "call.no_such_menu")


def circle(
    lines: LinesSnapshot, menus: Mapping[str, tuple[Overflow, ...]], labels: Mapping[str, str], start: Overflow
) -> str:
    """Return, in words, on which way callers come back to a group or a menu without pressing a key; "": on none."""
    leads: dict[Overflow, tuple[Overflow, ...]] = {
        Overflow(OverflowKind.GROUP, one.id): (one.overflow,) for one in lines.groups
    }
    leads |= {Overflow(OverflowKind.MENU, one): onward for one, onward in menus.items()}
    names = {Overflow(OverflowKind.GROUP, one.id): one.label for one in lines.groups}
    names |= {Overflow(OverflowKind.MENU, one): label for one, label in labels.items()}
    return " → ".join(names.get(one, one.target) for one in way_back(start, lambda at: leads.get(at, ())))


# -------------------------------------------------------------------------------------------------------- forwards


def forward(lines: LinesSnapshot, entered: Forward, area_code: str) -> Forward:
    """Return a forward tidied; its target may be an extension or a number in any usual way. Raises InvalidInput."""
    target = entered.target.strip()
    if not target:
        raise InvalidInput("target", "lines.target_needed")
    if _EXTENSION.fullmatch(target):
        if target not in _numbers(lines):
            raise InvalidInput("target", "lines.no_such_member", number=target)
    else:
        target = outside(lines, target, area_code, "target")
    after = entered.after_seconds
    if entered.when is ForwardWhen.NO_ANSWER and not LEAST_WAIT_S <= after <= LONGEST_WAIT_S:
        raise InvalidInput("after_seconds", "lines.bad_ring_seconds")
    # The others do not wait: what was entered there must not make two of the same look different.
    after = after if entered.when is ForwardWhen.NO_ANSWER else Forward.after_seconds
    return replace(entered, target=target, after_seconds=after, schedule=_schedule(entered.schedule))


def _schedule(entered: Schedule | None) -> Schedule | None:
    if entered is None:
        return None
    if not entered.weekdays or not entered.weekdays <= frozenset(range(7)):
        raise InvalidInput("schedule", "lines.no_weekday")
    if not (0 <= entered.from_minute < 1440 and 0 <= entered.to_minute < 1440):
        raise InvalidInput("schedule", "lines.bad_time")
    return entered


def check_forward(lines: LinesSnapshot, owner: str, kept: KeptForward) -> None:
    """Raise InvalidInput when a forward of these lines may not lead outside, or would lead in a circle."""
    extension = next((one for one in lines.extensions if one.number == owner), None)
    if extension is None or not kept.enabled:
        return
    if kept.forward.target not in _numbers(lines) and not (extension.may_call_out and extension.may_forward_out):
        raise InvalidInput("target", "lines.may_not_forward_out", number=owner)
    if path := way_back(owner, lambda one: _leads_to(lines, one)):
        raise InvalidInput("target", "lines.forward_circle", path=" → ".join(path))


def _leads_to(lines: LinesSnapshot, extension: str) -> list[str]:
    return [kept.forward.target for kept in lines.forwards.get(extension, ()) if kept.enabled]


# ---------------------------------------------------------------------------------------------- what is led to stays


def refuse_used_extension(lines: LinesSnapshot, number: str, others: Iterable[str] = ()) -> None:
    """Raise Conflict while calls are led to this extension from elsewhere."""
    groups = [g.label for g in lines.groups if g.overflow == Overflow(OverflowKind.EXTENSION, number)]
    owners = _owners_leading_to(lines, number)
    if names := (*groups, *owners, *others):
        raise Conflict("lines.extension_is_target", names=", ".join(names))


def refuse_used_group(lines: LinesSnapshot, group: str, others: Iterable[str] = ()) -> None:
    """Raise Conflict while another group overflows to this one, or `others` lead to it."""
    labels = [one.label for one in lines.groups if one.overflow == Overflow(OverflowKind.GROUP, group)]
    if labels := [*labels, *others]:
        raise Conflict("lines.group_is_target", names=", ".join(labels))


def leading_to(lines: LinesSnapshot, target: Overflow) -> tuple[str, ...]:
    """Return the numbers and groups that lead callers to a voice menu."""
    if target.kind is not OverflowKind.MENU:
        return ()
    own = (one.label or numbers.show(one.number) for one in lines.numbers if one.menu == target.target)
    return (*own, *(one.label for one in lines.groups if one.overflow == target))


def playing(lines: LinesSnapshot, sound: str) -> tuple[RingGroup, ...]:
    """Return the groups that play an announcement: to those who wait, or at last."""
    last = Overflow(OverflowKind.ANNOUNCEMENT, sound)
    return tuple(one for one in lines.groups if sound and (one.music == sound or one.overflow == last))


def refuse_own_target(lines: LinesSnapshot, number: str, others: Iterable[str] = ()) -> None:
    """Raise Conflict when calls are sent on to a number that is about to become our own: they would come back."""
    groups = [g.label for g in lines.groups if g.overflow == Overflow(OverflowKind.OUTSIDE, number)]
    owners = _owners_leading_to(lines, number)
    if names := (*groups, *owners, *others):
        raise Conflict("lines.number_is_target", field="number", names=", ".join(names))


def _owners_leading_to(lines: LinesSnapshot, target: str) -> list[str]:
    return [
        numbers.show(owner) if owner.startswith("+") else owner
        for owner, theirs in lines.forwards.items()
        if owner != target and any(kept.forward.target == target for kept in theirs)
    ]


def _numbers(lines: LinesSnapshot) -> frozenset[str]:
    return frozenset(one.number for one in lines.extensions)


def way_back(start: Node, onward: Callable[[Node], Iterable[Node]]) -> list[Node]:
    """Return the shortest way from `start` back to itself, both ends named; nothing when there is none."""
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop(0)
        for following in onward(way[-1]):
            if following == start:
                return [*way, start]
            if following not in seen:
                seen.add(following)
                ways.append([*way, following])
    return []
