"""Trees of steps: what may be put to work, what is refused and in which words, how they are changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from appliance.calls.ports import Overflow, OverflowKind
from appliance.core.errors import InvalidInput
from appliance.lines.types import Extension, LinesSnapshot, RingGroup
from appliance.menus import checks, tree
from appliance.menus.types import KEYS, NEXT, TIMEOUT, Branch, Kind, Step

pytestmark = pytest.mark.unit

LINES = LinesSnapshot(
    extensions=(Extension("101", "김하나"),),
    groups=(
        RingGroup("main", "대표", True, ()),
        RingGroup("round", "돌림", True, (), overflow=Overflow(OverflowKind.MENU, "shop")),
    ),
)
AROUND = checks.Around(LINES, frozenset({"hello"}), {"shop": (), "other": ()}, {"shop": "매장", "other": "다른 메뉴"})


def choice(name: str, *branches: Branch, step: str = "") -> Step:
    return Step(step or name, Kind.CHOICE, name, announcement="hello", branches=branches)


def group(name: str, target: str = "main") -> Step:
    return Step(name, Kind.GROUP, name, target)


GOOD = choice("top", Branch("1", choice("sub", Branch("1", group("g1")))), Branch(TIMEOUT, group("g2")))


def keys(root: Step) -> list[tuple[str, str]]:
    return [(one.step, one.key) for one in checks.problems("shop", root, AROUND)]


def test_a_tree_whose_ways_all_lead_somewhere_may_be_put_to_work() -> None:
    assert keys(GOOD) == []


@pytest.mark.parametrize(
    ("step", "key"),
    [
        (Step("x", Kind.CHOICE, "x", announcement="hello"), "menus.problem.no_keys"),
        (Step("x", Kind.CHOICE, "x", dials=True), "menus.problem.silent"),
        (Step("x", Kind.SAY, "x", announcement="hello"), "menus.problem.no_next"),
        (Step("x", Kind.END, "x", announcement="gone"), "menus.problem.no_sound"),
        (Step("x", Kind.GROUP, "x", "nobody"), "menus.problem.no_group"),
        (Step("x", Kind.EXTENSION, "x", "999"), "menus.problem.no_extension"),
        (Step("x", Kind.OUTSIDE, "x"), "menus.problem.no_outside"),
        (Step("x", Kind.STEP, "x", "nowhere"), "menus.problem.no_step"),
        (Step("x", Kind.MENU, "x", "nowhere"), "menus.problem.no_menu"),
    ],
)
def test_what_leads_nowhere_is_named_at_its_step(step: Step, key: str) -> None:
    assert keys(choice("top", Branch("1", step))) == [("x", key)]


def test_a_way_back_by_a_key_is_fine_and_one_without_is_not() -> None:
    back = Step("back", Kind.STEP, "처음으로", "top")
    assert keys(choice("top", Branch("1", choice("sub", Branch("0", back))))) == []
    (found,) = checks.problems("shop", choice("top", Branch("1", group("g")), Branch(TIMEOUT, back)), AROUND)
    assert (found.key, found.params) == ("menus.problem.circle", {"path": "top → 처음으로 → top"})


def test_a_circle_over_a_group_that_overflows_to_the_menu_is_found() -> None:
    round_about = choice("top", Branch("1", group("g")), Branch(TIMEOUT, group("r", "round")))
    (found,) = checks.problems("shop", round_about, AROUND)
    assert "돌림" in str(found.params["path"])
    assert keys(choice("top", Branch("1", group("r", "round")))) == [], "who comes back pressed a key for it"


def test_a_tree_that_is_too_deep_is_refused() -> None:
    deep = group("end")
    for number in range(tree.DEEPEST):
        deep = choice(f"c{number}", Branch("1", deep))
    assert [key for _, key in keys(deep)] == ["menus.problem.too_deep"]


def test_steps_are_added_moved_changed_and_removed() -> None:
    added = tree.added(GOOD, "sub", "2", group("g3"))
    assert tree.place(added, "g3") == ("sub", "2")
    assert tree.place(tree.moved(added, "g3", "top", "5"), "g3") == ("top", "5")
    swapped = tree.moved(added, "g3", "sub", "1")
    assert (tree.place(swapped, "g3"), tree.place(swapped, "g1")) == (("sub", "1"), ("sub", "2"))
    assert [one.id for one in tree.steps(tree.removed(added, "sub"))] == ["top", "g2"]
    said = tree.changed(added, Step("sub", Kind.SAY, "안내", announcement="hello"))
    assert tree.find(said, "sub").branches == ()


@pytest.mark.parametrize(
    ("step", "parent", "slot", "key"),
    [
        ("top", "sub", "2", "menus.root_stays"),
        ("sub", "sub", "2", "menus.moved_into_itself"),
        ("g1", "top", NEXT, "menus.slot_taken"),
    ],
)
def test_a_step_is_not_moved_where_it_cannot_be(step: str, parent: str, slot: str, key: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        tree.moved(GOOD, step, parent, slot)
    assert refused.value.key == key


@given(some.lists(some.tuples(some.sampled_from(KEYS), some.sampled_from(KEYS)), max_size=12))
def test_moving_loses_no_step(moves: list[tuple[str, str]]) -> None:
    root = choice("top", *(Branch(key, group(f"g{key}")) for key in "123"))
    before = sorted(one.id for one in tree.steps(root))
    for of, to in moves:
        if f"g{of}" in before:
            root = tree.moved(root, f"g{of}", "top", to)
    assert sorted(one.id for one in tree.steps(root)) == before
