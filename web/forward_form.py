"""The form of a forward: filled from one, read into one. Knows no request and no page."""

from __future__ import annotations

import re

from appliance.calls.ports import Forward, ForwardWhen, Schedule
from appliance.lines.onward import LEAST_WAIT_S, LONGEST_WAIT_S
from appliance.lines.types import KeptForward
from web.filters import phone_number
from web.forms import Form

DAYS = tuple(range(7))  # 0 = Monday
ANY_TIME, HOURS = "any_time", "hours"
FIELDS = ("when", "target", "after_seconds", "hours", "days", "from_time", "to_time")
RENAMED = {"schedule": "days"}

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_NIGHT = Schedule(frozenset(range(5)), 19 * 60, 9 * 60)  # what most offices want hours for
NEW = KeptForward(Forward(ForwardWhen.ALWAYS, ""))


def values(kept: KeptForward) -> dict[str, object]:
    """Return what stands in the form of a forward."""
    forward, hours = kept.forward, kept.forward.schedule or _NIGHT
    return {
        "when": forward.when.value,
        "target": phone_number(forward.target),
        "after_seconds": forward.after_seconds,
        "hours": ANY_TIME if forward.schedule is None else HOURS,
        "days": tuple(sorted(hours.weekdays)),
        "from_time": clock(hours.from_minute),
        "to_time": clock(hours.to_minute),
        "enabled": kept.enabled,
    }


def read(form: Form) -> KeptForward:
    """Return the forward that a form describes; errors are noted in the form."""
    when = ForwardWhen(form.choice("when", tuple(ForwardWhen)))
    waits = when is ForwardWhen.NO_ANSWER
    after = form.whole("after_seconds", LEAST_WAIT_S, LONGEST_WAIT_S) if waits else Forward.after_seconds
    schedule = _schedule(form) if form.choice("hours", (ANY_TIME, HOURS)) == HOURS else None
    return KeptForward(Forward(when, form.required("target"), after, schedule), form.flag("enabled"))


def clock(minute: int) -> str:
    """Write a minute of the day as 18:30."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _schedule(form: Form) -> Schedule:
    days = frozenset(int(day) for day in form.many("days") if day in map(str, DAYS))
    return Schedule(days, _minute(form, "from_time"), _minute(form, "to_time"))


def _minute(form: Form, name: str) -> int:
    if (found := _TIME.fullmatch(form.text(name))) is None:
        form.fail(name, "lines.bad_time")
        return 0
    return int(found[1]) * 60 + int(found[2])
