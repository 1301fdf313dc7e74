"""The phone that transfers by itself, against the edge and real workers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sip import api
from tests.simulators.baresip import Account
from tests.simulators.linphone import Linphone
from tests.support.edge import password
from tests.support.sound import tone, write_wav
from tests.support.switchboard import AGENT, CALLER, Line, Switchboard, switchboard
from tests.support.tones import TONES, course_of, hear

pytestmark = pytest.mark.sip


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Switchboard]:
    async with switchboard(tmp_path, "102", others=("101",)) as board:
        yield board


@pytest.fixture
async def phone(board: Switchboard, tmp_path: Path) -> AsyncIterator[Linphone]:
    say = write_wav(tmp_path / "say.wav", tone(TONES["101"], 30, 0.25))
    account = Account("101", password("101"), *board.edge.kamailio.sip)
    async with Linphone(tmp_path / "phone", account, say) as phone:
        await phone.start()
        yield phone


async def answered(board: Switchboard, phone: Linphone) -> tuple[Line, int]:
    """Let somebody outside talk with the phone; returns him, and the phone's call."""
    outside = await board.call_in("one")
    await board.call_out("one", AGENT, "101")
    call, who = await phone.rung()
    assert "01012345678" in who
    await phone.answer(call)
    await board.told("one", api.LegAnswered, lambda fact: fact.leg == AGENT)
    await hear(outside, "101")
    return outside, call


async def test_it_answers_holds_retrieves_and_gives_a_call_away_blindly(board: Switchboard, phone: Linphone) -> None:
    outside, call = await answered(board, phone)
    await phone.hold(call)
    await board.told("one", api.LegHeld)
    await phone.retrieve(call)
    await board.told("one", api.LegResumed)
    await hear(outside, "101")
    await phone.transfer(call, "102")
    told = await board.told("one", api.TransferAsked)
    incoming = await board.edge.heard(api.IncomingCall)
    assert (told.target, told.replaces, incoming.sip_call_id) == ("102", "", told.sip_call_id)
    await board.edge.client.send_on(incoming, api.Extensions(("102",)), api.Identity("01012345678"))
    colleague = await board.pick_up(board.phones["102"])
    await board.told("one", api.LegAnswered, lambda fact: fact.leg == told.new_leg)
    await board.order("one", api.Unbridge(CALLER, AGENT), api.Bridge(CALLER, told.new_leg))
    await phone.ended(call)  # it hangs up by itself when it hears that the call was taken
    await hear(outside, "102")
    await hear(colleague, "outside")
    await phone.stop()
    assert {"outside"} in course_of(phone.heard())


async def test_it_asks_a_colleague_first_and_then_connects_the_two(board: Switchboard, phone: Linphone) -> None:
    outside, first = await answered(board, phone)
    await phone.hold(first)
    second = await phone.dial("102")
    asking = await board.take("two")
    await phone.talks(second)
    colleague = await board.ring("two", AGENT, "102")
    await hear(colleague, "101")
    await phone.connect(first, second)
    told = await board.told("one", api.TransferAsked)
    assert (told.target, told.replaces) == ("102", asking.sip_call_id)
    await board.edge.client.send_to_worker(await board.edge.heard(api.IncomingCall), board.leases["two"])
    assert (await board.told("two", api.LegReplaced)).leg == CALLER
    await board.told("one", api.LegAnswered, lambda fact: fact.leg == told.new_leg)
    await board.order("one", api.Unbridge(CALLER, AGENT), api.Bridge(CALLER, told.new_leg))
    for call in (first, second):
        await phone.ended(call)
    await hear(outside, "102")
    await hear(colleague, "outside")
