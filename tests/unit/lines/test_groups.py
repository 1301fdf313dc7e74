"""How a group looks for somebody and where its callers go at last: what is kept, what is refused."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.calls.ports import Member, Overflow, OverflowKind, Rules, Strategy
from appliance.core.errors import Conflict, InvalidInput
from appliance.lines import onward
from appliance.lines.facts import directory_of
from appliance.lines.types import Extension, LinesSnapshot, OwnNumber, RingGroup, Trunk
from tests.support.office_store import Store, opened

pytestmark = pytest.mark.unit

GROUP, EXTENSION, OUTSIDE = OverflowKind.GROUP, OverflowKind.EXTENSION, OverflowKind.OUTSIDE
DESK = RingGroup("desk", "Desk", False, ("103", "101", "102"))


async def furnished(store: Store) -> Store:
    for number in ("101", "102", "103"):
        await store.lines.add_extension(number, f"자리 {number}")
    return store


async def test_everything_of_a_group_is_the_same_after_a_restart(tmp_path: Path) -> None:
    busy = replace(
        DESK,
        ring_seconds=20,
        strategy=Strategy.LONGEST_IDLE,
        priorities={"102": 2, "101": 1},
        rounds=0,
        queue=True,
        queue_seconds=300,
        queue_limit=7,
        announce_seconds=45,
        offers_callback=True,
        overflow=Overflow(OUTSIDE, "010-1234-5678"),
    )
    async with opened(tmp_path) as store:
        kept = await (await furnished(store)).lines.add_group(busy)
        assert kept == replace(busy, priorities={"102": 2}, overflow=Overflow(OUTSIDE, "+821012345678"))
    async with opened(tmp_path) as store:
        assert kept in store.lines.snapshot().groups


async def test_call_control_gets_a_groups_members_by_priority_and_then_in_their_order(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = (await furnished(store)).lines
        await lines.add_group(replace(DESK, priorities={"103": 3}, overflow=Overflow(EXTENSION, "102")))
        seen = directory_of(lines.snapshot(), "02", Rules()).groups["desk"]
        assert seen.members == (Member("101"), Member("102"), Member("103", 3))
        assert seen.phones == ("101", "102", "103")
        assert seen.overflow == Overflow(EXTENSION, "102")
        await lines.change_extension(replace(await lines.extension("102"), enabled=False))
        seen = directory_of(lines.snapshot(), "02", Rules()).groups["desk"]
        assert seen.members == (Member("101"), Member("103", 3))
        assert seen.overflow == Overflow(), "nobody can be sent to a phone that is switched off"


async def test_in_a_group_of_everyone_all_are_tried_first(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = (await furnished(store)).lines
        main = lines.snapshot().groups[0]
        await lines.change_group(replace(main, strategy=Strategy.ROUND_ROBIN, priorities={"101": 5}))
        seen = directory_of(lines.snapshot(), "02", Rules()).groups["main"]
        assert seen.members == (Member("101"), Member("102"), Member("103"))
        assert seen.strategy is Strategy.ROUND_ROBIN


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ring_seconds", 4),
        ("ring_seconds", 301),
        ("rounds", -1),
        ("rounds", 21),
        ("rounds", 0),  # without a queue nothing would end it
        ("queue_seconds", 9),
        ("queue_seconds", 3601),
        ("queue_limit", 101),
        ("announce_seconds", 9),
        ("announce_seconds", 601),
        ("members", ()),
        ("members", ("101", "999")),
        ("music", "waltz.flac"),
        ("overflow", Overflow(GROUP, "nobody")),
        ("overflow", Overflow(GROUP)),
        ("overflow", Overflow(EXTENSION, "999")),
        ("overflow", Overflow(EXTENSION)),
        ("overflow", Overflow(OUTSIDE, "112")),
        ("overflow", Overflow(OUTSIDE, "060-700-1234")),
        ("overflow", Overflow(OUTSIDE, "")),
        ("overflow", Overflow(OverflowKind.ANNOUNCEMENT, "goodbye.flac")),
    ],
)
async def test_a_wrong_field_of_a_group_is_named(tmp_path: Path, field: str, value: Any) -> None:
    async with opened(tmp_path) as store:
        lines = (await furnished(store)).lines
        with pytest.raises(InvalidInput) as refused:
            await lines.add_group(replace(DESK, **{field: value}))
        assert refused.value.field == field
        assert [group.id for group in lines.snapshot().groups] == ["main"]


async def test_a_priority_lies_between_one_and_nine(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = (await furnished(store)).lines
        for wrong in (0, 10):
            with pytest.raises(InvalidInput) as refused:
                await lines.add_group(replace(DESK, priorities={"101": wrong}))
            assert refused.value.field == "members"


async def test_groups_may_not_overflow_in_a_circle(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = (await furnished(store)).lines
        desk = await lines.add_group(replace(DESK, overflow=Overflow(GROUP, "main")))
        night = await lines.add_group(replace(DESK, id="night", label="Night", overflow=Overflow(GROUP, "desk")))
        main = next(group for group in lines.snapshot().groups if group.id == "main")
        for group, target in ((main, "night"), (main, "main"), (desk, "night")):
            with pytest.raises(InvalidInput) as refused:
                await lines.change_group(replace(group, overflow=Overflow(GROUP, target)))
            assert refused.value.key == "lines.overflow_circle"
        with pytest.raises(InvalidInput) as refused:
            await lines.change_group(replace(main, overflow=Overflow(GROUP, "night")))
        assert refused.value.params["path"] == "전체 → Night → Desk → 전체"
        await lines.change_group(replace(night, overflow=Overflow()))
        await lines.change_group(replace(main, overflow=Overflow(GROUP, "night")))


async def test_what_a_group_leads_to_cannot_be_removed(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = (await furnished(store)).lines
        await lines.add_group(replace(DESK, members=("101",)))
        night = await lines.add_group(replace(DESK, id="night", members=("101",), overflow=Overflow(GROUP, "desk")))
        with pytest.raises(Conflict) as refused:
            await lines.remove_group("desk")
        assert refused.value.params == {"names": "Desk"}, "the label of the group that leads here"
        await lines.change_group(replace(night, overflow=Overflow(EXTENSION, "103")))
        await lines.remove_group("desk")
        with pytest.raises(Conflict):
            await lines.remove_extension("103")
        await lines.remove_extension("102")


async def test_a_number_becomes_our_own_only_when_nothing_is_sent_on_to_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = (await furnished(store)).lines
        await lines.add_trunk(Trunk("", "KT", "address", "192.0.2.10"))
        await lines.add_group(replace(DESK, overflow=Overflow(OUTSIDE, "02-555-0100")))
        with pytest.raises(Conflict) as refused:
            await lines.add_number(OwnNumber("02-555-0100", "대표번호", "kt", "main"))
        assert refused.value.field == "number"
        await lines.add_number(OwnNumber("02-555-0101", "대표번호", "kt", "main"))
        with pytest.raises(InvalidInput):
            await lines.add_group(replace(DESK, id="night", overflow=Overflow(OUTSIDE, "555-0101")))


async def test_the_group_from_which_a_phone_picks_up_must_be_there(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = (await furnished(store)).lines
        desk = await lines.add_group(DESK)
        await lines.change_extension(replace(await lines.extension("101"), pickup_group=desk.id))
        assert directory_of(lines.snapshot(), "02", Rules()).phones["101"].pickup_group == "desk"
        with pytest.raises(InvalidInput) as refused:
            await lines.change_extension(replace(await lines.extension("102"), pickup_group="none"))
        assert refused.value.field == "pickup_group"
        await lines.remove_group(desk.id)
        assert (await lines.extension("101")).pickup_group == ""


def test_every_circle_of_overflows_is_found_and_nothing_else() -> None:
    """Random offices, held against the plain definition: one ends where it began."""
    chance = random.Random(7)
    for _ in range(500):
        names = [f"g{at}" for at in range(chance.randint(1, 6))]
        groups = tuple(
            RingGroup(name, name, True, (), overflow=Overflow(GROUP, chance.choice(names)))
            if chance.random() < 0.7
            else RingGroup(name, name, True, ())
            for name in names
        )
        lines = LinesSnapshot(groups=groups)
        onto = {group.id: group.overflow.target for group in groups}
        for group in groups:
            here, comes_back = group.id, False
            for _ in names:
                here = onto.get(here, "")
                comes_back = comes_back or here == group.id
            assert _is_refused(lines, group) == comes_back


def _is_refused(lines: LinesSnapshot, group: RingGroup) -> bool:
    try:
        onward.check_group(lines, group, onward.KnownMenus())
    except InvalidInput:
        return True
    return False


# Which of our numbers a phone may show


async def test_a_phone_chooses_among_the_numbers_that_may_be_shown_its_own_first(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = store.lines
        for name in ("KT", "LGU"):
            await lines.add_trunk(Trunk("", name, "address", "192.0.2.10"))
        for number, trunk in (("02-555-0100", "kt"), ("02-555-0101", "kt"), ("070-1234-5678", "lgu")):
            await lines.add_number(OwnNumber(number, number, trunk, "main"))
        await lines.add_extension("101", "상담", "070-1234-5678")
        await lines.add_extension("102", "로비", may_call_out=False)

        def choices(extension: str) -> list[str]:
            return [line.number for line in lines.shown_choices(extension)]

        assert choices("101") == ["+827012345678", "+8225550100", "+8225550101"]
        assert choices("102") == choices("999") == []
        secret = next(one for one in lines.snapshot().numbers if one.number == "+8225550100")
        await lines.change_number(replace(secret, may_be_shown=False))
        assert choices("101") == ["+827012345678", "+8225550101"]
        await lines.change_trunk(replace(await lines.trunk("lgu"), enabled=False))
        assert choices("101") == ["+8225550101"]
        await lines.change_extension(replace(Extension("101", "상담"), enabled=False))
        assert choices("101") == []
