"""Customers as plain frozen objects, and the event about them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Customer:
    """A person or company that calls. `numbers` are in stored form; `updated_ms` is the version for `save`."""

    id: int
    name: str
    company: str
    numbers: tuple[str, ...]
    memo: str
    updated_ms: int


@dataclass(frozen=True)
class CustomerDraft:
    """What somebody entered; `id` None makes a new customer. Numbers as people write them."""

    id: int | None
    name: str
    company: str = ""
    numbers: tuple[str, ...] = ()
    memo: str = ""


@dataclass(frozen=True)
class CustomerChanged:
    """This customer is new, different or gone, and that is stored."""

    id: int
