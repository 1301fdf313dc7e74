"""Customers: found while somebody types, found by number when a call comes in, saved without overwriting others' work.

Knows no call.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from functools import partial
from itertools import islice

from appliance.core import numbers
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.errors import InvalidInput
from appliance.core.numbers import NumberKind
from appliance.crm import models
from appliance.crm.terms import spans
from appliance.crm.types import Customer, CustomerChanged, CustomerDraft
from appliance.store.database import Database
from appliance.store.settings import Settings

_NUMBERS_AT_MOST = 20
_MEMO_AT_MOST = 10_000
_IMPORTED_AT_ONCE = 500  # so that a call's rows never wait long behind an import
_NO_CONTACT = (NumberKind.WITHHELD, NumberKind.UNAVAILABLE, NumberKind.PAYPHONE, NumberKind.EXTENSION)


class Customers:
    """Everybody the office knows."""

    def __init__(self, database: Database, settings: Settings, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._bus = bus
        self._clock = clock

    async def search(self, text: str, limit: int = 20) -> tuple[Customer, ...]:
        """Return customers whose name, company or numbers contain every word of `text`, also half-typed ones."""
        wanted = spans(text)
        if not wanted:
            return ()
        return await self._database.read(lambda: models.search(wanted, limit))

    async def newest(self, limit: int = 20) -> tuple[Customer, ...]:
        """Return the customers made last, the newest first."""
        return await self._database.read(lambda: models.newest(limit))

    async def customer(self, customer_id: int) -> Customer:
        """Return one customer. Raises NotFound."""
        return await self._database.read(lambda: models.customer(customer_id))

    async def for_number(self, number: str) -> Customer | None:
        """Return whose number this is (stored form), as far as it is certain."""
        return (await self.for_numbers((number,))).get(number)

    async def for_numbers(self, numbers: Iterable[str]) -> dict[str, Customer]:
        """Return whose numbers these are, by number, as far as it is certain; as quick for a page as for one."""
        wanted = frozenset(number for number in numbers if number)
        return await self._database.read(lambda: models.for_numbers(wanted)) if wanted else {}

    async def count(self) -> int:
        """Return how many customers there are."""
        return await self._database.read(models.count)

    async def save(self, draft: CustomerDraft, seen_ms: int | None = None) -> Customer:
        """Add or change a customer; `seen_ms` is the `updated_ms` whoever edits has seen. Publishes CustomerChanged.

        Raises InvalidInput, NotFound, Conflict when somebody changed the customer meanwhile.
        """
        checked, now = check(draft, self._area_code), self._clock.now_ms()

        def store() -> Customer:
            if checked.id is None:
                return models.add(checked, now)
            return models.change(checked.id, checked, seen_ms, now)

        customer = await self._database.write(store)
        self._bus.publish(CustomerChanged(customer.id))
        return customer

    async def remove(self, customer_id: int) -> None:
        """Remove a customer; calls stay. Raises NotFound. Publishes CustomerChanged."""
        await self._database.write(lambda: models.remove(customer_id))
        self._bus.publish(CustomerChanged(customer_id))

    async def import_many(self, drafts: Iterable[CustomerDraft], at_once: int = _IMPORTED_AT_ONCE) -> int:
        """Add new customers in bulk and return how many; publishes nothing. `at_once` of them are stored as a whole.

        More at once is faster but keeps other writes waiting: 5000 take some 0.5 s.
        Raises InvalidInput for the first draft that cannot be used; those stored before it stay.
        """
        added, source, area_code = 0, iter(drafts), self._area_code
        while some := list(islice(source, at_once)):
            checked = await asyncio.to_thread(_check_all, some, area_code)
            added += len(await self._database.write(partial(models.add_many, checked, self._clock.now_ms())))
        return added

    @property
    def _area_code(self) -> str:
        return str(self._settings.get("office.area_code"))


def _check_all(drafts: list[CustomerDraft], area_code: str) -> list[CustomerDraft]:
    return [check(draft, area_code) for draft in drafts]


def check(draft: CustomerDraft, area_code: str) -> CustomerDraft:
    """Return a draft tidied, its numbers in stored form. Raises InvalidInput."""
    name, company = _line(draft.name, "name"), _line(draft.company, "company")
    stored = tuple(dict.fromkeys(_number(entered, area_code) for entered in draft.numbers if entered.strip()))
    if not (name or company):
        raise InvalidInput("name", "crm.no_name")
    if len(stored) > _NUMBERS_AT_MOST:
        raise InvalidInput("numbers", "crm.too_many_numbers", most=_NUMBERS_AT_MOST)
    memo = draft.memo.replace("\r\n", "\n").strip()
    if len(memo) > _MEMO_AT_MOST or "\x00" in memo:
        raise InvalidInput("memo", "crm.memo_too_long", most=_MEMO_AT_MOST)
    return CustomerDraft(draft.id, name, company, stored, memo)


def _line(entered: str, field: str) -> str:
    text = " ".join(entered.split())
    if len(text) > 60 or not text.isprintable():
        raise InvalidInput(field, "crm.too_long")
    return text


def _number(entered: str, area_code: str) -> str:
    number = numbers.parse(entered, area_code=area_code)
    raw = number.kind is NumberKind.UNKNOWN and not re.fullmatch(r"\+?[0-9]{3,20}", number.stored)
    if raw or number.kind in _NO_CONTACT:
        raise InvalidInput("numbers", "crm.bad_number", number=entered.strip()[:40])
    return number.stored
