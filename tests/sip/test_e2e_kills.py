"""Parts of the box are killed in the middle of talks: what the others notice, and what the call log says afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.simulators import audio
from tests.simulators.sip_call import Call
from tests.simulators.sip_ua import Behaviour
from tests.support.box import descendants
from tests.support.office import CARRIER_TONE, PHONE_TONE, Office, office

pytestmark = pytest.mark.sip

_NOTICED_MS = 100  # a silence that a person would notice, beyond what the simulators themselves leave out


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path, "101") as opened:
        opened.phones["101"].behaviour = Behaviour(answer_after=0)
        yield opened


async def talking(desk: Office, caller: str) -> Call:
    call = desk.call_in(caller)
    await call.answered()
    return call


def silence_ms(desk: Office, call: Call, since_ns: int) -> float:
    phone = next(taken for taken in desk.phones["101"].calls if taken.shown == call.shown)
    here = call.stream.heard.gap_added_ms(since_ns, phone.stream.sent_at)
    return max(here, phone.stream.heard.gap_added_ms(since_ns, call.stream.sent_at))


@pytest.mark.parametrize("part", ["core", "edge"])
async def test_a_talk_goes_on_while_core_or_edge_is_killed_and_is_in_the_log_afterwards(
    desk: Office, part: str
) -> None:
    call = await talking(desk, "01000000001")
    await asyncio.sleep(0.5)
    killed_ns = time.time_ns()
    os.kill(desk.box.pid(part), signal.SIGKILL)
    await asyncio.sleep(1.5)
    call.hang_up()
    await call.ended()
    assert silence_ms(desk, call, killed_ns) < _NOTICED_MS
    await desk.box.until_ready()
    row = await desk.next_row(20)
    assert (row["result"], row["extension"], row["ended_by"]) == ("answered", "101", "caller")
    left, right = await desk.listen(row["id"])
    assert sum(end - start for start, end in audio.tone_spans(left, CARRIER_TONE)) >= 1900
    assert sum(end - start for start, end in audio.tone_spans(right, PHONE_TONE)) >= 1900


async def test_a_killed_worker_ends_its_own_call_only_and_its_recording_is_kept(desk: Office) -> None:
    spared = await talking(desk, "01000000001")
    victim = await talking(desk, "01000000002")
    await asyncio.sleep(1.5)
    killed_ns = time.time_ns()
    os.kill(await asyncio.to_thread(desk.worker_of, victim), signal.SIGKILL)
    await victim.ended(5)
    row = await desk.next_row(20)
    assert (row["caller_number"], row["result"]) == ("+821000000002", "lost")
    left, _ = await desk.listen(row["id"])
    assert sum(end - start for start, end in audio.tone_spans(left, CARRIER_TONE)) >= 500
    assert not spared.over
    assert silence_ms(desk, spared, killed_ns) < _NOTICED_MS
    spared.hang_up()
    await spared.ended()
    assert (await desk.next_row())["result"] == "answered"


async def test_a_killed_relay_is_hardly_heard_and_its_talks_end_and_are_kept_as_ever(desk: Office) -> None:
    call = await talking(desk, "01000000001")
    while (relay := await asyncio.to_thread(desk.relay)) is None:  # noqa: ASYNC110 - a process that nothing tells of
        await asyncio.sleep(0.05)
    await asyncio.sleep(1.0)
    killed_ns = time.time_ns()
    os.kill(relay, signal.SIGKILL)
    await asyncio.sleep(1.0)
    call.hang_up()
    await call.ended()
    assert silence_ms(desk, call, killed_ns) < _NOTICED_MS
    row = await desk.next_row(20)
    assert (row["result"], row["ended_by"]) == ("answered", "caller")
    left, right = await desk.listen(row["id"])
    for side, hertz in ((left, CARRIER_TONE), (right, PHONE_TONE)):
        assert sum(end - start for start, end in audio.tone_spans(side, hertz)) >= 1200


async def test_after_everything_was_killed_the_call_is_in_the_log_with_its_recording(desk: Office) -> None:
    call = await talking(desk, "01000000001")
    await asyncio.sleep(1.5)
    killed_ms = time.time() * 1000
    for pid in descendants(desk.box.pid("launcher")):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    call.finish()
    await desk.box.until_ready()
    row = await desk.next_row(20)
    assert (row["result"], row["extension"]) == ("lost", "101")
    assert abs(row["ended_ms"] - killed_ms) < 1500
    left, _ = await desk.listen(row["id"])
    assert sum(end - start for start, end in audio.tone_spans(left, CARRIER_TONE)) >= 500
    await desk.registered(desk.phones["101"])
    again = await talking(desk, "01000000002")
    again.hang_up()
    await again.ended()
    assert (await desk.next_row())["result"] == "answered"
