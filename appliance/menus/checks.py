"""What is wrong with a tree: paths that lead nowhere, or round without end. Pure; knows no table.

Ways that a caller takes by a key may lead anywhere, also back: they can always let it be. Ways on which nobody presses
anything must come to an end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from appliance.calls.ports import Overflow, OverflowKind
from appliance.core.errors import InvalidInput
from appliance.lines import onward
from appliance.lines.types import LinesSnapshot
from appliance.menus.tree import DEEPEST, depth, steps
from appliance.menus.types import KEYS, SLOTS, TARGETED, Branch, Kind, Problem, Step

LONGEST_NAME = 40
_LEAST_SECONDS, _MOST_SECONDS = 1, 30
_MOST_TRIES = 9
_GOES_ON = {Kind.GROUP: OverflowKind.GROUP, Kind.MENU: OverflowKind.MENU}


@dataclass(frozen=True)
class Around:
    """What a menu may lead to. `menus` are those callers can hear: where each leads when nobody presses a key."""

    lines: LinesSnapshot = field(default_factory=LinesSnapshot)
    sounds: frozenset[str] = frozenset()
    menus: Mapping[str, tuple[Overflow, ...]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    area_code: str = "02"


def label(entered: str) -> str:
    """Return a menu's name tidied. Raises InvalidInput."""
    return _name(entered, "label")


def _name(entered: str, field: str) -> str:
    text = " ".join(entered.split())
    if not 1 <= len(text) <= LONGEST_NAME or not text.isprintable():
        raise InvalidInput(field, "menus.bad_name", most=LONGEST_NAME)
    return text


def step(entered: Step, around: Around) -> Step:
    """Return one step tidied, without what follows it. Raises InvalidInput for what can never be right."""
    if not _LEAST_SECONDS <= entered.seconds <= _MOST_SECONDS:
        raise InvalidInput("seconds", "menus.bad_seconds", least=_LEAST_SECONDS, most=_MOST_SECONDS)
    if not 1 <= entered.tries <= _MOST_TRIES:
        raise InvalidInput("tries", "menus.bad_tries", most=_MOST_TRIES)
    target = entered.target.strip() if entered.kind in TARGETED else ""
    if entered.kind is Kind.OUTSIDE and target:
        target = onward.outside(around.lines, target, around.area_code, "target")
    return replace(entered, name=_name(entered.name, "name"), target=target)


def whole(root: Step, around: Around) -> Step:
    """Return a whole tree tidied. Raises InvalidInput."""
    root = _numbered(root)
    found = [one.id for one in steps(root)]
    if len(set(found)) != len(found) or not all(one.isascii() and one.isalnum() for one in found):
        raise InvalidInput("root", "menus.bad_ids")
    return _tidy(root, around)


def _numbered(root: Step) -> Step:
    """Return a tree whose steps all have an id."""
    taken = {one.id for one in steps(root)}
    free = (name for number in count(1) if (name := f"s{number}") not in taken)

    def named(one: Step) -> Step:
        branches = tuple(Branch(branch.slot, named(branch.step)) for branch in one.branches)
        return replace(one, id=one.id or next(free), branches=branches)

    return named(root)


def _tidy(root: Step, around: Around) -> Step:
    slots = SLOTS.get(root.kind, ())
    used = [branch.slot for branch in root.branches]
    if len(set(used)) != len(used) or not set(used) <= set(slots):
        raise InvalidInput("root", "menus.bad_slots", step=root.name)
    ordered = sorted(root.branches, key=lambda one: slots.index(one.slot))
    branches = tuple(Branch(one.slot, _tidy(one.step, around)) for one in ordered)
    return replace(step(root, around), branches=branches)


# ------------------------------------------------------------------------------------------------------- problems


def problems(menu: str, root: Step, around: Around) -> tuple[Problem, ...]:
    """Return everything that keeps a tree from being put to work, from its top on."""
    found = [problem for one in steps(root) for problem in _at(one, root, around)]
    if depth(root) > DEEPEST:
        found.append(Problem(root.id, "menus.problem.too_deep", {"most": DEEPEST}))
    if not found:
        found += _circles(menu, root, around)
    return tuple(found)


def _at(one: Step, root: Step, around: Around) -> Iterator[Problem]:
    if one.announcement and one.announcement not in around.sounds:
        yield Problem(one.id, "menus.problem.no_sound")
    if one.kind in (Kind.CHOICE, Kind.SAY) and not one.announcement:
        yield Problem(one.id, "menus.problem.silent")
    if one.kind is Kind.CHOICE and not one.dials and not any(branch.slot in KEYS for branch in one.branches):
        yield Problem(one.id, "menus.problem.no_keys")
    if one.kind is Kind.SAY and not one.branches:
        yield Problem(one.id, "menus.problem.no_next")
    if one.kind in TARGETED and one.target not in _there(one.kind, root, around, one.target):
        yield Problem(one.id, f"menus.problem.no_{one.kind}")


def _there(kind: Kind, root: Step, around: Around, target: str) -> frozenset[str]:
    if kind is Kind.GROUP:
        return frozenset(one.id for one in around.lines.groups)
    if kind is Kind.EXTENSION:
        return frozenset(one.number for one in around.lines.extensions)
    if kind is Kind.STEP:
        return frozenset(one.id for one in steps(root))
    return frozenset(around.menus) if kind is Kind.MENU else frozenset({target} - {""})


def _by_itself(root: Step) -> dict[str, list[str]]:
    """Return, for each step, to which steps it leads when nobody presses a key."""
    leads = {one.id: [b.step.id for b in one.branches if b.slot not in KEYS] for one in steps(root)}
    return leads | {one.id: [one.target] for one in steps(root) if one.kind is Kind.STEP}


def _circles(menu: str, root: Step, around: Around) -> Iterator[Problem]:
    names = {one.id: one.name for one in steps(root)}
    leads = _by_itself(root)
    for one in names:
        if way := onward.way_back(one, lambda at: leads[at]):
            yield Problem(one, "menus.problem.circle", {"path": " → ".join(names[step] for step in way)})
            return
    known = {**around.menus, menu: leads_to(root)}
    start = Overflow(OverflowKind.MENU, menu)
    if path := onward.circle(around.lines, known, {**around.labels, menu: root.name}, start):
        yield Problem(root.id, "menus.problem.circle", {"path": path})


def leads_to(root: Step) -> tuple[Overflow, ...]:
    """Return the groups and menus to which a tree leads from its top when nobody presses a key."""
    all_steps, leads = {one.id: one for one in steps(root)}, _by_itself(root)
    seen, ahead = {root.id}, [root.id]
    while ahead:
        for following in leads.get(ahead.pop(), ()):
            if following in all_steps and following not in seen:
                seen.add(following)
                ahead.append(following)
    found = (all_steps[one] for one in sorted(seen))
    return tuple(Overflow(_GOES_ON[one.kind], one.target) for one in found if one.kind in _GOES_ON)


def first_words(problem: Problem, root: Step) -> dict[str, object]:
    """Return what fills the words that refuse a tree: at which step."""
    name = next((one.name for one in steps(root) if one.id == problem.step), "")
    return {"step": name} | problem.params
