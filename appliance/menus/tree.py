"""Trees of steps: finding, adding, changing, moving, removing. Pure; every change makes a new tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from appliance.core.errors import InvalidInput, NotFound
from appliance.menus.types import SLOTS, Branch, Step

DEEPEST = 8
MOST_STEPS = 100


def steps(root: Step) -> Iterator[Step]:
    """Yield all steps, each before what follows it."""
    yield root
    for branch in root.branches:
        yield from steps(branch.step)


def find(root: Step, step: str) -> Step:
    """Return a step. Raises NotFound."""
    if (found := next((one for one in steps(root) if one.id == step), None)) is None:
        raise NotFound("menus.no_such_step")
    return found


def place(root: Step, step: str) -> tuple[str, str]:
    """Return after which step, and in which slot, a step follows; ("", "") for the root."""
    for one in steps(root):
        for branch in one.branches:
            if branch.step.id == step:
                return one.id, branch.slot
    return "", ""


def depth(root: Step) -> int:
    """Return over how many steps the longest way goes."""
    return 1 + max((depth(branch.step) for branch in root.branches), default=0)


def free_id(root: Step) -> str:
    """Return an id that no step has."""
    taken = {one.id for one in steps(root)}
    return next(f"s{number}" for number in range(1, MOST_STEPS + 2) if f"s{number}" not in taken)


def free_slots(step: Step) -> tuple[str, ...]:
    """Return where something may still follow."""
    taken = {branch.slot for branch in step.branches}
    return tuple(slot for slot in SLOTS.get(step.kind, ()) if slot not in taken)


def changed(root: Step, new: Step) -> Step:
    """Return the tree with a step as it is in `new`; what follows it stays, as far as its kind has room for that."""
    if root.id == new.id:
        kept = tuple(branch for branch in root.branches if branch.slot in SLOTS.get(new.kind, ()))
        return replace(new, branches=kept)
    return replace(root, branches=tuple(replace(one, step=changed(one.step, new)) for one in root.branches))


def added(root: Step, parent: str, slot: str, new: Step) -> Step:
    """Return the tree with a step more. Raises NotFound, InvalidInput when its place is taken."""
    if slot not in free_slots(find(root, parent)):
        raise InvalidInput("slot", "menus.slot_taken")
    if sum(1 for _ in steps(root)) + sum(1 for _ in steps(new)) > MOST_STEPS:
        raise InvalidInput("slot", "menus.too_many_steps", most=MOST_STEPS)
    return _with_branch(root, parent, Branch(slot, new))


def _with_branch(root: Step, parent: str, branch: Branch) -> Step:
    if root.id == parent:
        order = SLOTS[root.kind]
        return replace(root, branches=tuple(sorted((*root.branches, branch), key=lambda one: order.index(one.slot))))
    return replace(
        root, branches=tuple(replace(one, step=_with_branch(one.step, parent, branch)) for one in root.branches)
    )


def removed(root: Step, step: str) -> Step:
    """Return the tree without a step and what follows it. Raises NotFound, InvalidInput for the root."""
    if root.id == step:
        raise InvalidInput("step", "menus.root_stays")
    find(root, step)
    return _without(root, step)


def _without(root: Step, step: str) -> Step:
    kept = (one for one in root.branches if one.step.id != step)
    return replace(root, branches=tuple(replace(one, step=_without(one.step, step)) for one in kept))


def moved(root: Step, step: str, parent: str, slot: str) -> Step:
    """Return the tree with a step in another place; what is there changes places with it. Raises as the others."""
    moving = find(root, step)
    if root.id == step:
        raise InvalidInput("step", "menus.root_stays")
    if any(one.id == parent for one in steps(moving)):
        raise InvalidInput("parent", "menus.moved_into_itself")
    target = find(root, parent)
    there = next((branch.step for branch in target.branches if branch.slot == slot), None)
    if there is None or there.id == step:
        return added(removed(root, step), parent, slot, moving)
    was_at, was_slot = place(root, step)
    if any(one.id == step for one in steps(there)):
        raise InvalidInput("parent", "menus.moved_into_itself")
    without = _without(_without(root, step), there.id)
    return added(added(without, parent, slot, moving), was_at, was_slot, there)
