"""Forwards of extensions and own numbers: kept, switched, refused, and what call control sees of them."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.calls.ports import Forward, ForwardWhen, Rules, Schedule
from appliance.core.errors import Conflict, InvalidInput, NotFound
from appliance.lines import onward
from appliance.lines.facts import directory_of
from appliance.lines.types import Extension, KeptForward, LinesChanged, LinesSnapshot, OwnNumber, Trunk
from tests.support.office_store import Store, opened

pytestmark = pytest.mark.unit

ALWAYS, BUSY, NO_ANSWER, UNREACHABLE = ForwardWhen
OFFICE = "+8225550100"
MOBILE = "+821012345678"
NIGHTS = Schedule(frozenset(range(5)), 19 * 60, 8 * 60 + 30)


async def furnished(store: Store) -> Store:
    for number in ("101", "102", "103"):
        await store.lines.add_extension(number, f"자리 {number}")
    await store.lines.add_trunk(Trunk("", "KT", "address", "192.0.2.10"))
    await store.lines.add_number(OwnNumber("02-555-0100", "대표번호", "kt", "main"))
    store.published.clear()
    return store


def seen(store: Store, owner: str) -> tuple[Forward, ...]:
    """Return what call control sees of an owner's forwards."""
    directory = directory_of(store.lines.snapshot(), "02", Rules())
    return (directory.phones.get(owner) or directory.lines[owner]).forwards


async def test_forwards_are_the_same_after_a_restart_those_for_certain_hours_first(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = (await furnished(store)).lines
        await lines.set_forward("101", Forward(NO_ANSWER, "102", 15))
        await lines.set_forward("101", Forward(ALWAYS, "103"))
        await lines.set_forward("101", Forward(ALWAYS, "010-1234-5678", schedule=NIGHTS))
        await lines.set_forward(OFFICE, Forward(UNREACHABLE, "010 1234 5678"))
        assert store.published == [LinesChanged("forwards")] * 4
    async with opened(tmp_path) as store:
        assert seen(store, "101") == (
            Forward(ALWAYS, MOBILE, schedule=NIGHTS),
            Forward(ALWAYS, "103"),
            Forward(NO_ANSWER, "102", 15),
        )
        assert seen(store, OFFICE) == (Forward(UNREACHABLE, MOBILE),)
        ids = [kept.id for kept in await store.lines.forwards("101")]
        assert ids == ["always-01234-1900-0830", "always", "no_answer"]


async def test_a_forward_that_is_switched_off_keeps_its_target(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = (await furnished(store)).lines
        await lines.set_forward("101", Forward(BUSY, "102"))
        await lines.set_forward("101", Forward(ALWAYS, "103"))
        await lines.set_forward("101", None, BUSY)
        assert seen(store, "101") == (Forward(ALWAYS, "103"),)
        assert [one.enabled for one in await lines.set_forward("101", None)] == [False, False]
        assert seen(store, "101") == ()
        kept = await lines.switch_forward("101", "busy", True)
        assert kept == (KeptForward(Forward(ALWAYS, "103"), False), KeptForward(Forward(BUSY, "102"), True))
        assert await lines.remove_forward("101", "always") == kept[1:]


async def test_of_each_kind_and_schedule_there_is_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = (await furnished(store)).lines
        await lines.set_forward("101", Forward(BUSY, "102"))
        await lines.set_forward("101", Forward(BUSY, "103"))  # a code dialled again: the new target counts
        assert seen(store, "101") == (Forward(BUSY, "103"),)
        with pytest.raises(Conflict):
            await lines.set_forward("101", Forward(BUSY, "102"), replaces="")
        await lines.set_forward("101", Forward(BUSY, "102", schedule=NIGHTS), replaces="")
        with pytest.raises(Conflict):
            await lines.set_forward("101", Forward(BUSY, "102"), replaces="busy-01234-1900-0830")
        assert [kept.id for kept in await lines.forwards("101")] == ["busy-01234-1900-0830", "busy"]
        await lines.set_forward("101", Forward(UNREACHABLE, "102"), replaces="busy")
        assert [kept.id for kept in await lines.forwards("101")] == ["busy-01234-1900-0830", "unreachable"]


@pytest.mark.parametrize(
    "target", ["", "999", "112", "119", "02-112", "114", "060-700-1234", "02-555-0100", "hello", "1"]
)
async def test_calls_are_not_sent_where_nobody_should_get_them(tmp_path: Path, target: str) -> None:
    async with opened(tmp_path) as store:
        lines = (await furnished(store)).lines
        for owner in ("101", OFFICE):
            with pytest.raises(InvalidInput) as refused:
                await lines.set_forward(owner, Forward(ALWAYS, target))
            assert refused.value.field == "target"
            assert await lines.forwards(owner) == ()


@pytest.mark.parametrize(
    ("forward", "field"),
    [
        (Forward(NO_ANSWER, "102", 4), "after_seconds"),
        (Forward(NO_ANSWER, "102", 301), "after_seconds"),
        (Forward(ALWAYS, "102", schedule=Schedule(frozenset(), 0, 0)), "schedule"),
        (Forward(ALWAYS, "102", schedule=Schedule(frozenset({7}), 0, 0)), "schedule"),
        (Forward(ALWAYS, "102", schedule=Schedule(frozenset({1}), 0, 1440)), "schedule"),
        (Forward(ALWAYS, "102", schedule=Schedule(frozenset({1}), -1, 60)), "schedule"),
    ],
)
async def test_a_wrong_field_of_a_forward_is_named(tmp_path: Path, forward: Forward, field: str) -> None:
    async with opened(tmp_path) as store:
        lines = (await furnished(store)).lines
        with pytest.raises(InvalidInput) as refused:
            await lines.set_forward("101", forward)
        assert refused.value.field == field


async def test_extensions_may_not_forward_in_a_circle(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = (await furnished(store)).lines
        await lines.set_forward("101", Forward(BUSY, "102"))
        await lines.set_forward("102", Forward(NO_ANSWER, "103"))
        for target in ("101", "103"):
            with pytest.raises(InvalidInput) as refused:
                await lines.set_forward("103", Forward(ALWAYS, target))
            assert refused.value.key == "lines.forward_circle"
        with pytest.raises(InvalidInput) as refused:
            await lines.set_forward("103", Forward(ALWAYS, "101"))
        assert refused.value.params["path"] == "103 → 101 → 102 → 103"
        assert await lines.forwards("103") == ()
        # One that is switched off leads nowhere, but is looked at when it is switched on.
        await lines.set_forward("103", Forward(ALWAYS, "101"), enabled=False)
        with pytest.raises(InvalidInput):
            await lines.switch_forward("103", "always", True)
        await lines.set_forward("102", None)
        await lines.switch_forward("103", "always", True)


async def test_only_who_may_call_out_forwards_outside(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = (await furnished(store)).lines
        await lines.set_forward("101", Forward(ALWAYS, MOBILE))
        await lines.set_forward("101", Forward(BUSY, "102"))
        may = Extension("101", "상담")
        for may_not in (replace(may, may_call_out=False), replace(may, may_forward_out=False)):
            await lines.change_extension(may_not)
            assert seen(store, "101") == (Forward(BUSY, "102"),), "what is kept for outside does not work any more"
            assert not directory_of(lines.snapshot(), "02", Rules()).phones["101"].may_forward_out
            with pytest.raises(InvalidInput) as refused:
                await lines.set_forward("101", Forward(BUSY, "010-2222-3333"))
            assert refused.value.key == "lines.may_not_forward_out"
        await lines.change_extension(may)
        assert seen(store, "101") == (Forward(ALWAYS, MOBILE), Forward(BUSY, "102"))


async def test_a_forward_to_a_phone_that_is_switched_off_rests(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = (await furnished(store)).lines
        await lines.set_forward("101", Forward(ALWAYS, "102"))
        await lines.change_extension(replace(await lines.extension("102"), enabled=False))
        assert seen(store, "101") == ()


async def test_an_extension_to_which_others_forward_stays_and_takes_its_own_forwards_along(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = (await furnished(store)).lines
        await lines.set_forward("101", Forward(ALWAYS, "102"))
        await lines.set_forward(OFFICE, Forward(BUSY, "102"), enabled=False)
        with pytest.raises(Conflict) as refused:
            await lines.remove_extension("102")
        assert refused.value.params == {"names": "02-555-0100, 101"}
        await lines.remove_extension("101")
        await lines.remove_number(OFFICE)
        await lines.remove_extension("102")
        assert lines.snapshot().forwards == {}
        await lines.add_extension("101", "다시")
        assert await lines.forwards("101") == ()


async def test_what_is_not_there_cannot_be_forwarded(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = (await furnished(store)).lines
        for owner in ("999", "+8225550199", ""):
            with pytest.raises(NotFound):
                await lines.forwards(owner)
            with pytest.raises(NotFound):
                await lines.set_forward(owner, Forward(ALWAYS, "101"))
            with pytest.raises(NotFound):
                await lines.set_forward(owner, None)
        for change in (lines.remove_forward("101", "busy"), lines.switch_forward("101", "busy", True)):
            with pytest.raises(NotFound):
                await change


def test_every_circle_of_forwards_is_found_and_nothing_else() -> None:
    """Random offices, held against the plain definition: whoever can be reached from a phone reaches it again."""
    chance = random.Random(11)
    for _ in range(500):
        phones = [str(101 + at) for at in range(chance.randint(1, 6))]
        forwards = {
            phone: tuple(
                KeptForward(Forward(when, chance.choice(phones)), chance.random() < 0.8)
                for when in chance.sample(tuple(ForwardWhen), chance.randint(0, 2))
            )
            for phone in phones
        }
        lines = LinesSnapshot(extensions=tuple(Extension(phone, phone) for phone in phones), forwards=forwards)
        reach = {phone: {kept.forward.target for kept in forwards[phone] if kept.enabled} for phone in phones}
        for _ in phones:
            reach = {phone: there | {far for near in there for far in reach[near]} for phone, there in reach.items()}
        for phone in phones:
            refused = any(_is_refused(lines, phone, kept) for kept in forwards[phone])
            assert refused == (phone in reach[phone])


def _is_refused(lines: LinesSnapshot, owner: str, kept: KeptForward) -> bool:
    try:
        onward.check_forward(lines, owner, kept)
    except InvalidInput:
        return True
    return False
