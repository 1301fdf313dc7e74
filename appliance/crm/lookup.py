"""Tells call control who a number belongs to. Plugged into `calls` by the composition root; knows no call."""

from __future__ import annotations

from appliance.calls.ports import Caller
from appliance.crm.service import Customers


class CustomerLookup:
    """A `CallerLookup` over the customers."""

    def __init__(self, customers: Customers) -> None:
        self._customers = customers

    async def who_is(self, number: str) -> Caller | None:
        """Return the owner of `number` (stored form), or None; one look into an index."""
        found = await self._customers.for_number(number)
        return Caller(found.id, found.name, found.company) if found else None
