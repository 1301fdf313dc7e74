"""Evidence through kills: nothing half-made is ever offered, asking again works, and what was kept stays kept."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from blockbuster import BlockBuster

from appliance.calls.call import Warned
from appliance.calls.events import CallerWarned
from appliance.evidence.verifying import verify
from tests.support.evidence_core import POINTS
from tests.support.recorded import recorded
from tests.support.stage import stage

pytestmark = pytest.mark.process


@pytest.fixture(autouse=True)
def starting_may_block(blocking_is_an_error: BlockBuster) -> None:
    """A core that starts and stops in a test touches the disk."""
    blocking_is_an_error.deactivate()


async def recorded_call(folder: Path) -> tuple[Path, str]:
    """Let a call be over, with its recording; returns the data folder and the call."""
    async with stage(folder) as played:
        call = await played.arrive("+821055551234")
        await call.answer("101")
        await call.caller_ends()
        data = played.services.config.folder
        await played.services.recordings.take(recorded(data, call.id))
        await played.services.recordings.settled()
        return data, call.id


def cut_power(data: Path, call: str, point: str) -> None:
    """Let a core make a package and die at `point`."""
    core = [sys.executable, "-m", "tests.support.evidence_core", str(data), call, point]
    assert subprocess.run(core, timeout=60, check=False).returncode == -9


@pytest.mark.parametrize("point", POINTS)
async def test_a_core_that_dies_over_a_package_offers_nothing_and_the_next_one_makes_it(
    tmp_path: Path, point: str
) -> None:
    data, call = await recorded_call(tmp_path)
    await asyncio.to_thread(cut_power, data, call, point)
    async with stage(tmp_path, furnished=False) as played:
        evidence = played.services.evidence
        assert (await evidence.of_call(call)).exports == ()
        assert list((data / "evidence").iterdir()) == []
        made = await evidence.export(call, "admin", "for the police")
        assert (await evidence.of_call(call)).exports == (made,)
        _, file = await evidence.package(call, made.id)
        assert list((data / "evidence").iterdir()) == [file]
        assert (await asyncio.to_thread(verify, file)).genuine


async def test_a_warned_call_is_kept_for_its_days_through_a_restart_and_not_again_after_a_release(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as played:
        call = await played.arrive("+821055551234")
        await call.answer("101")
        evidence = played.services.evidence
        played.bus.publish(CallerWarned(call.view, Warned(played.now, 1, "long_call", "101", "box", "")))
        await evidence.settled()
        assert not (await evidence.of_call(call.id)).held, "who only takes long has done nothing"
        warned = Warned(played.now, 1, "abuse", "101", "haneul", "")
        for _ in range(2):
            played.bus.publish(CallerWarned(call.view, warned))
        await evidence.settled()
        (hold,) = (await evidence.of_call(call.id)).holds
        assert (hold.by, hold.until_ms) == ("", hold.since_ms + 1095 * 24 * 3600 * 1000)
        assert await evidence.held((call.id, "another")) == {call.id}
    async with stage(tmp_path, furnished=False) as played:
        evidence = played.services.evidence
        assert (await evidence.of_call(call.id)).held
        await evidence.keep(call.id, "admin", "a claim for damages")
        assert not (await evidence.release(call.id, "admin", "settled")).held
        played.bus.publish(CallerWarned(call.view, warned))
        await evidence.settled()
        assert await evidence.held((call.id,)) == frozenset()
