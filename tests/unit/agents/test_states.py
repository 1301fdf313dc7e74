"""The kinds of states as an office keeps them: its own, those of the box, retired and removed ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.agents.types import Colour, KindDraft
from appliance.core.errors import Conflict, InvalidInput, NotFound
from tests.unit.agents.desk_office import ME, desk_office

pytestmark = pytest.mark.unit

BREAK = KindDraft("휴식", "Tea break", Colour.TEAL, working=False, direct_calls=True)


async def test_a_kind_of_ones_own_is_chosen_like_the_others(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        made = await office.agents.states.add(BREAK)
        assert (made.key, made.named("ko"), made.named("en")) == ("tea_break", "휴식", "Tea break")
        await office.at("101")
        await office.agents.choose("101", "tea_break", "", ME)
        assert (office.available("101").group_calls, office.available("101").direct_calls) == (False, True)
        clock = office.clock
    async with desk_office(tmp_path, clock, {"101"}) as office:
        assert office.view("101").kind == made
        assert office.agents.choices()[-1] == made


async def test_no_two_kinds_are_alike(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        states = office.agents.states
        await states.add(BREAK)
        for ko, en, field in (
            ("휴식", "Rest", "ko"),
            ("휴 식", "Rest", "ko"),
            ("쉼", "TEA BREAK", "en"),
            ("점심", "Rest", "ko"),
            ("쉼", "lunch", "en"),
        ):
            with pytest.raises(Conflict) as refused:
                await states.add(KindDraft(ko, en))
            assert refused.value.field == field
        await states.retire("tea_break")
        with pytest.raises(Conflict, match="kind_retired"):
            await states.add(KindDraft("휴식", "Rest"))
        await states.change("tea_break", KindDraft("휴식", "Tea time"))
        assert states.get("tea_break").en == "Tea time"


@pytest.mark.parametrize(
    ("draft", "field"),
    [(KindDraft("", " "), "ko"), (KindDraft("가" * 31, "x"), "ko"), (KindDraft("외근", "x" * 31), "en")],
)
async def test_a_kind_that_cannot_be_is_refused_beside_its_field(tmp_path: Path, draft: KindDraft, field: str) -> None:
    async with desk_office(tmp_path) as office:
        with pytest.raises(InvalidInput) as refused:
            await office.agents.states.add(draft)
        assert refused.value.field == field


async def test_one_language_is_enough_and_keys_are_told_apart(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        states = office.agents.states
        first, second = await states.add(KindDraft("외근", "")), await states.add(KindDraft("당직", ""))
        assert (first.named("en"), first.key, second.key) == ("외근", "own", "own_2")
        assert (await states.add(KindDraft("", "Field work"), "field")).key == "field"
        with pytest.raises(Conflict):
            await states.add(KindDraft("", "Other"), "field")
        for key in ("add", "Upper", "1st", "a b"):
            with pytest.raises(InvalidInput):
                await states.add(KindDraft("", "Other"), key)


async def test_a_used_kind_is_retired_and_an_unused_one_may_go(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        states = office.agents.states
        await states.add(BREAK)
        await states.add(KindDraft("외근", "Field"))
        await office.at("101")
        await office.agents.choose("101", "tea_break", "", ME)
        with pytest.raises(Conflict):
            await states.remove("tea_break")
        await states.retire("tea_break")
        assert "tea_break" not in [kind.key for kind in office.agents.choices()]
        assert office.view("101").kind.named("ko") == "휴식"  # whoever is in it stays so
        with pytest.raises(InvalidInput):
            await office.agents.choose("102", "tea_break", "", ME)
        await states.retire("tea_break", retired=False)
        assert "tea_break" in [kind.key for kind in office.agents.choices()]
        await states.remove("field")
        with pytest.raises(NotFound):
            await states.remove("field")
        assert await states.used() == {"ready", "tea_break"}


async def test_the_box_keeps_what_it_needs_and_an_office_decides_the_rest(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        states = office.agents.states
        heard: list[str] = []
        office.desks.changed(heard.append)
        await office.at("101")
        await office.agents.choose("101", "lunch", "", ME)
        heard.clear()
        await states.change("lunch", KindDraft("", "", Colour.RED, working=False, direct_calls=True))
        assert (states.get("lunch").named("ko"), states.get("lunch").colour) == ("점심", Colour.RED)
        assert office.available("101").direct_calls
        assert heard == ["101"]
        with pytest.raises(InvalidInput):
            await states.change("ready", KindDraft("", "", Colour.GREEN, working=True, direct_calls=False))
        for key in ("ready", "not_answering"):
            with pytest.raises(Conflict):
                await states.retire(key)
            with pytest.raises(Conflict):
                await states.remove(key)
        await states.retire("training")
        assert "training" not in [kind.key for kind in office.agents.choices()]


async def test_the_order_is_the_offices_and_outlasts_a_restart(tmp_path: Path) -> None:
    async with desk_office(tmp_path) as office:
        await office.agents.states.add(BREAK)
        await office.agents.states.move("tea_break", 2)
        clock = office.clock
    async with desk_office(tmp_path, clock) as office:
        assert [kind.key for kind in office.agents.choices()][:3] == ["ready", "tea_break", "after_call"]
        await office.agents.states.move("tea_break", 99)
        assert office.agents.states.all()[-1].key == "tea_break"
