"""Parts of the box are killed in the middle of talks: what the others notice, and what the call log says afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.simulators import audio
from tests.simulators.sip_call import Call
from tests.simulators.sip_ua import Behaviour
from tests.support.box import Box, descendants
from tests.support.office import CARRIER_TONE, PHONE_TONE, Office, hears, office, says, until

pytestmark = pytest.mark.sip

_NOTICED_MS = 100  # a silence that a person would notice, beyond what the simulators themselves leave out


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path, "101") as opened:
        opened.phones["101"].behaviour = Behaviour(answer_after=0)
        await opened.edge_knows("101")
        yield opened


async def talking(desk: Office, caller: str) -> Call:
    call = desk.call_in(caller)
    await call.answered()
    return call


def taken(desk: Office, call: Call) -> Call:
    """Return a caller's call as the phone has it that took it."""
    taken = (one for phone in desk.phones.values() for one in phone.calls)
    return next(one for one in taken if one.shown == call.shown)


def silence_ms(desk: Office, call: Call, since_ns: int) -> float:
    phone = taken(desk, call)
    here = call.stream.heard.gap_added_ms(since_ns, phone.stream.sent_at)
    return max(here, phone.stream.heard.gap_added_ms(since_ns, call.stream.sent_at))


@pytest.mark.parametrize("part", ["core", "edge"])
async def test_a_talk_goes_on_while_core_or_edge_is_killed_and_is_in_the_log_afterwards(
    desk: Office, part: str
) -> None:
    call = await talking(desk, "01000000001")
    phone = taken(desk, call)
    await asyncio.gather(hears(call, PHONE_TONE, 600), hears(phone, CARRIER_TONE, 600))
    killed_ns = time.time_ns()
    os.kill(desk.box.pid(part), signal.SIGKILL)
    await says(1500, call, phone)
    call.hang_up()
    await call.ended()
    assert silence_ms(desk, call, killed_ns) < _NOTICED_MS
    await desk.box.until_ready()
    row = await desk.next_row(20)
    assert (row["result"], row["extension"], row["ended_by"]) == ("answered", "101", "caller")
    left, right = await desk.listen(row["id"])
    assert audio.tone_ms(left, CARRIER_TONE) >= 1900
    assert audio.tone_ms(right, PHONE_TONE) >= 1900


@contextmanager
def without_core(box: Box) -> Iterator[None]:
    """The core is killed, and whoever would start it again does not get to it."""
    os.kill(box.pid("launcher"), signal.SIGSTOP)
    try:
        os.kill(box.pid("core"), signal.SIGKILL)
        yield
    finally:
        os.kill(box.pid("launcher"), signal.SIGCONT)


async def test_a_call_that_came_and_went_while_the_core_was_dead_is_in_the_log_as_it_was(desk: Office) -> None:
    with without_core(desk.box):
        began_ms = time.time() * 1000
        call = await talking(desk, "01000000001")
        await asyncio.sleep(1)
        call.hang_up()
        await call.ended()
        ended_ms = time.time() * 1000
    row = (await desk.logged(1))[0]
    assert (row["direction"], row["state"], row["result"], row["ended_by"]) == ("in", "ended", "answered", "caller")
    assert (row["caller_number"], row["presentation"]) == ("+821000000001", "shown")
    assert (row["called_number"], row["number"]) == ("+82212345678", "+82212345678")
    assert (row["trunk"], row["group"]) == (desk.trunk, "main")
    assert (row["extension"], row["extensions"]) == ("101", ["101"])
    moments = [row[f"{what}_ms"] for what in ("started", "ringing", "answered", "ended")]
    assert [began_ms - 1, *moments, ended_ms] == sorted([began_ms - 1, *moments, ended_ms])
    assert row["ended_ms"] - row["answered_ms"] >= 900
    assert (row["cause"], row["recording"]) == ("call.cause.edge_alone", "")
    await desk.box.until_ready()  # of its parts the edge may have been the first
    again = await talking(desk, "01000000002")
    again.hang_up()
    await again.ended()
    assert (await desk.next_row(20))["caller_number"] == "+821000000002"
    assert [found["caller_number"] for found in await desk.calls()] == ["+821000000002", "+821000000001"]


async def test_a_talk_that_the_edge_connected_is_seen_when_the_core_is_back_and_ends_in_the_log(desk: Office) -> None:
    with without_core(desk.box):
        call = await talking(desk, "01000000001")
    await desk.box.until_ready()
    row = (await desk.logged(1, "talking"))[0]
    assert (row["extension"], row["ended_ms"]) == ("101", 0)
    os.kill(desk.box.pid("edge"), signal.SIGKILL)
    row = (await desk.logged(1))[0]
    assert (row["result"], row["cause"]) == ("lost", "call.cause.edge_restarted")
    call.hang_up()
    await call.ended()
    row = (await desk.logged(1, "ended", result="answered"))[0]
    assert row["ended_by"] == "caller"


async def test_a_call_that_a_hung_core_was_too_slow_for_is_one_row_and_true(desk: Office) -> None:
    core = desk.box.pid("core")
    os.kill(core, signal.SIGSTOP)
    try:
        call = await talking(desk, "01000000001")
        answered_ms = time.time() * 1000
        call.hang_up()
        await call.ended()
        await asyncio.sleep(1)
    finally:
        os.kill(core, signal.SIGCONT)
    (row,) = await desk.logged(1, result="answered")
    assert (row["extension"], row["ended_by"], row["cause"]) == ("101", "caller", "call.cause.edge_alone")
    began_ms = call.at("INVITE", sent=True) / 1_000_000
    assert began_ms - 1 <= row["started_ms"] <= began_ms + 300
    assert row["started_ms"] + 850 <= row["answered_ms"] <= answered_ms
    assert len(await desk.calls()) == 1


async def test_a_killed_worker_ends_its_own_call_only_and_its_recording_is_kept(desk: Office) -> None:
    await desk.box.ask("PATCH", "/groups/main", {"strategy": "order"})
    (await desk.add_phone("102")).behaviour = Behaviour(answer_after=0)
    spared = await talking(desk, "01000000001")
    victim = await talking(desk, "01000000002")
    await says(1500, victim)
    killed_ns = time.time_ns()
    os.kill(await asyncio.to_thread(desk.worker_of, victim), signal.SIGKILL)
    await victim.ended()
    row = await desk.next_row(20)
    assert (row["caller_number"], row["result"]) == ("+821000000002", "lost")
    left, _ = await desk.listen(row["id"])
    assert audio.tone_ms(left, CARRIER_TONE) >= 500
    assert not spared.over
    assert silence_ms(desk, spared, killed_ns) < _NOTICED_MS
    spared.hang_up()
    await spared.ended()
    assert (await desk.next_row())["result"] == "answered"


async def test_a_killed_relay_is_hardly_heard_and_its_talks_end_and_are_kept_as_ever(desk: Office) -> None:
    call = await talking(desk, "01000000001")

    async def relay() -> int | None:
        return await asyncio.to_thread(desk.relay)

    await until(relay, "a relay has come")
    serving = await relay()
    assert serving is not None
    phone = taken(desk, call)
    await says(1000, call, phone)
    killed_ns = time.time_ns()
    os.kill(serving, signal.SIGKILL)
    await says(1000, call, phone)
    call.hang_up()
    await call.ended()
    assert silence_ms(desk, call, killed_ns) < _NOTICED_MS
    row = await desk.next_row(20)
    assert (row["result"], row["ended_by"]) == ("answered", "caller")
    left, right = await desk.listen(row["id"])
    for side, hertz in ((left, CARRIER_TONE), (right, PHONE_TONE)):
        assert audio.tone_ms(side, hertz) >= 1200


async def test_after_everything_was_killed_the_call_is_in_the_log_with_its_recording(desk: Office) -> None:
    call = await talking(desk, "01000000001")
    await says(1500, call)
    killing_ms = time.time() * 1000
    for pid in descendants(desk.box.pid("launcher")):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    killed_ms = time.time() * 1000
    call.finish()
    await desk.box.until_ready()
    row = await desk.next_row(20)
    assert (row["result"], row["extension"]) == ("lost", "101")
    assert killing_ms - 1500 < row["ended_ms"] < killed_ms + 1500
    left, _ = await desk.listen(row["id"])
    assert audio.tone_ms(left, CARRIER_TONE) >= 500
    await desk.registered(desk.phones["101"])
    again = await talking(desk, "01000000002")
    again.hang_up()
    await again.ended()
    assert (await desk.next_row())["result"] == "answered"
