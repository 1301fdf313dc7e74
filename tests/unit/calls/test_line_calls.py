"""Calls on analog lines in call control: rows, screens, time, a restart in the middle of one, and gateways' trunks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.calls.call import Result, State
from appliance.calls.line_calls import RINGS_S, LineDial, LineRing
from appliance.calls.service import CallFilter
from appliance.core.errors import Conflict, NotFound
from sip.edge.fake import FakeEdge
from sip.voice.fake import FakeVoice
from tests.unit.calls.office import Office, TurnedClock, running_office

pytestmark = pytest.mark.unit

CALLER = "+821055551234"
FILE = "line-1.wav"


def ring(office: Office, number: str = CALLER, line: str = "1", *, tells: bool = True) -> LineRing:
    presentation = "shown" if number else "withheld"
    return LineRing(line, f"회선 {line}", "", "", tells, number, presentation, "", office.clock.now_ms())


async def test_a_ring_outlives_the_core_and_ends_in_its_time(tmp_path: Path) -> None:
    clock = TurnedClock()
    edge, voice = FakeEdge(clock.now_ms), FakeVoice(tmp_path / "voice", now_ms=clock.now_ms)
    async with running_office(tmp_path, voice, clock, edge) as office:
        call = await office.calls.on_lines.ring(ring(office))
        assert [one.id for one in office.calls.live()] == [call]
    clock.due.clear()  # the core's timers went with it
    async with running_office(tmp_path, voice, clock, edge) as office:
        assert [(one.id, one.state) for one in office.calls.live()] == [(call, State.RINGING)]
        clock.turn(RINGS_S)
        await office.ended()
        assert (await office.row(call)).result is Result.NO_ANSWER


async def test_another_caller_on_the_line_ends_the_call_before(tmp_path: Path) -> None:
    clock = TurnedClock()
    edge, voice = FakeEdge(clock.now_ms), FakeVoice(tmp_path / "voice", now_ms=clock.now_ms)
    async with running_office(tmp_path, voice, clock, edge) as office:
        first = await office.calls.on_lines.ring(ring(office, tells=False))
        clock.turn(20)
        second = await office.calls.on_lines.ring(ring(office, ""))
        await office.until(lambda: [one.id for one in office.calls.live()] == [second])
        office.calls.on_lines.picked_up("2", clock.now_ms())  # another line
        office.calls.on_lines.picked_up("1", clock.now_ms())
        await office.until(lambda: office.calls.live()[0].state is State.TALKING)
        office.calls.on_lines.put_down("1", clock.now_ms())
        await office.stored(Result.ANSWERED.value)
        found = (await office.calls.search(CallFilter())).calls
        assert [(one.id, one.result) for one in found] == [(second, Result.ANSWERED), (first, Result.UNKNOWN)]
        assert (await office.calls.last_with(CALLER, clock.now_ms())) is not None


DIAL = LineDial("1", "회선 1", "+82212345678", True, "101", CALLER, "김하늘")


async def test_a_number_is_dialled_once_and_never_on_a_line_in_use(tmp_path: Path) -> None:
    clock = TurnedClock()
    edge, voice = FakeEdge(clock.now_ms), FakeVoice(tmp_path / "voice", now_ms=clock.now_ms)
    async with running_office(tmp_path, voice, clock, edge) as office:
        lines = office.calls.on_lines
        call = await lines.dial(DIAL)
        assert await lines.dial(DIAL) == call
        for other in (replace(DIAL, called="119"), replace(DIAL, line="2")):  # one line, one desk: one call
            with pytest.raises(Conflict):
                await lines.dial(other)
        lines.dialled("1", clock.now_ms())
        await office.until(lambda: office.calls.live()[0].ringing_ms)
        lines.picked_up("1", clock.now_ms())
        await office.until(lambda: office.calls.live()[0].state is State.TALKING)
        assert [one.id for one in office.calls.desk.at("101")] == [call]
        lines.dial_failed("1", "away", clock.now_ms())  # the talk is the telephone's by now
        lines.put_down("1", clock.now_ms())
        await office.stored(Result.ANSWERED.value)
        row = await office.row(call)
        assert (row.direction, row.far_number, row.extension, row.line) == ("out", CALLER, "101", "회선 1")


async def test_the_only_one_who_is_there_has_what_was_picked_up(tmp_path: Path) -> None:
    clock = TurnedClock()
    edge, voice = FakeEdge(clock.now_ms), FakeVoice(tmp_path / "voice", now_ms=clock.now_ms)
    async with running_office(tmp_path, voice, clock, edge) as office:
        here = replace(office.desks.availability("101"), person="haneul")
        office.desks.states = {"101": here, "102": replace(here, person="")}
        call = await office.calls.on_lines.ring(ring(office))
        office.calls.on_lines.picked_up("1", clock.now_ms())
        await office.until(lambda: office.calls.live()[0].extension == "101")
        await office.calls.on_lines.take(call, "102", "관리자", instead=True)
        assert office.calls.live()[0].extension == "102"
        office.desks.states["102"] = replace(here, person="doyun")
        await office.calls.on_lines.ring(ring(office, line="2"))
        office.calls.on_lines.picked_up("2", clock.now_ms())
        await office.until(lambda: office.calls.live()[1].state is State.TALKING)
        assert office.calls.live()[1].extension == ""  # either of them may have it


async def test_who_had_a_call_is_said_afterwards_and_corrected(tmp_path: Path) -> None:
    clock = TurnedClock()
    edge, voice = FakeEdge(clock.now_ms), FakeVoice(tmp_path / "voice", now_ms=clock.now_ms)
    async with running_office(tmp_path, voice, clock, edge) as office:
        call = await office.calls.on_lines.ring(ring(office))
        office.calls.on_lines.picked_up("1", clock.now_ms())
        office.calls.on_lines.put_down("1", clock.now_ms())
        await office.stored(Result.ANSWERED.value)
        for _ in range(2):
            await office.calls.on_lines.take(call, "101", "김하늘")
        with pytest.raises(Conflict):
            await office.calls.on_lines.take(call, "102", "박도윤")
        await office.calls.on_lines.take(call, "102", "관리자", instead=True)
        assert (await office.row(call)).extension == "102"
        keys = [step.key for step in await office.calls.timeline(call)]
        assert keys.count("timeline.line_taken_by") == 2
        with pytest.raises(NotFound):
            await office.calls.on_lines.take("nothing", "101", "김하늘")


async def closing(office: Office) -> str:
    """Let a call of line 1 be over and its file not be closed yet."""
    lines = office.calls.on_lines
    call = await lines.ring(ring(office))
    lines.picked_up("1", office.clock.now_ms())
    await lines.tape_begins(call, FILE, office.clock.now_ms())
    lines.put_down("1", office.clock.now_ms())
    await office.until(lambda: [one.over for one in lines.talks()] == [True])
    return call


async def test_a_line_whose_file_is_being_closed_takes_the_next_call_at_once(tmp_path: Path) -> None:
    clock = TurnedClock()
    edge, voice = FakeEdge(clock.now_ms), FakeVoice(tmp_path / "voice", now_ms=clock.now_ms)
    async with running_office(tmp_path, voice, clock, edge) as office:
        lines = office.calls.on_lines
        over = await closing(office)
        assert not lines.in_use("1")
        dialled = await lines.dial(DIAL)
        lines.dial_failed("1", "busy", clock.now_ms())
        await office.stored(Result.BUSY.value)
        next_one = await lines.ring(ring(office, "+821099998888"))
        await lines.tape_closed(over, FILE, 4000)
        await office.stored(Result.ANSWERED.value)
        assert len({over, dialled, next_one}) == 3
        assert [(one.id, one.state) for one in office.calls.live()] == [(next_one, State.RINGING)]


async def test_a_call_whose_file_is_being_closed_is_claimed_and_that_ends_no_other_talk(tmp_path: Path) -> None:
    clock = TurnedClock()
    edge, voice = FakeEdge(clock.now_ms), FakeVoice(tmp_path / "voice", now_ms=clock.now_ms)
    async with running_office(tmp_path, voice, clock, edge) as office:
        lines = office.calls.on_lines
        over = await closing(office)
        talk = await lines.ring(ring(office, "+821099998888", line="2", tells=False))
        await lines.take(talk, "101", "김하늘")
        await lines.take(over, "101", "김하늘")
        await lines.tape_closed(over, FILE, 4000)
        await office.stored(Result.ANSWERED.value)
        assert (await office.row(over)).extension == "101"
        assert [(one.id, one.state) for one in office.calls.live()] == [(talk, State.TALKING)]


async def test_a_call_whose_file_was_being_closed_waits_for_it_after_a_restart(tmp_path: Path) -> None:
    clock = TurnedClock()
    edge, voice = FakeEdge(clock.now_ms), FakeVoice(tmp_path / "voice", now_ms=clock.now_ms)
    async with running_office(tmp_path, voice, clock, edge) as office:
        over = await closing(office)
    async with running_office(tmp_path, voice, clock, edge) as office:
        (talk,) = office.calls.on_lines.talks()
        assert (talk.call, talk.tape, talk.over) == (over, FILE, True)
        await office.calls.on_lines.tape_closed(over, FILE, 4000, "killed")
        await office.until(lambda: not office.calls.on_lines.talks())
        assert (await office.row(over)).result is Result.ANSWERED


@pytest.mark.parametrize("line_first", [True, False])
async def test_a_hidden_caller_whom_line_and_trunk_tell_of_is_one(tmp_path: Path, line_first: bool) -> None:
    clock = TurnedClock()
    edge, voice = FakeEdge(clock.now_ms), FakeVoice(tmp_path / "voice", now_ms=clock.now_ms)
    async with running_office(tmp_path, voice, clock, edge) as office:
        mine = replace(ring(office, ""), number="+82212345678")
        if line_first:
            await office.calls.on_lines.ring(mine)
            trunk = await office.inbound("anonymous")
            await office.until(lambda: [one.id for one in office.calls.live()] == [trunk])
        else:
            trunk = await office.inbound("anonymous")
            assert await office.calls.on_lines.ring(mine) == trunk
        other = await office.calls.on_lines.ring(replace(mine, line="2", number="+82299999999"))
        assert {one.id for one in office.calls.live()} == {trunk, other}


async def test_a_trunk_that_tells_of_a_call_while_its_caller_is_looked_up_is_not_told_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_office(tmp_path) as office:
        asked, found, lookups = asyncio.Event(), asyncio.Event(), iter((True, False))

        async def slow(_: str) -> None:
            if next(lookups):
                asked.set()
                await found.wait()

        monkeypatch.setattr(office, "who_is", slow)
        mine = replace(ring(office), number="+82212345678")
        told = asyncio.create_task(office.calls.on_lines.ring(mine))
        await asked.wait()
        trunk = await office.inbound()
        found.set()
        assert await told == trunk
        assert [one.id for one in office.calls.live()] == [trunk]
