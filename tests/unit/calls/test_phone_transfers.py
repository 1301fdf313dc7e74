"""Transfers by a phone's own keys, in call control as a whole: who is let through, and what the log has afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.calls.ports import Phone
from sip.api import Bridge, Credential, Extensions, IncomingCall, Originate, Outside
from tests.unit.calls.office import DIRECTORY, Office, running_office

pytestmark = pytest.mark.unit


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """101, 102 and 103, which is allowed everything but calls outside."""
    async with running_office(tmp_path) as opened:
        phones = DIRECTORY.phones | {"103": Phone("103", "이서연", may_call_out=False)}
        opened.facts = replace(DIRECTORY, phones=phones)
        await opened.edge.set_credentials(tuple(Credential(phone, "x") for phone in phones))
        opened.edge.phone_registers("103")
        yield opened


def transfer(office: Office, call_id: str, target: str, replaces: str = "", leg: str = "called") -> IncomingCall:
    """Let 102 press its transfer key; returns the INVITE that the edge asks about."""
    conversation = office.voice.conversations[call_id]
    new = office.voice.ask_transfer(call_id, leg, target, replaces)
    dialog = conversation.legs[new].sip_call_id
    return office.edge.worker_calls(conversation.lease.contact, target, replaces, dialog)


async def sent_on(office: Office, call: IncomingCall) -> Extensions | Outside:
    """Wait until an INVITE goes on; returns to whom."""
    await office.until(lambda: any(one is call for one, _, _ in office.edge.sent_on))
    return next(target for one, target, _ in office.edge.sent_on if one is call)


async def test_a_call_is_given_to_a_colleague(office: Office) -> None:
    call_id = await office.talking()
    assert await sent_on(office, transfer(office, call_id, "103")) == Extensions(("103",))
    assert office.hears(call_id, "caller") == {"music"}
    office.voice.pick_up(call_id, "refer-1", "103")
    await office.until(lambda: office.hears(call_id, "caller") == {"refer-1"})
    await office.until(lambda: "called" not in office.voice.conversations[call_id].legs)
    office.voice.hang_up(call_id, "caller")
    await office.ended()
    row = await office.row(call_id)
    assert [part.extension for part in row.parts] == ["102", "103"]


async def test_whom_nobody_knows_is_refused_and_the_talk_goes_on(office: Office) -> None:
    call_id = await office.talking()
    assert await office.refused(transfer(office, call_id, "777")) == 404
    office.voice.hang_up(call_id, "refer-1", 404)
    await office.until(lambda: office.hears(call_id, "caller") == {"called"})


async def test_who_may_not_call_out_may_not_transfer_out(office: Office) -> None:
    call = office.edge.phone_calls("101", "103")
    call_id = await office.sent(call)
    office.voice.arrive(call_id)
    await office.ordered(call_id, Originate)
    office.voice.pick_up(call_id, "called", "103")
    await office.ordered(call_id, Bridge)
    assert await office.refused(transfer(office, call_id, "01055556666")) == 403


async def test_a_call_goes_outside_through_a_trunk(office: Office) -> None:
    call_id = await office.talking()
    target = await sent_on(office, transfer(office, call_id, "01055556666"))
    assert target == Outside("kt", "01055556666")


async def test_a_call_is_parked_by_the_transfer_key(office: Office) -> None:
    call_id = await office.talking()
    transfer(office, call_id, "*53")
    await office.until(lambda: [call.id for call in office.calls.desk.parked()] == [call_id])
    assert office.calls.desk.parked()[0].place == 3
    await office.until(lambda: set(office.voice.conversations[call_id].legs) == {"caller"})


async def consulting(office: Office) -> tuple[str, str]:
    """102 talks with a customer, holds, and asks 103 in a call of its own; returns the two calls."""
    first = await office.talking()
    office.voice.hold(first, "called")
    second = await office.sent(office.edge.phone_calls("102", "103"))
    office.voice.arrive(second, "asking@102")
    await office.ordered(second, Originate)
    office.voice.pick_up(second, "called", "103")
    await office.ordered(second, Bridge)
    return first, second


async def test_a_phone_brings_its_two_calls_together_across_workers(office: Office) -> None:
    first, second = await consulting(office)
    call = transfer(office, first, "103", "asking@102")
    assert await office.sent(call) == second
    by = office.voice.replace_leg(second, "caller", call.sip_call_id)
    office.voice.pick_up(first, "refer-1")
    await office.until(lambda: office.hears(first, "caller") == {"refer-1"})
    await office.until(lambda: office.hears(second, "called") == {by})
    office.voice.hang_up(first, "caller")
    office.voice.hang_up(second, by)
    await office.ended()
    await office.ended()
    row = await office.row(first)
    assert [part.extension for part in row.parts] == ["102", "103"]
    assert (await office.row(second)).joined_to == first


async def test_a_dialog_that_nobody_has_is_refused(office: Office) -> None:
    first, _ = await consulting(office)
    assert await office.refused(transfer(office, first, "103", "elsewhere@nowhere")) == 481


async def test_a_worker_that_nobody_leased_transfers_nothing(office: Office) -> None:
    assert await office.refused(office.edge.worker_calls("w1", "103")) == 603
