"""What happens to a call in the same moment as something else: neither is lost, and nothing waits for ever."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from appliance.calls.call import Result
from appliance.calls.controller import Controller
from appliance.calls.requests import HangupAsked
from appliance.core.errors import Conflict
from sip.api import Bridge, CallCancelled, ConversationPlan, IncomingCall, Lease, Originate
from tests.unit.calls.office import running_office

pytestmark = pytest.mark.unit


async def test_a_caller_who_gives_up_while_the_invite_goes_on_to_its_worker_has_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_office(tmp_path) as office:
        sending = office.edge.send_to_worker

        async def slow(call: IncomingCall, lease: Lease) -> None:
            office.calls.cancelled(CallCancelled(call.sip_call_id))
            await sending(call, lease)

        monkeypatch.setattr(office.edge, "send_to_worker", slow)
        call_id = await office.inbound()
        office.voice.leave_unused(call_id)
        await office.ended()
        assert (await office.row(call_id)).result is Result.CANCELLED


async def test_whoever_answers_in_the_moment_in_which_the_ringing_is_over_has_the_call(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call_id = await office.inbound()
        office.voice.arrive(call_id)
        await office.ordered(call_id, Originate)
        office.voice.ring(call_id, "called", "102")
        await office.until(lambda: office.calls.live()[0].ringing_ms)
        office.clock.turn(29.9)
        answering = asyncio.create_task(office.calls.desk.answer("102", call_id, "lee"))
        await asyncio.sleep(0)
        office.clock.turn(0.2)  # before anybody has dealt with that
        await answering
        (_, again) = office.voice.ordered(call_id, Originate)
        assert isinstance(again, Originate)
        office.voice.pick_up(call_id, again.leg, "102")
        await office.ordered(call_id, Bridge)
        assert office.calls.live()[0].extension == "102"


async def test_whoever_asks_something_of_a_call_that_is_over_is_told_so(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call_id = await office.talking()
        controller = office.calls._registry.get(call_id)
        assert controller is not None
        office.voice.hang_up(call_id, "caller")
        await office.until(lambda: office.calls._registry.get(call_id) is None)
        with pytest.raises(Conflict, match="over"):
            await controller.ask(HangupAsked("lee", "102"))
        assert await controller.caught_up()


async def test_no_worker_is_asked_for_any_more_when_the_desk_closes_before_a_call_has_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, let_go = asyncio.Event(), asyncio.Event()

    async def nobody_is_free_yet(_: ConversationPlan) -> Lease:
        asked.set()
        try:
            await asyncio.Event().wait()
            raise AssertionError("nobody sets this")
        finally:
            let_go.set()

    async def a_slow_disk(_: Controller) -> None:
        await asyncio.Event().wait()

    async with running_office(tmp_path) as office:
        monkeypatch.setattr(office.voice, "lease", nobody_is_free_yet)
        monkeypatch.setattr(Controller, "write", a_slow_disk)
        office.edge.trunk_calls("kt", "01055551234", "0212345678")
        await asyncio.wait_for(asked.wait(), 20)
    assert let_go.is_set()
