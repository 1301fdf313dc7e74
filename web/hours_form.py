"""The form of a schedule: filled from one, read into one. Knows no request and no page."""

from __future__ import annotations

from dataclasses import replace

from appliance.calls.ports import OverflowKind
from appliance.core.errors import InvalidInput
from appliance.hours import checks
from appliance.hours.checks import DAYS
from appliance.hours.types import ACTIONS, Instead, Occasion, Schedule, Weekday, in_words
from web.filters import phone_number
from web.forms import Form

# The kinds that lead somewhere, each with a field of its own.
_TARGETS = {
    OverflowKind.GROUP: "group",
    OverflowKind.EXTENSION: "extension",
    OverflowKind.OUTSIDE: "number",
    OverflowKind.MENU: "menu",
}
_SPOKEN = (OverflowKind.ANNOUNCEMENT, OverflowKind.CALLBACK)
FIELDS = (
    "label",
    *(f"{what}_{day}" for day in DAYS for what in ("open", "lunch")),
    *(f"{what}_{one}" for one in Occasion for what in ("kind", "announcement", *_TARGETS.values())),
)


def values(schedule: Schedule) -> dict[str, object]:
    """Return what stands in the form of a schedule."""
    filled: dict[str, object] = {"label": schedule.label, "keeps_holidays": schedule.keeps_holidays}
    for name, day in zip(DAYS, schedule.week, strict=True):
        filled[f"open_{name}"] = in_words(day.spans)
        filled[f"lunch_{name}"] = in_words((day.lunch,)) if day.lunch else ""
    for occasion in Occasion:
        instead = schedule.instead_of(occasion)
        filled[f"kind_{occasion}"] = instead.kind.value
        filled[f"announcement_{occasion}"] = instead.announcement
        if (field := _TARGETS.get(instead.kind)) is not None:
            filled[f"{field}_{occasion}"] = phone_number(instead.target)
    return filled


def read(form: Form, found: Schedule) -> Schedule:
    """Return the schedule that a form describes; errors are noted in the form."""
    return replace(
        found,
        label=form.required("label"),
        week=tuple(_weekday(form, name) for name in DAYS),
        keeps_holidays=form.flag("keeps_holidays"),
        instead={occasion: _instead(form, occasion) for occasion in Occasion},
    )


def _weekday(form: Form, name: str) -> Weekday:
    try:
        return Weekday(
            checks.spans(form.text(f"open_{name}"), f"open_{name}"),
            checks.lunch(form.text(f"lunch_{name}"), f"lunch_{name}"),
        )
    except InvalidInput as error:
        form.fail(error.field, error.key, **error.params)
        return Weekday()


def _instead(form: Form, occasion: Occasion) -> Instead:
    kind = OverflowKind(form.choice(f"kind_{occasion}", tuple(one.value for one in ACTIONS)))
    if kind in _SPOKEN:
        return Instead(kind, announcement=form.text(f"announcement_{occasion}"))
    return Instead(kind, form.required(f"{_TARGETS[kind]}_{occasion}"))


def error_place(form: Form) -> dict[str, str]:
    """Return where the service's errors about an occasion stand: beside what was chosen for it."""
    return {occasion.value: _place(form, occasion) for occasion in Occasion}


def _place(form: Form, occasion: Occasion) -> str:
    kind = form.text(f"kind_{occasion}")
    field = next((field for one, field in _TARGETS.items() if one == kind), "announcement")
    return f"{field}_{occasion}"
