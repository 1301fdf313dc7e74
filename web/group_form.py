"""The form of a ring group: filled from one, read into one. Knows no request and no page.

What a form does not hold stays as it was, also what it does not show: the queue's times while there is no queue.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from appliance.calls.ports import Overflow, OverflowKind, Strategy
from appliance.lines.checks import GROUP_LIMITS, LAST_PRIORITY
from appliance.lines.types import RingGroup
from web.filters import phone_number
from web.forms import Form

EVERYONE, CHOSEN = "everyone", "chosen"
NEW = RingGroup("", "", everyone=False, members=(), ring_seconds=20)
_ALWAYS = ("ring_seconds", "rounds")
_QUEUE = ("queue_seconds", "queue_limit", "announce_seconds")
_LIMITS = {name: (least, most) for name, least, most in GROUP_LIMITS}
# The kinds of overflow that lead somewhere, each with a field of its own.
TARGETS = {
    OverflowKind.GROUP: "overflow_group",
    OverflowKind.EXTENSION: "overflow_extension",
    OverflowKind.OUTSIDE: "overflow_number",
    OverflowKind.MENU: "overflow_menu",
    OverflowKind.ANNOUNCEMENT: "overflow_announcement",  # empty: the box's own
}
FIELDS = ("label", "who", "members", "strategy", *_ALWAYS, "queue", *_QUEUE, "music", "overflow", *TARGETS.values())


def values(group: RingGroup) -> dict[str, object]:
    """Return what stands in the form of a group."""
    filled: dict[str, object] = {
        "label": group.label,
        "who": EVERYONE if group.everyone else CHOSEN,
        "members": group.members,
        "strategy": group.strategy.value,
        "queue": group.queue,
        "offers_callback": group.offers_callback,
        "music": group.music,
        "overflow": group.overflow.kind.value,
    }
    filled |= {name: getattr(group, name) for name in (*_ALWAYS, *_QUEUE)}
    filled |= {f"priority_{member}": priority for member, priority in group.priorities.items()}
    if (field := TARGETS.get(group.overflow.kind)) is not None:
        filled[field] = phone_number(group.overflow.target)
    return filled


def read(form: Form, found: RingGroup) -> RingGroup:
    """Return the group that a form describes; errors are noted in the form."""
    everyone = form.choice("who", (EVERYONE, CHOSEN)) == EVERYONE
    queue = form.flag("queue")
    members = form.many("members")
    fields: dict[str, Any] = {name: _whole(form, name, found) for name in (*_ALWAYS, *(_QUEUE if queue else ()))}
    if queue:
        fields["offers_callback"] = form.flag("offers_callback")
        fields["music"] = form.text("music") if "music" in form.values else found.music
    return replace(
        found,
        label=form.required("label"),
        everyone=everyone,
        members=members,
        priorities=found.priorities if everyone else _priorities(form, members),
        strategy=_strategy(form, found),
        queue=queue,
        overflow=_overflow(form, found),
        **fields,
    )


def error_place(form: Form) -> dict[str, str]:
    """Return where the service's errors about an overflow stand: beside the target, if it has one."""
    field = next((field for kind, field in TARGETS.items() if form.text("overflow") == kind), "overflow")
    return {"overflow": field}


def _whole(form: Form, name: str, found: RingGroup) -> int:
    return form.whole(name, *_LIMITS[name]) if name in form.values else int(getattr(found, name))


def _strategy(form: Form, found: RingGroup) -> Strategy:
    return Strategy(form.choice("strategy", tuple(Strategy))) if "strategy" in form.values else found.strategy


def _priorities(form: Form, members: tuple[str, ...]) -> dict[str, int]:
    fields = {member: f"priority_{member}" for member in members}
    return {member: form.whole(field, 1, LAST_PRIORITY) for member, field in fields.items() if field in form.values}


def _overflow(form: Form, found: RingGroup) -> Overflow:
    if "overflow" not in form.values:
        return found.overflow
    kind = OverflowKind(form.choice("overflow", tuple(OverflowKind)))
    if (field := TARGETS.get(kind)) is None:
        return found.overflow if kind is found.overflow.kind else Overflow(kind)
    if kind is OverflowKind.ANNOUNCEMENT:
        kept = found.overflow.target if kind is found.overflow.kind else ""
        return Overflow(kind, form.text(field) if field in form.values else kept)
    return Overflow(kind, form.required(field))
