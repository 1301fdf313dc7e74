"""Several callers wait for few desks: who is next, and that no desk is offered two of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.calls.ports import Group, Member
from appliance.calls.situation import ANYBODY
from sip.api import Bridge, Extensions, Hold, Originate
from tests.unit.calls.office import DIRECTORY, Office, running_office

pytestmark = pytest.mark.unit


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """One desk takes the calls of the group, the others wait."""
    async with running_office(tmp_path) as opened:
        group = Group("main", "", ("102",), 20, members=(Member("102"),), queue=True, queue_seconds=60, rounds=0)
        opened.facts = replace(DIRECTORY, groups={"main": group})
        yield opened


async def waiting(office: Office, number: str) -> str:
    call_id = await office.inbound(number)
    office.voice.arrive(call_id, f"{number}@outside")
    await office.ordered(call_id, Hold)
    return call_id


def rung(office: Office, call_id: str) -> list[object]:
    """Return whom a call has rung so far."""
    return [order.target for order in office.voice.ordered(call_id, Originate) if isinstance(order, Originate)]


async def test_the_desk_that_is_free_again_gets_who_came_first_and_only_that_one(office: Office) -> None:
    talk = await office.talking()
    first = await waiting(office, "01011111111")
    office.clock.turn(1)
    second = await waiting(office, "01022222222")
    office.voice.hang_up(talk, "caller")
    await office.ended()
    office.desks.tell("102", replace(ANYBODY, free_since_ms=office.clock.now))
    await office.ordered(first, Originate)
    assert rung(office, first) == [Extensions(("102",))]
    office.voice.pick_up(first, "called", "102")
    await office.ordered(first, Bridge)
    assert not rung(office, second)
    office.voice.hang_up(first, "caller")
    await office.ended()
    office.desks.tell("102", replace(ANYBODY, free_since_ms=office.clock.now + 1))
    await office.ordered(second, Originate)


async def test_a_desk_that_speaks_of_an_older_talk_is_not_taken_for_free(office: Office) -> None:
    talk = await office.talking()
    first = await waiting(office, "01011111111")
    before = office.clock.now
    office.clock.turn(1)
    office.voice.hang_up(talk, "caller")
    await office.ended()
    office.desks.tell("102", replace(ANYBODY, free_since_ms=before))
    office.desks.tell("102", replace(ANYBODY, free_since_ms=before))
    assert not rung(office, first)
    office.desks.tell("102", replace(ANYBODY, free_since_ms=office.clock.now))
    await office.ordered(first, Originate)


async def test_a_desk_whose_talk_has_just_ended_is_engaged_also_while_the_store_is_slow(office: Office) -> None:
    talk = await office.talking()
    slow = threading.Event()
    writing = asyncio.create_task(office.database.write(slow.wait))
    office.voice.hang_up(talk, "caller")
    await office.until(lambda: office.calls._survey._settling)
    assert "102" in office.calls._survey.now().talking
    slow.set()
    await writing


async def test_when_the_first_gives_up_while_the_desk_rings_the_next_is_offered(office: Office) -> None:
    talk = await office.talking()
    first = await waiting(office, "01011111111")
    office.clock.turn(1)
    second = await waiting(office, "01022222222")
    office.voice.hang_up(talk, "caller")
    await office.ended()
    office.desks.tell("102", replace(ANYBODY, free_since_ms=office.clock.now))
    await office.ordered(first, Originate)
    office.voice.hang_up(first, "caller", 487)
    await office.ordered(second, Originate)
    assert rung(office, second) == [Extensions(("102",))]


async def test_a_phone_that_comes_is_offered_who_waits(office: Office) -> None:
    office.edge.phone_leaves("102")
    call_id = await waiting(office, "01011111111")
    office.edge.phone_registers("102")
    office.calls.phone_registered("102")
    await office.ordered(call_id, Originate)


async def test_who_waited_long_enough_is_let_go(office: Office) -> None:
    await office.talking()
    call_id = await waiting(office, "01011111111")
    office.clock.turn(61)
    await office.ended()
    assert (await office.row(call_id)).result == "busy"
