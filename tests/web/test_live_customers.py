"""Whoever names the customers of live calls names them all, also when several ask the store at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest

from appliance.calls.call import Direction
from appliance.core.bus import Bus
from appliance.crm.types import Customer, CustomerChanged
from appliance.services import Services
from web.live_customers import LiveCustomers

pytestmark = pytest.mark.unit

KNOWN = "+821055551234"


@dataclass
class Office:
    """One call goes on. The store answers when it is told to, with what it knew when it was asked."""

    name: str = "최민서"
    live: list[str] = field(default_factory=lambda: [KNOWN])
    answers: list[asyncio.Event] = field(default_factory=list)
    bus: Bus = field(default_factory=Bus)

    async def for_numbers(self, numbers: Iterable[str]) -> dict[str, Customer]:
        found = {number: Customer(1, self.name, "", (number,), "", 0) for number in numbers}
        self.answers.append(asyncio.Event())
        await self.answers[-1].wait()
        return found

    async def asked(self, times: int) -> None:
        async with asyncio.timeout(20):
            while len(self.answers) < times:  # noqa: ASYNC110 - nothing real is waited for: the loop only has to turn
                await asyncio.sleep(0)

    def customers(self) -> LiveCustomers:
        calls = [SimpleNamespace(far_number=number, direction=Direction.IN) for number in self.live]
        known = SimpleNamespace(
            bus=self.bus, calls=SimpleNamespace(live=lambda: calls[: len(self.live)]), customers=self
        )
        return LiveCustomers(cast(Services, known))


def name(customers: LiveCustomers) -> str:
    known = customers.get(KNOWN)
    return known.name if known else ""


async def test_two_pages_that_ask_at_the_same_time_both_know_who_calls() -> None:
    office = Office()
    customers = office.customers()
    first, second = (asyncio.create_task(customers.meet()) for _ in range(2))
    await office.asked(2)
    office.answers[0].set()
    await first
    assert name(customers) == "최민서", "whoever is answered first paints at once"
    office.answers[1].set()
    await second
    assert name(customers) == "최민서"


async def test_a_customer_who_is_changed_while_the_store_answers_is_not_shown_as_before() -> None:
    office = Office()
    customers = office.customers()
    meeting = asyncio.create_task(customers.meet())
    await office.asked(1)
    office.name = "최민지"
    office.bus.publish(CustomerChanged(1))
    office.answers[0].set()
    await office.asked(2)
    office.answers[1].set()
    await meeting
    assert name(customers) == "최민지"


async def test_whose_call_is_over_is_forgotten() -> None:
    office = Office()
    customers = office.customers()
    meeting = asyncio.create_task(customers.meet())
    await office.asked(1)
    office.answers[0].set()
    await meeting
    assert name(customers) == "최민서"
    office.live.clear()
    await customers.meet()
    assert name(customers) == ""
