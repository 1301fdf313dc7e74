"""The form of a step of a voice menu: filled from one, read into one. Knows no request and no page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from appliance.menus.types import HEARD, TARGETED, Kind, Step
from web.filters import phone_number
from web.forms import Form

Work: TypeAlias = Callable[[], Awaitable[str]]

FIELDS = (
    "kind",
    "name",
    "slot",
    "announcement",
    "seconds",
    "tries",
    *(f"target_{kind}" for kind in TARGETED),
)


def values(step: Step) -> dict[str, object]:
    """Return what stands in the form of a step."""
    filled: dict[str, object] = {
        "kind": step.kind.value,
        "name": step.name,
        "announcement": step.announcement,
        "seconds": step.seconds,
        "tries": step.tries,
        "dials": step.dials,
    }
    if step.kind in TARGETED:
        filled[f"target_{step.kind}"] = phone_number(step.target) if step.kind is Kind.OUTSIDE else step.target
    return filled


def read(form: Form, step: str) -> Step:
    """Return the step that a form describes; errors are noted in the form."""
    kind = Kind(form.choice("kind", tuple(Kind)))
    choice = kind is Kind.CHOICE
    return Step(
        id=step,
        kind=kind,
        name=form.required("name"),
        target=form.text(f"target_{kind}") if kind in TARGETED else "",
        announcement=form.text("announcement") if kind in HEARD else "",
        seconds=form.whole("seconds", 1, 30) if choice else Step.seconds,
        tries=form.whole("tries", 1, 9) if choice else Step.tries,
        dials=choice and form.flag("dials"),
    )


def error_place(form: Form) -> dict[str, str]:
    """Return where the service's errors about a target stand: beside what was chosen."""
    return {"target": f"target_{form.text('kind')}"}
