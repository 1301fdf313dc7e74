"""Customers: saved without losing anybody's work, found by name and by number."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from appliance.calls.ports import Caller
from appliance.core.errors import Conflict, InvalidInput, NotFound
from appliance.crm.lookup import CustomerLookup
from appliance.crm.types import Customer, CustomerChanged, CustomerDraft
from tests.support.office_store import Store, opened

pytestmark = pytest.mark.unit

HONG = CustomerDraft(None, "홍길동", "대한상사", ("010-1234-5678", "02-777-8888"), "단골")


async def found(store: Store, text: str) -> list[str]:
    return [customer.name for customer in await store.customers.search(text)]


async def test_a_saved_customer_is_found_by_everything(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        saved = await store.customers.save(HONG)
        assert saved.numbers == ("+821012345678", "+8227778888")
        assert store.published == [CustomerChanged(saved.id)]
        assert await store.customers.customer(saved.id) == saved
        for text in ("길동", "대한", "5678", "02-777", "홍길동 대한"):
            assert await store.customers.search(text) == (saved,), text


async def test_a_changed_customer_is_found_by_what_is_true_now(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        saved = await store.customers.save(HONG)
        await store.customers.save(CustomerDraft(saved.id, "홍길순", "", ("010-9999-0000",)), saved.updated_ms)
        assert await found(store, "길순") == ["홍길순"]
        assert await found(store, "9999") == ["홍길순"]
        assert [await found(store, text) for text in ("길동", "대한", "5678")] == [[], [], []]


async def test_names_that_begin_with_it_come_first(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for name, company in (("박대한", ""), ("대한민", ""), ("가나다", "대한상사"), ("대한국", "")):
            await store.customers.save(CustomerDraft(None, name, company))
        assert await found(store, "대한") == ["대한국", "대한민", "가나다", "박대한"]


async def test_no_more_than_asked_for_are_returned(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.customers.import_many(CustomerDraft(None, f"김{n}") for n in range(150))
        assert len(await store.customers.search("김", limit=7)) == 7


async def test_two_who_edit_at_once_do_not_overwrite_each_other(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        seen = await store.customers.save(HONG)
        edits = (CustomerDraft(seen.id, "홍길동", "대한상사", seen.numbers, memo) for memo in ("먼저", "나중"))
        results = await asyncio.gather(
            *(store.customers.save(edit, seen.updated_ms) for edit in edits), return_exceptions=True
        )
        assert [type(result) for result in results] == [Customer, Conflict]
        assert (await store.customers.customer(seen.id)).memo == "먼저"


async def test_a_removed_customer_is_gone(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        saved = await store.customers.save(HONG)
        await store.customers.remove(saved.id)
        assert await found(store, "길동") == []
        assert await store.customers.for_number("+821012345678") is None
        for gone in (store.customers.customer(saved.id), store.customers.remove(saved.id)):
            with pytest.raises(NotFound):
                await gone


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (CustomerDraft(None, " ", ""), "name"),
        (CustomerDraft(None, "x" * 61), "name"),
        (CustomerDraft(None, "홍길동", "x" * 61), "company"),
        (CustomerDraft(None, "홍길동", "", ("hello",)), "numbers"),
        (CustomerDraft(None, "홍길동", "", ("201",)), "numbers"),
        (CustomerDraft(None, "홍길동", "", ("anonymous",)), "numbers"),
        (CustomerDraft(None, "홍길동", "", tuple(f"010-1234-{n:04}" for n in range(21))), "numbers"),
        (CustomerDraft(None, "홍길동", memo="x" * 10_001), "memo"),
    ],
)
async def test_a_wrong_field_is_named(tmp_path: Path, draft: CustomerDraft, field: str) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(InvalidInput) as refused:
            await store.customers.save(draft)
        assert refused.value.field == field
        assert await store.customers.count() == 0


async def test_empty_and_double_numbers_are_left_out(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        saved = await store.customers.save(CustomerDraft(None, "홍길동", "", ("", "010-1234-5678", "+82 10 1234 5678")))
        assert saved.numbers == ("+821012345678",)


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("+821012345678", "홍길동"),
        ("12345678", "홍길동"),  # no rule knows it: the last eight digits
        ("+82212345678", None),  # 02-1234-5678 ends alike but is somebody else
        ("+8215881234", "대표번호"),
        ("15881234", None),  # eight digits of a representative number prove nothing
        ("+12125551234", "Smith"),
        ("+8211112222", None),
        ("", None),
        ("119", None),
    ],
)
async def test_a_caller_is_recognised_only_when_it_is_certain(tmp_path: Path, number: str, name: str | None) -> None:
    async with opened(tmp_path) as store:
        await store.customers.save(HONG)
        await store.customers.save(CustomerDraft(None, "대표번호", "", ("1588-1234",)))
        await store.customers.save(CustomerDraft(None, "Smith", "", ("+1 212 555 1234",)))
        caller = await CustomerLookup(store.customers).who_is(number)
        assert (caller.name if caller else None) == name


async def test_when_two_have_the_number_the_one_changed_last_is_named(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first = await store.customers.save(HONG)
        store.clock.pass_seconds(1)
        await store.customers.save(CustomerDraft(None, "홍어머니", "", ("010-1234-5678",)))
        assert (await CustomerLookup(store.customers).who_is("+821012345678")) == Caller(first.id + 1, "홍어머니", "")


async def test_an_ending_that_fits_two_customers_names_neither(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.customers.save(HONG)
        await store.customers.save(CustomerDraft(None, "홍아우", "", ("02-1234-5678",)))
        assert await store.customers.for_number("12345678") is None


async def test_many_numbers_are_looked_up_at_once_by_the_same_rules(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.customers.save(HONG)
        await store.customers.save(CustomerDraft(None, "Smith", "", ("+1 212 555 1234",)))
        asked = ("+821012345678", "12345678", "+12125551234", "+82212345678", "+821012345678", "119", "")
        found = await store.customers.for_numbers(asked)
        assert {number: customer.name for number, customer in found.items()} == {
            "+821012345678": "홍길동",
            "12345678": "홍길동",
            "+12125551234": "Smith",
        }
        assert await store.customers.for_numbers(()) == {}


async def test_imported_customers_are_found_like_any_other(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        drafts = (CustomerDraft(None, f"고객{n}", "", (f"010-2000-{n:04}",)) for n in range(1203))
        assert await store.customers.import_many(drafts) == 1203
        assert await store.customers.count() == 1203
        assert await found(store, "고객1202") == ["고객1202"]
        owner = await store.customers.for_number("+821020001202")
        assert owner
        assert owner.name == "고객1202"
