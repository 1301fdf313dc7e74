"""Voice menus in the words of a page: what a step does, where it stands, what is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from appliance.core.numbers import show
from appliance.lines.types import LinesSnapshot
from appliance.menus import tree
from appliance.menus.types import KEYS, Branch, Kind, Problem, Step


@dataclass(frozen=True)
class Node:
    """One step of the picture: `slot` is where it follows what is above it, `target` whom it leads to."""

    step: Step
    slot: str
    is_key: bool
    target: str
    sound: str
    problems: tuple[Problem, ...]
    below: tuple[Node, ...]
    may_add: bool


@dataclass(frozen=True)
class Known:
    """What things are called: groups, extensions, menus, announcements."""

    groups: dict[str, str]
    extensions: dict[str, str]
    menus: dict[str, str]
    sounds: dict[str, str]

    @classmethod
    def of(cls, lines: LinesSnapshot, menus: dict[str, str], sounds: dict[str, str]) -> Known:
        """Take the names out of the lines as they are now."""
        extensions = {one.number: f"{one.number} {one.name}".strip() for one in lines.extensions}
        return cls({one.id: one.label for one in lines.groups}, extensions, menus, sounds)


def picture(root: Step, problems: Iterable[Problem], known: Known) -> Node:
    """Return a tree as it is drawn."""
    found = tuple(problems)
    names = {one.id: one.name for one in tree.steps(root)}
    return _node(Branch("", root), found, known, names)


def _node(branch: Branch, problems: tuple[Problem, ...], known: Known, names: dict[str, str]) -> Node:
    step = branch.step
    return Node(
        step=step,
        slot=branch.slot,
        is_key=branch.slot in KEYS,
        target=_target(step, known, names),
        sound=known.sounds.get(step.announcement, ""),
        problems=tuple(one for one in problems if one.step == step.id),
        below=tuple(_node(one, problems, known, names) for one in step.branches),
        may_add=bool(tree.free_slots(step)),
    )


def _target(step: Step, known: Known, names: dict[str, str]) -> str:
    if step.kind is Kind.OUTSIDE:
        return show(step.target) if step.target else ""
    called = {
        Kind.GROUP: known.groups,
        Kind.EXTENSION: known.extensions,
        Kind.MENU: known.menus,
        Kind.STEP: names,
    }.get(step.kind, {})
    return called.get(step.target, "")


def places(root: Step, moving: str) -> tuple[tuple[str, str, str], ...]:
    """Return where a step may be moved to: the step above, the slot, and who is there already ("": nobody)."""
    below = {one.id for one in tree.steps(tree.find(root, moving))}
    above = {one.id for one in _way_to(root, moving)}
    found = []
    for parent in tree.steps(root):
        if parent.id in below:
            continue
        there = {branch.slot: branch.step for branch in parent.branches}
        for slot in (*there, *tree.free_slots(parent)):
            taken = there.get(slot)
            if taken is None or taken.id not in above:
                found.append((parent.id, slot, taken.name if taken is not None and taken.id != moving else ""))
    return tuple(found)


def _way_to(root: Step, step: str) -> tuple[Step, ...]:
    """Return the steps that stand above one."""
    for branch in root.branches:
        if any(one.id == step for one in tree.steps(branch.step)):
            return (root, *_way_to(branch.step, step)) if branch.step.id != step else (root,)
    return ()
