"""The tables of customers with their queries. Used in the database's threads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from peewee import AutoField, BigIntegerField, BlobField, CompositeKey, ForeignKeyField, IntegerField, TextField

from appliance.core import numbers
from appliance.core.errors import Conflict, NotFound
from appliance.crm.terms import Span, fold, terms_of
from appliance.crm.types import Customer, CustomerDraft
from appliance.store.base import BaseModel, insert_all, insert_plain, plain_rows

_LOOKED_AT = 100  # of those that fit, how many are put in order
_COMBINED = 20_000  # of those that fit one word, how many are compared with the other words


class CustomerRow(BaseModel):
    """A person or company that calls."""

    id = AutoField()
    name = TextField()
    company = TextField()
    memo = TextField()
    updated_ms = BigIntegerField()

    class Meta:
        """Name of the table."""

        table_name = "customer"


class NumberRow(BaseModel):
    """A number of a customer."""

    customer = ForeignKeyField(CustomerRow, on_delete="CASCADE", lazy_load=False)
    position = IntegerField()
    number = TextField(index=True)
    last8 = TextField(index=True)

    class Meta:
        """Name of the table."""

        table_name = "customer_number"
        primary_key = CompositeKey("customer", "position")


class TermRow(BaseModel):
    """An ending of a name, company or number, from which a search finds the customer."""

    term = BlobField()
    customer = IntegerField()

    class Meta:
        """Name of the table."""

        table_name = "customer_term"
        primary_key = CompositeKey("term", "customer")


def load(ids: Iterable[int]) -> list[Customer]:
    """Return customers by id, in no particular order; those that do not exist are left out."""
    wanted = list(ids)
    if not wanted:
        return []
    known: dict[int, list[str]] = {}
    rows = NumberRow.select(NumberRow.customer, NumberRow.number).where(NumberRow.customer.in_(wanted))
    for owner, number in plain_rows(rows.order_by(NumberRow.customer, NumberRow.position)):
        known.setdefault(owner, []).append(number)
    columns = (CustomerRow.id, CustomerRow.name, CustomerRow.company, CustomerRow.memo, CustomerRow.updated_ms)
    return [
        Customer(id_, name, company, tuple(known.get(id_, ())), memo, updated_ms)
        for id_, name, company, memo, updated_ms in plain_rows(
            CustomerRow.select(*columns).where(CustomerRow.id.in_(wanted))
        )
    ]


def customer(customer_id: int) -> Customer:
    """Return one customer. Raises NotFound."""
    found = load([customer_id])
    if not found:
        raise NotFound("crm.no_such_customer")
    return found[0]


def search(spans: Sequence[Span], limit: int) -> tuple[Customer, ...]:
    """Return customers with a term in every range; names that begin with the first word come first, then by name."""
    found = load(_fitting(spans))
    found.sort(key=lambda c: (not spans[0].holds(fold(c.name).encode()), c.name, c.id))
    return tuple(found[:limit])


def newest(limit: int) -> tuple[Customer, ...]:
    """Return the customers made last, the newest first."""
    rows = CustomerRow.select(CustomerRow.id).order_by(CustomerRow.id.desc()).limit(limit)
    found = load([int(row[0]) for row in plain_rows(rows)])
    return tuple(sorted(found, key=lambda customer: -customer.id))


def _fitting(spans: Sequence[Span]) -> list[int]:
    first, *others = sorted(spans, key=lambda span: -len(span.low))
    if not others:
        # In the order of the index, where whole endings ("5678" of a number) stand before longer ones.
        query = _having(first).order_by(TermRow.term, TermRow.customer).limit(_LOOKED_AT)
    else:
        some = _having(first).limit(_COMBINED).alias("some")
        query = TermRow.select(some.c.customer_id).from_(some).limit(_LOOKED_AT)
        for span in others:
            query = query.where(some.c.customer_id.in_(_having(span).limit(_COMBINED)))
    return list({int(row[0]): None for row in plain_rows(query)})


def _having(span: Span) -> Any:
    return TermRow.select(TermRow.customer.alias("customer_id")).where(
        TermRow.term >= span.low, TermRow.term < span.high
    )


def for_numbers(wanted: Iterable[str]) -> dict[str, Customer]:
    """Return whose numbers these are (stored form); the one changed last when several have it. Strangers are left out.

    A number that no rule knows is compared by its last eight digits, when just one customer fits: two numbers in E.164
    form that differ are different numbers, however they end.
    """
    endings = {number: numbers.last8(number) for number in wanted if number}
    columns = NumberRow.select(NumberRow.number, NumberRow.last8, NumberRow.customer)
    alike = NumberRow.last8.in_([*{ending for ending in endings.values() if ending}])
    rows = plain_rows(columns.where(NumberRow.number.in_([*endings]) | alike))
    by_number: dict[str, set[int]] = {}
    by_ending: dict[tuple[str, bool], set[int]] = {}
    for number, ending, owner in rows:
        by_number.setdefault(number, set()).add(owner)
        by_ending.setdefault((ending, number.startswith("+")), set()).add(owner)
    owners = {number: by_number.get(number) or _only(by_ending, number, endings[number]) for number in endings}
    known = {one.id: one for one in load(set().union(*owners.values()))}
    return {
        number: max((known[owner] for owner in found), key=lambda one: one.updated_ms)
        for number, found in owners.items()
        if found
    }


def _only(by_ending: dict[tuple[str, bool], set[int]], number: str, ending: str) -> set[int]:
    """Return the one customer who has a number with this ending, as far as it may be the same number."""
    found = by_ending.get((ending, False), set()) if ending else set()
    if ending and not number.startswith("+"):
        found = found | by_ending.get((ending, True), set())
    return found if len(found) == 1 else set()


def add(draft: CustomerDraft, now_ms: int) -> Customer:
    """Add a customer whose draft was checked."""
    row = CustomerRow.create(name=draft.name, company=draft.company, memo=draft.memo, updated_ms=now_ms)
    _set_numbers(row.id, draft.numbers)
    _set_terms(row.id, frozenset(), terms_of(draft.name, draft.company, draft.numbers))
    return Customer(row.id, draft.name, draft.company, draft.numbers, draft.memo, now_ms)


def change(customer_id: int, draft: CustomerDraft, seen_ms: int | None, now_ms: int) -> Customer:
    """Change a customer whose draft was checked. Raises NotFound, Conflict when it is not as it was seen."""
    before = customer(customer_id)
    if seen_ms is not None and before.updated_ms != seen_ms:
        raise Conflict("crm.changed_meanwhile")
    version = max(now_ms, before.updated_ms + 1)
    columns = {"name": draft.name, "company": draft.company, "memo": draft.memo, "updated_ms": version}
    CustomerRow.update(**columns).where(CustomerRow.id == customer_id).execute()
    if draft.numbers != before.numbers:
        NumberRow.delete().where(NumberRow.customer == customer_id).execute()
        _set_numbers(customer_id, draft.numbers)
    old = terms_of(before.name, before.company, before.numbers)
    _set_terms(customer_id, old, terms_of(draft.name, draft.company, draft.numbers))
    return Customer(customer_id, draft.name, draft.company, draft.numbers, draft.memo, version)


def remove(customer_id: int) -> None:
    """Remove a customer. Raises NotFound."""
    before = customer(customer_id)
    _set_terms(customer_id, terms_of(before.name, before.company, before.numbers), frozenset())
    CustomerRow.delete().where(CustomerRow.id == customer_id).execute()


def add_many(drafts: Sequence[CustomerDraft], now_ms: int) -> list[int]:
    """Add customers whose drafts were checked; return their ids."""
    rows = [{"name": d.name, "company": d.company, "memo": d.memo, "updated_ms": now_ms} for d in drafts]
    ids = insert_all(CustomerRow, rows)
    known = list(zip(ids, drafts, strict=True))
    insert_plain(
        NumberRow,
        ("customer_id", "position", "number", "last8"),
        [(i, at, number, numbers.last8(number)) for i, d in known for at, number in enumerate(d.numbers)],
    )
    terms = [(term, i) for i, d in known for term in terms_of(d.name, d.company, d.numbers)]
    terms.sort()  # in the order of the index: far fewer pages are touched
    insert_plain(TermRow, ("term", "customer"), terms)
    return ids


def count() -> int:
    """Return how many customers there are."""
    return CustomerRow.select().count()


def _set_numbers(customer_id: int, stored: Sequence[str]) -> None:
    rows = [(customer_id, at, number, numbers.last8(number)) for at, number in enumerate(stored)]
    insert_plain(NumberRow, ("customer_id", "position", "number", "last8"), rows)


def _set_terms(customer_id: int, old: frozenset[bytes], new: frozenset[bytes]) -> None:
    if gone := list(old - new):
        TermRow.delete().where(TermRow.customer == customer_id, TermRow.term.in_(gone)).execute()
    insert_plain(TermRow, ("term", "customer"), sorted((term, customer_id) for term in new - old))
