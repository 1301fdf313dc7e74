"""Call control as a whole, with a real store: what is written down, what is ordered, what a restart finds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.calls.call import Ender, Result, State
from appliance.calls.events import CallArrived
from appliance.calls.ports import Caller, Group
from appliance.calls.service import CallFilter
from appliance.calls.situation import ANYBODY
from appliance.core.errors import NotFound, Unavailable
from sip.api import Answer, Bridge, EarlyMedia, Hangup, Originate, Presentation
from sip.voice.fake import FakeVoice
from tests.unit.calls.office import TurnedClock, running_office

pytestmark = pytest.mark.unit


async def test_a_call_comes_in_is_answered_and_ends(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        office.customers["+821055551234"] = Caller(7, "정다온", "한빛상사")
        call_id = await office.talking()
        (originate,) = office.voice.ordered(call_id, Originate)
        assert isinstance(originate, Originate)
        assert (originate.shown.number, originate.shown.name) == ("01055551234", "정다온")
        office.clock.turn(60)
        office.voice.hang_up(call_id, "caller")
        await office.until(lambda: office.taken)
        row = await office.row(call_id)
        assert (row.result, row.extension, row.ended_by) == (Result.ANSWERED, "102", Ender.CALLER)
        assert row.ended_ms - row.answered_ms == 60_000
        assert row.caller_name == "정다온"
        assert not office.calls.live()


async def test_the_pop_comes_before_any_phone_rings(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        await office.inbound()
        assert [type(event) for event in office.events] == [CallArrived]
        assert not [order for _, order in office.voice.orders if isinstance(order, Originate)]


async def test_tracks_are_handed_over_caller_left_agent_right(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call_id = await office.talking()
        office.voice.hang_up(call_id, "called")
        await office.until(lambda: office.taken)
        (taken,) = office.taken
        assert [Path(t.file).name for t in taken.caller_tracks] == ["caller.wav"]
        assert [Path(t.file).name for t in taken.agent_tracks] == ["called.wav"]
        assert Path(taken.caller_tracks[0].file).is_relative_to(tmp_path / "voice" / call_id)


async def test_on_a_call_out_the_customer_is_on_the_left_too(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call = office.edge.phone_calls("101", "01055551234")
        await office.until(lambda: office.edge.sent)
        call_id = office.edge.sent[0][1].conversation
        assert office.edge.sent[0][0] is call
        office.voice.arrive(call_id)
        await office.ordered(call_id, Originate)
        office.voice.ring(call_id, "called", code=183, early=True)
        await office.ordered(call_id, EarlyMedia)
        office.voice.pick_up(call_id, "called")
        await office.ordered(call_id, Answer)
        office.voice.hang_up(call_id, "called")
        await office.until(lambda: office.taken)
        assert [Path(t.file).name for t in office.taken[0].caller_tracks] == ["called.wav"]
        assert (await office.row(call_id)).extension == "101"


async def test_a_busy_phone_is_busy_for_the_caller_and_in_the_log(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call_id = await office.inbound()
        office.voice.arrive(call_id)
        await office.ordered(call_id, Originate)
        office.voice.ring(call_id, "called", "101")
        office.voice.hang_up(call_id, "called", 486, "Busy Here")
        await office.ordered(call_id, Hangup)
        assert office.voice.ordered(call_id, Hangup) == [Hangup("caller", 486, "Busy Here")]
        assert (await office.row(call_id)).result is Result.BUSY


async def test_a_call_is_over_for_others_when_its_row_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_office(tmp_path) as office:
        call_id, working = await office.talking(), office.database.write
        asked, spins = asyncio.Event(), asyncio.Event()

        async def slow(fn: Callable[[], object]) -> object:
            asked.set()
            await spins.wait()
            return await working(fn)

        monkeypatch.setattr(office.database, "write", slow)
        office.voice.hang_up(call_id, "caller")
        await asked.wait()
        assert [call.state for call in office.calls.live()] == [State.TALKING]
        assert [call.id for call in office.calls.desk.at("102")] == [call_id]
        spins.set()
        await office.until(lambda: not office.calls.live())
        assert (await office.row(call_id)).result is Result.ANSWERED


async def test_a_caller_who_gives_up_while_the_gate_thinks(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call = office.edge.trunk_calls("kt", "01055551234", "0212345678")
        office.edge.caller_gives_up(call)
        await office.ended()
        (row,) = (await office.calls.search(CallFilter())).calls
        assert row.result is Result.CANCELLED


async def test_a_caller_who_gives_up_before_a_worker_is_found_leaves_nothing_behind(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        office.voice.refuse_leases("every worker talks")
        office.edge.caller_gives_up(office.edge.trunk_calls("kt", "01055551234", "0212345678"))
        await office.ended()
        await office.until(lambda: not office.calls.live())
        await office.calls.drain(0)
        (row,) = (await office.calls.search(CallFilter())).calls
        assert row.result is Result.CANCELLED


async def test_a_refusal_waits_for_a_store_that_cannot_write_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_office(tmp_path) as office:
        working = office.database.write

        async def full(fn: object) -> None:
            raise Unavailable("store.disk_full")

        monkeypatch.setattr(office.database, "write", full)
        office.edge.phone_calls("101", "999")
        await office.until(lambda: office.clock.due)
        monkeypatch.setattr(office.database, "write", working)
        office.clock.turn(2)
        await office.stored("refused")
        (row,) = (await office.calls.search(CallFilter(result="refused"))).calls
        assert row.called_number == "999"


async def test_a_keeper_that_comes_back_without_a_conversation_ends_the_call(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call_id = await office.talking()
        office.voice.disconnect()
        del office.voice.conversations[call_id]
        office.voice.connect()
        await office.ended()
        assert (await office.row(call_id)).result is Result.LOST


async def test_refused_calls_are_in_the_log(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        office.edge.phone_calls("101", "999")
        await office.until(lambda: office.events)
        assert office.edge.refused[0][1] == 404
        (row,) = (await office.calls.search(CallFilter(result="refused"))).calls
        steps = await office.calls.timeline(row.id)
        assert [step.key for step in steps] == ["timeline.turned_away"]


async def test_a_withheld_caller_leaves_no_number_anywhere(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        office.edge.trunk_calls("kt", "", "0212345678", Presentation.WITHHELD)
        await office.until(lambda: office.edge.sent)
        (row,) = office.calls.live()
        assert (row.caller_number, row.presentation) == ("", "withheld")


async def test_a_restart_in_mid_talk_carries_on_and_loses_nothing(tmp_path: Path) -> None:
    clock = TurnedClock()
    voice = FakeVoice(tmp_path / "voice", now_ms=clock.now_ms)
    async with running_office(tmp_path, voice, clock) as office:
        call_id = await office.talking()
    clock.turn(10)
    voice.hang_up(call_id, "caller")  # while nobody listens
    clock.turn(10)
    voice.orders.clear()
    async with running_office(tmp_path, voice, clock) as office:
        await office.until(lambda: office.taken)
        row = await office.row(call_id)
        assert (row.result, row.ended_ms - row.answered_ms) == (Result.ANSWERED, 10_000)
        assert Hangup("called", 200) in voice.ordered(call_id, Hangup)
        assert call_id not in voice.conversations


async def test_the_last_orders_are_given_again_after_a_restart(tmp_path: Path) -> None:
    clock = TurnedClock()
    voice = FakeVoice(tmp_path / "voice", now_ms=clock.now_ms)
    async with running_office(tmp_path, voice, clock) as office:
        call_id = await office.inbound()
        voice.arrive(call_id)
        await office.ordered(call_id, Originate)
    voice.orders.clear()
    async with running_office(tmp_path, voice, clock) as office:
        await office.ordered(call_id, Originate)
        clock.turn(31)
        await office.ended()
        assert voice.ordered(call_id, Hangup)
        assert (await office.row(call_id)).result is Result.UNREACHABLE


async def test_a_conversation_that_nobody_knows_any_more_ends_when_it_was_last_heard_of(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with running_office(tmp_path, clock=clock) as office:
        call_id = await office.talking()
        answered = clock.now
    clock.turn(3600)
    async with running_office(tmp_path, FakeVoice(tmp_path / "voice", now_ms=clock.now_ms), clock) as office:
        await office.ended()
        row = await office.row(call_id)
        assert (row.result, row.ended_ms) == (Result.LOST, answered)


async def test_a_dead_worker_is_cleaned_up_at_the_edge(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call_id = await office.talking()
        contact = office.voice.conversations[call_id].lease.contact
        office.voice.lose(call_id)
        await office.until(lambda: office.taken)
        assert office.edge.ended == [contact]
        assert (await office.row(call_id)).result is Result.LOST


async def test_a_full_disk_does_not_silence_the_phones_and_loses_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_office(tmp_path) as office:
        working = office.database.write

        async def full(fn: object) -> None:
            raise Unavailable("store.disk_full")

        monkeypatch.setattr(office.database, "write", full)
        call_id = await office.talking()
        office.voice.hang_up(call_id, "caller")
        await office.ordered(call_id, Hangup)
        with pytest.raises(NotFound):
            await office.row(call_id)
        await office.until(lambda: office.clock.due)
        monkeypatch.setattr(office.database, "write", working)
        office.clock.turn(60)
        await office.until(lambda: office.taken)
        assert (await office.row(call_id)).result is Result.ANSWERED
        keys = [step.key for step in await office.calls.timeline(call_id)]
        assert keys[0] == "timeline.arrived_in"
        assert keys.count("timeline.ended_caller_by_far") == 1


async def test_stopping_lets_talks_end_and_ends_the_rest_as_such(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call_id = await office.talking()
        await office.calls.drain(0.01)
        assert (await office.row(call_id)).result is Result.STOPPED
        office.edge.trunk_calls("kt", "01055551234", "0212345678")
        await office.until(lambda: office.edge.refused)
        assert office.edge.refused[0][1] == 503


async def test_hanging_up_from_the_panel_says_who_did_it(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call_id = await office.talking()
        await office.calls.hang_up(call_id, "김하늘")
        await office.until(lambda: office.taken)
        await office.calls.hang_up(call_id, "김하늘")  # twice the same click
        steps = await office.calls.timeline(call_id)
        assert [s.params for s in steps if s.key == "timeline.hang_up_asked"] == [{"by": "김하늘"}]
        with pytest.raises(NotFound):
            await office.calls.hang_up("nothing", "x")


async def test_the_log_is_paged_and_filtered(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        for number in ("01055550001", "01055550002", "01055550003"):
            call_id = await office.inbound(number)
            office.voice.leave_unused(call_id)
            await office.ended()
            office.clock.turn(1)
        first = await office.calls.search(CallFilter(), limit=2)
        rest = await office.calls.search(CallFilter(), first.next_cursor, limit=2)
        numbers = [row.caller_number[-1] for row in (*first.calls, *rest.calls)]
        assert (numbers, rest.next_cursor) == (["3", "2", "1"], "")
        last = await office.calls.last_with("+821055550002", office.clock.now)
        assert last is not None
        assert last.id == rest.calls[0].id or last.caller_number.endswith("2")


async def test_orders_come_in_the_order_of_a_talk(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call_id = await office.talking()
        kinds = [type(order) for name, order in office.voice.orders if name == call_id]
        assert kinds == [Originate, Answer, Bridge]


async def test_who_calls_in_the_moment_in_which_a_talk_ends_is_not_told_that_everybody_is_busy(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        office.facts = replace(office.facts, groups={"main": Group("main", "", ("102",), 30)})
        call_id = await office.talking()
        office.voice.hang_up(call_id, "caller")
        await office.ended()
        call = office.edge.trunk_calls("kt", "01055556666", "0212345678")
        await office.until(lambda: office.calls._survey._settling)
        assert not office.edge.refused
        office.desks.tell("102", replace(ANYBODY, free_since_ms=office.clock.now))
        assert await office.sent(call)
