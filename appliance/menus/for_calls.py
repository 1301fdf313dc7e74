"""Answers what call control asks: `appliance.calls.ports.Menus`. Plugged in by the composition root; knows no call."""

from __future__ import annotations

from appliance.calls.ports import MenuStep
from appliance.calls.requests import Goal
from appliance.menus.service import Menus
from appliance.menus.tree import steps
from appliance.menus.types import DRAFT, KEYS, NEXT, TIMEOUT, UNANSWERED, WRONG, Kind, Step

_END = Goal("end", "")
_EXCUSE = Goal("announcement", "")
_CALLBACK = Goal("callback", "")


class MenusForCalls:
    """The menus as callers walk them; one with DRAFT before its id as its editor shows it, so that it can be tried."""

    def __init__(self, menus: Menus) -> None:
        self._menus = menus

    def step(self, target: str) -> MenuStep | None:
        """Return a menu's first step ("shop"), or one of its steps ("shop/s2"); must not wait."""
        name, _, step = target.partition("/")
        menu = self._menus.find(name.removeprefix(DRAFT))
        if menu is None or (menu.root is None and not name.startswith(DRAFT)):
            return None
        root = menu.edited if name.startswith(DRAFT) else menu.root or menu.edited
        found = next((one for one in steps(root) if one.id == step), None) if step else root
        return _walked(name, menu.label if found is root else "", found) if found is not None else None


def _walked(menu: str, label: str, step: Step) -> MenuStep:
    follows = {branch.slot: _goal(menu, branch.step) for branch in step.branches}
    return MenuStep(
        id=f"{menu}/{step.id}",
        name=label or step.name,
        announcement=step.announcement,
        keys={slot: goal for slot, goal in follows.items() if slot in KEYS},
        dials=step.dials and step.kind is Kind.CHOICE,
        seconds=step.seconds,
        tries=step.tries,
        otherwise=_onward(step, follows),
        mistaken=follows.get(WRONG),
        unanswered=follows.get(UNANSWERED, _EXCUSE) if step.kind in (Kind.EXTENSION, Kind.OUTSIDE) else None,
    )


def _goal(menu: str, step: Step) -> Goal:
    if step.kind is Kind.STEP:
        return Goal("menu", f"{menu}/{step.target}")
    return Goal("menu", step.target if step.kind is Kind.MENU else f"{menu}/{step.id}")


def _onward(step: Step, follows: dict[str, Goal]) -> Goal:
    """Return where a call goes from a step by itself."""
    if step.kind is Kind.CHOICE:
        return follows.get(TIMEOUT, _END)
    if step.kind is Kind.SAY:
        return follows.get(NEXT, _END)
    if step.kind in (Kind.GROUP, Kind.EXTENSION, Kind.OUTSIDE):
        return Goal(step.kind.value, step.target)
    return _CALLBACK if step.kind is Kind.CALLBACK else _END
