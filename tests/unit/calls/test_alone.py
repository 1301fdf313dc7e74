"""Calls that the edge handled alone: what the log says of them, whatever was killed in between."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from msgspec.structs import replace

from appliance.calls.call import CallView, Direction, Ender, Result, State
from appliance.calls.events import CallArrived, CallChanged, CallEnded
from appliance.calls.ports import Caller
from appliance.calls.service import CallFilter
from appliance.core.errors import Unavailable
from appliance.i18n.catalog import LANGUAGES, catalogue
from sip.api import (
    AloneAnswered,
    AloneEnded,
    AloneRefused,
    AloneRinging,
    IncomingCall,
    Presentation,
    Side,
)
from sip.edge.fake import FakeEdge
from sip.voice.fake import FakeVoice
from tests.unit.calls.office import Office, TurnedClock, running_office

pytestmark = pytest.mark.unit


class Night:
    """An edge that outlives its core, for two or more offices one after the other."""

    def __init__(self, folder: Path) -> None:
        self.clock = TurnedClock()
        self.edge = FakeEdge(self.clock.now_ms)
        self._voice = FakeVoice(folder / "voice", now_ms=self.clock.now_ms)
        self._folder = folder

    async def begins(self) -> None:
        """The core has been there, and has left the edge what it must know."""
        async with self.day():
            pass

    def day(self) -> AbstractAsyncContextManager[Office]:
        """The core is there."""
        return running_office(self._folder, self._voice, self.clock, self.edge)

    def answered(self, call: IncomingCall, extension: str = "102") -> IncomingCall:
        """It rings for five seconds, then somebody takes it."""
        self.clock.turn(1)
        self.edge.notes_down(call, AloneRinging("101"))
        self.clock.turn(5)
        self.edge.notes_down(call, AloneAnswered(extension, tag="a"))
        return call

    def hung_up(self, call: IncomingCall, by: Side = Side.CALLER) -> None:
        """After a minute."""
        self.clock.turn(60)
        self.edge.notes_down(call, AloneEnded(by, "a"))


@pytest.fixture
async def night(tmp_path: Path) -> Night:
    made = Night(tmp_path)
    await made.begins()
    return made


async def rows(office: Office) -> tuple[CallView, ...]:
    return (await office.calls.search(CallFilter())).calls


async def only_row(office: Office) -> CallView:
    (row,) = await rows(office)
    return row


async def forgotten(office: Office) -> None:
    """Wait until the edge has been told that everything is stored."""
    await office.until(lambda: not office.edge.noted)


async def test_a_call_that_came_and_went_while_the_core_was_dead_is_in_the_log_as_it_was(night: Night) -> None:
    began = night.clock.now
    night.hung_up(night.answered(night.edge.trunk_calls_alone("kt", "01055551234", "0212345678")))
    night.clock.turn(600)
    async with night.day() as office:
        office.customers["+821055551234"] = Caller(7, "정다온")
        await forgotten(office)
        row = await only_row(office)
    assert (row.direction, row.trunk, row.number, row.group) == (Direction.IN, "kt", "+82212345678", "main")
    assert (row.caller_number, row.caller_name, row.called_number) == ("+821055551234", "정다온", "+82212345678")
    assert (row.extension, row.extensions) == ("102", ("101", "102"))
    moments = [row.started_ms, row.ringing_ms, row.answered_ms, row.ended_ms]
    assert [moment - began for moment in moments] == [0, 1_000, 6_000, 66_000]
    assert (row.state, row.result, row.ended_by) == (State.ENDED, Result.ANSWERED, Ender.CALLER)
    assert row.cause == "call.cause.edge_alone"
    assert row.recording == ""
    assert not any(isinstance(event, CallArrived) for event in office.events)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_row_and_timeline_say_that_there_is_no_recording(night: Night, language: str) -> None:
    night.hung_up(night.answered(night.edge.trunk_calls_alone("kt", "01055551234", "0212345678")))
    async with night.day() as office:
        await forgotten(office)
        row = await only_row(office)
        steps = await office.calls.timeline(row.id)
    texts = await asyncio.to_thread(catalogue, language)
    not_recorded = {"ko": "녹음", "en": "not recorded"}[language]
    assert not_recorded in texts[row.cause]
    assert [step.key for step in steps] == [
        "timeline.arrived_in",
        "timeline.alone_rings",
        "timeline.ringing",
        "timeline.answered_by",
        "timeline.ended_caller_by_far",
    ]
    assert not_recorded in texts["timeline.alone_rings"].format(**steps[1].params)
    assert "101, 102" in texts["timeline.alone_rings"].format(**steps[1].params)


async def test_a_withheld_caller_leaves_no_number_here_either(night: Night) -> None:
    night.edge.trunk_calls_alone("kt", "01055551234", "0212345678", Presentation.WITHHELD)
    async with night.day() as office:
        await forgotten(office)
        row = await only_row(office)
    assert (row.caller_number, row.caller_name, row.presentation) == ("", "", "withheld")


async def test_a_call_out_is_in_the_log_with_the_trunk_that_took_it(night: Night) -> None:
    call = night.edge.phone_calls_alone("101", "01055551234")
    night.edge.notes_down(call, AloneAnswered(trunk="kt", tag="a"))
    night.hung_up(call, Side.CALLED)
    async with night.day() as office:
        await forgotten(office)
        row = await only_row(office)
    assert (row.direction, row.trunk, row.number) == (Direction.OUT, "kt", "+82212345678")
    assert (row.caller_number, row.called_number, row.extension) == ("101", "+821055551234", "101")
    assert (row.result, row.ended_by) == (Result.ANSWERED, Ender.CALLED)


async def test_a_call_between_two_phones_says_who_answered(night: Night) -> None:
    night.hung_up(night.answered(night.edge.phone_calls_alone("101", "102")))
    async with night.day() as office:
        await forgotten(office)
        row = await only_row(office)
    assert (row.direction, row.caller_number, row.called_number) == (Direction.INTERNAL, "101", "102")
    assert (row.extension, row.trunk, row.group) == ("102", "", "")


@pytest.mark.parametrize(
    ("refused", "result", "cause", "ender"),
    [
        (AloneRefused(486, Side.CALLED, "Busy Here"), Result.BUSY, "486 Busy Here", Ender.CALLED),
        (AloneRefused(408, Side.CALLED, "Timeout"), Result.NO_ANSWER, "408 Timeout", Ender.CALLED),
        (AloneRefused(487, Side.CALLER), Result.CANCELLED, "", Ender.CALLER),
        (AloneRefused(403, Side.BOX), Result.REFUSED, "call.cause.not_allowed_out", Ender.BOX),
        (AloneRefused(503, Side.BOX), Result.REFUSED, "call.cause.no_trunk", Ender.BOX),
    ],
)
async def test_a_call_that_nobody_took_says_why(
    night: Night, refused: AloneRefused, result: Result, cause: str, ender: Ender
) -> None:
    call = night.edge.trunk_calls_alone("kt", "01055551234", "0212345678")
    night.edge.notes_down(call, AloneRinging("101"))
    night.edge.notes_down(call, refused)
    async with night.day() as office:
        await forgotten(office)
        row = await only_row(office)
    assert (row.result, row.cause, row.ended_by) == (result, cause, ender)
    assert row.answered_ms == 0


async def test_what_is_read_twice_is_in_the_log_once(night: Night) -> None:
    night.hung_up(night.answered(night.edge.trunk_calls_alone("kt", "01055551234", "0212345678")))
    notes = await night.edge.notes(0)
    async with night.day() as office:
        await forgotten(office)
        before = await only_row(office)
        lines = await office.calls.timeline(before.id)
    night.edge.noted[:] = notes  # the core died between storing them and having them forgotten
    async with night.day() as office:
        await forgotten(office)
        assert await only_row(office) == before
        assert await office.calls.timeline(before.id) == lines


async def test_a_call_that_still_talks_shows_as_talking_and_ends_when_that_is_noted(night: Night) -> None:
    call = night.answered(night.edge.trunk_calls_alone("kt", "01055551234", "0212345678"))
    async with night.day() as office:
        await forgotten(office)
        assert [view.state for view in office.calls.live()] == [State.TALKING]
        assert isinstance(office.events[0], CallArrived)
        assert (await only_row(office)).state is State.TALKING
        night.hung_up(call)
        await office.ended()
        assert (await only_row(office)).ended_by is Ender.CALLER
        await office.until(lambda: not office.calls.live())


async def test_a_core_that_comes_and_goes_in_a_talk_loses_nothing(night: Night) -> None:
    call = night.edge.trunk_calls_alone("kt", "01055551234", "0212345678")
    async with night.day() as office:
        await forgotten(office)
        assert (await only_row(office)).state is State.RINGING
    night.answered(call)
    async with night.day() as office:
        await forgotten(office)
        assert (await only_row(office)).state is State.TALKING
    night.hung_up(call)
    async with night.day() as office:
        await forgotten(office)
        row = await only_row(office)
    assert (row.result, row.ended_ms - row.answered_ms) == (Result.ANSWERED, 60_000)


async def test_a_talk_of_an_edge_that_was_killed_ends_when_it_was_last_known_to_go_on(night: Night) -> None:
    night.answered(night.edge.trunk_calls_alone("kt", "01055551234", "0212345678"))
    async with night.day() as office:
        await forgotten(office)
        night.clock.turn(30)
        night.edge.goes_away()
        night.clock.turn(5)
        night.edge.comes_back()
        await office.ended()
        row = await only_row(office)
        assert (row.result, row.cause, row.ended_by) == (Result.LOST, "call.cause.edge_restarted", Ender.BOX)
        assert row.ended_ms - row.answered_ms == 30_000
        await office.until(lambda: not office.calls.live())


async def test_when_edge_and_core_were_killed_other_calls_tell_how_long_a_talk_went_on(night: Night) -> None:
    night.answered(night.edge.trunk_calls_alone("kt", "01055551234", "0212345678"))
    night.clock.turn(20)
    night.edge.phone_calls_alone("101", "102")
    night.edge.goes_away()
    night.clock.turn(3600)
    async with night.day() as office:
        await forgotten(office)
        other, talk = await rows(office)
    assert (talk.result, talk.ended_ms - talk.answered_ms) == (Result.LOST, 20_000)
    assert (other.result, other.answered_ms) == (Result.LOST, 0)


async def test_a_talk_that_was_given_up_for_lost_ends_truly_when_the_hang_up_is_seen_after_all(night: Night) -> None:
    call = night.answered(night.edge.trunk_calls_alone("kt", "01055551234", "0212345678"))
    async with night.day() as office:
        await forgotten(office)
        night.edge.goes_away()
        night.edge.comes_back()
        await office.ended()
        await forgotten(office)
        night.hung_up(call, Side.CALLED)
        await forgotten(office)
        row = await only_row(office)
        assert (row.result, row.ended_by, row.ended_ms - row.answered_ms) == (Result.ANSWERED, Ender.CALLED, 60_000)
        assert isinstance(office.events[-1], CallChanged)


async def test_a_call_that_the_edge_took_from_a_slow_core_is_one_row_and_true(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call = office.edge.trunk_calls("kt", "01055551234", "0212345678")
        office.edge.edge_takes(call)
        await forgotten(office)
        assert [view.state for view in office.calls.live()] == [State.RINGING]
        office.edge.notes_down(call, AloneAnswered("101", tag="a"))
        office.clock.turn(10)
        office.edge.notes_down(call, AloneEnded(Side.CALLED, "a"))
        await office.ended()
        row = await only_row(office)
        assert (row.result, row.extension, row.ended_by) == (Result.ANSWERED, "101", Ender.CALLED)
        assert [type(event) for event in office.events if isinstance(event, CallArrived | CallEnded)] == [
            CallArrived,
            CallEnded,
        ]


async def test_a_call_that_was_handed_back_for_want_of_a_worker_is_one_row_and_true(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        office.voice.refuse_leases("every worker talks")
        call = office.edge.trunk_calls("kt", "01055551234", "0212345678")
        await office.until(lambda: office.edge.handed_back)
        office.edge.notes_down(call, AloneAnswered("101", tag="a"))
        office.edge.notes_down(call, AloneEnded(Side.CALLER, "a"))
        await office.ended()
        row = await only_row(office)
        assert (row.result, row.extension, row.ended_by) == (Result.ANSWERED, "101", Ender.CALLER)
        keys = [step.key for step in await office.calls.timeline(row.id)]
        assert keys[:3] == ["timeline.arrived_in", "timeline.no_worker", "timeline.alone_rings"]


async def test_a_call_whose_core_died_as_it_decided_is_one_row_and_true(night: Night) -> None:
    async with night.day() as office:
        call = night.edge.trunk_calls("kt", "01055551234", "0212345678")
        await office.until(lambda: night.edge.sent)
        call_id = night.edge.sent[0][1].conversation
    night.edge.handles_alone(call)  # what was sent came too late
    night.hung_up(night.answered(call))
    async with night.day() as office:
        office.voice.leave_unused(call_id)
        await forgotten(office)
        row = await only_row(office)
    assert (row.id, row.result, row.extension) == (call_id, Result.ANSWERED, "102")
    assert row.ended_ms - row.answered_ms == 60_000


async def test_a_row_that_was_closed_too_early_is_put_right(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call_id = await office.inbound()
        call = office.edge.sent[0][0]
        office.voice.leave_unused(call_id)
        await office.ended()
        assert (await only_row(office)).result is Result.FAILED
        office.edge.handles_alone(call)
        await forgotten(office)
        assert (await only_row(office)).state is State.RINGING
        assert office.calls.live()
        office.edge.notes_down(call, AloneRefused(486, Side.CALLED, "Busy Here"))
        await office.ended()
        assert (await only_row(office)).result is Result.BUSY


async def test_a_call_id_that_is_used_again_is_another_call(night: Night) -> None:
    first = night.edge.trunk_calls_alone("kt", "01055551234", "0212345678")
    night.hung_up(night.answered(first))
    night.clock.turn(1)
    again = replace(first, arrived_ms=night.clock.now)
    night.edge.handles_alone(again)
    night.edge.notes_down(again, AloneRefused(486, Side.CALLED, "Busy Here"))
    async with night.day() as office:
        await forgotten(office)
        assert [row.result for row in await rows(office)] == [Result.BUSY, Result.ANSWERED]


async def test_ending_such_a_call_from_the_panel_has_the_edge_end_it(night: Night) -> None:
    call = night.answered(night.edge.trunk_calls_alone("kt", "01055551234", "0212345678"))
    async with night.day() as office:
        await forgotten(office)
        row = await only_row(office)
        await office.calls.hang_up(row.id, "김하늘")
        await office.until(lambda: night.edge.ended_alone)
        assert night.edge.ended_alone == [call.sip_call_id]
        assert (await only_row(office)).state is State.TALKING
        night.edge.notes_down(call, AloneEnded(Side.BOX))
        await office.ended()
        row = await only_row(office)
        assert (row.result, row.cause, row.ended_by) == (Result.ANSWERED, "call.cause.ended_from_panel", Ender.BOX)


async def test_a_core_that_stops_leaves_the_edges_calls_alone_and_does_not_wait_for_them(night: Night) -> None:
    night.answered(night.edge.trunk_calls_alone("kt", "01055551234", "0212345678"))
    async with night.day() as office:
        await forgotten(office)
        await office.calls.drain(3600)
        assert (await only_row(office)).state is State.TALKING


async def test_neither_a_voice_that_comes_back_nor_a_core_that_stops_leaves_a_trace_in_such_a_call(
    tmp_path: Path,
) -> None:
    async with running_office(tmp_path) as office:
        ours = await office.talking()
        call_id = await office.inbound()
        call = next(sent for sent, lease in office.edge.sent if lease.conversation == call_id)
        office.edge.handles_alone(call)
        office.edge.notes_down(call, AloneAnswered("101", tag="a"))
        await forgotten(office)
        office.voice.disconnect()
        del office.voice.conversations[call_id]
        office.voice.connect()
        await office.calls.drain(0.01)
        assert (await office.row(ours)).result is Result.STOPPED
        keys = [step.key for step in await office.calls.timeline(call_id)]
        assert keys == ["timeline.arrived_in", "timeline.alone_rings", "timeline.answered_by"]


async def test_notes_that_cannot_be_stored_now_are_kept_at_the_edge(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.answered(night.edge.trunk_calls_alone("kt", "01055551234", "0212345678"))
    async with night.day() as office:
        working = office.database.write

        async def full(fn: object) -> None:
            raise Unavailable("store.disk_full")

        monkeypatch.setattr(office.database, "write", full)
        await office.until(office.calls.live)
        assert len(night.edge.noted) >= 3
        monkeypatch.setattr(office.database, "write", working)
        night.edge.phone_calls_alone("101", "102")
        await forgotten(office)
        assert len(await rows(office)) == 2


async def test_an_unused_lease_does_not_end_a_call_that_the_edge_connected(tmp_path: Path) -> None:
    async with running_office(tmp_path) as office:
        call_id = await office.inbound()
        call = office.edge.sent[0][0]
        office.edge.handles_alone(call)
        office.edge.notes_down(call, AloneAnswered("101", tag="a"))
        office.voice.leave_unused(call_id)
        await office.until(lambda: [view for view in office.calls.live() if view.state is State.TALKING])
        assert (await only_row(office)).id == call_id
