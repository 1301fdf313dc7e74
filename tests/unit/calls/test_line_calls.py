"""Calls on analog lines in call control: rows, screens, time, a restart in the middle of one, and gateways' trunks."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.calls.call import Result, State
from appliance.calls.line_calls import RINGS_S, LineRing
from appliance.calls.service import CallFilter
from sip.edge.fake import FakeEdge
from sip.voice.fake import FakeVoice
from tests.unit.calls.office import Office, TurnedClock, running_office

pytestmark = pytest.mark.unit

CALLER = "+821055551234"


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
