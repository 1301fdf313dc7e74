"""Filters of a list that stand in its address: reading leaves out what is not known, writing what is usual. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import ClassVar, Self
from urllib.parse import urlencode

_LONGEST = 60


@dataclass(frozen=True)
class AddressQuery:
    """The base of a list's filters: fields are texts with what is usual as their defaults.

    `choices` says which values a field may have; fields that are not there may have any.
    """

    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """Read an address."""
        given = {one.name: query.get(one.name, "").strip()[:_LONGEST] for one in fields(cls)}
        known = {name: value for name, value in given.items() if value and value in cls.choices.get(name, (value,))}
        return cls(**known)

    @property
    def address(self) -> str:
        """The filters as a query string."""
        usual = asdict(type(self)())
        return urlencode({name: value for name, value in asdict(self).items() if value != usual[name]})
