"""The customers on the far side of the calls that go on, for pages that name them. Knows no page."""

from __future__ import annotations

import logging

from appliance.calls.call import Direction
from appliance.core.errors import SoriboxError
from appliance.crm.types import Customer, CustomerChanged
from appliance.services import Services

log = logging.getLogger(__name__)


class LiveCustomers:
    """Customers by number, as far as calls go on with them."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: dict[str, Customer | None] = {}
        self._forgotten = 0  # how often: what was asked for before may be out of date
        self.stop = services.bus.subscribe(CustomerChanged, lambda _: self._forget())

    def _forget(self) -> None:
        self._known = {}
        self._forgotten += 1

    def get(self, number: str) -> Customer | None:
        """Return whose number this is, as far as it is known already."""
        return self._known.get(number)

    async def meet(self) -> None:
        """Ask the store for the customers of live calls that are not known yet. If it fails, calls go without."""
        try:
            while unknown := self._unknown():
                await self._ask(unknown)
        except SoriboxError as error:
            log.warning("live calls stay without their customers: %s", error)

    def _unknown(self) -> set[str]:
        live = {call.far_number for call in self._services.calls.live() if call.direction is not Direction.INTERNAL}
        for number in self._known.keys() - live:
            del self._known[number]
        return live - self._known.keys()

    async def _ask(self, unknown: set[str]) -> None:
        """Others may ask at the same time, and are answered here as well; what has changed meanwhile is asked again."""
        before = self._forgotten
        found = await self._services.customers.for_numbers(unknown)
        if before == self._forgotten:
            self._known |= {number: found.get(number) for number in unknown}
