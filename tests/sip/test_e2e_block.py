"""Callers who are warned, terminated and blocked, through a whole box: the order of events is what phones received."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.simulators import audio
from tests.support.blocking import LAST_MS, LAST_TONE, WARNING_MS, WARNING_TONE, panicked, says_tones, talks, terminated
from tests.support.office import CARRIER_TONE, PHONE_TONE, Office, hears, office, until

pytestmark = [pytest.mark.sip, pytest.mark.asyncio(loop_scope="module")]

MS = 1_000_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    folder = tmp_path_factory.mktemp("block")
    async with office(folder, "101", "102", board="simulator") as desk:
        await says_tones(desk, folder)
        group = (await desk.box.ask("GET", "/groups"))["items"][0]["id"]
        await desk.box.ask("PATCH", f"/groups/{group}", {"members": ["101"]})
        yield desk


async def test_the_agent_falls_silent_the_caller_hears_it_whole_and_then_the_call_ends(desk: Office) -> None:
    told = await terminated(desk)
    samples = told.caller.stream.heard.samples
    agent, last = audio.tone_spans(samples, PHONE_TONE), audio.tone_spans(samples, LAST_TONE)
    assert agent[-1][1] <= last[0][0] + 20, "the agent's last sample comes before the announcement's first"
    assert abs(sum(end - start for start, end in last) - LAST_MS) <= 40, "from its first sample to its last"
    bye = told.caller.at("BYE", sent=False)
    assert bye > told.last_heard_ns, "and then BYE"
    assert bye - told.last_heard_ns < 1000 * MS
    assert told.cut_ms < 200
    assert told.phone_heard_ms < 200
    assert told.announcement_ms < 500
    row = await desk.next_row()
    assert (row["result"], row["cause"], row["ended_by"]) == ("terminated", "call.cause.terminated", "box")
    steps = [step["key"] for step in (await desk.box.ask("GET", f"/calls/{row['id']}/timeline"))["items"]]
    assert "timeline.terminated" in steps
    assert "timeline.warning_heard" in steps


async def test_what_was_really_played_is_in_the_recording_and_what_the_agent_said_meanwhile_is_not(
    desk: Office,
) -> None:
    told = await terminated(desk)
    row = await desk.next_row()
    caller, ours = await desk.listen(row["id"])
    last, agent = audio.tone_spans(ours, LAST_TONE), audio.tone_spans(ours, PHONE_TONE)
    assert abs(sum(end - start for start, end in last) - LAST_MS) <= 60
    assert agent[-1][1] <= last[0][0] + 60, "the agent is not heard while the caller is told"
    said = told.caller.stream  # which may have left out something itself just then
    quiet_ms = said.own_pause_ms(told.last_heard_ns - 1000 * MS, told.last_heard_ns)
    assert audio.tone_spans(caller, CARRIER_TONE)[-1][1] >= last[-1][1] - 280 - quiet_ms, "the caller is, to the end"


async def test_a_warned_caller_hears_it_and_then_the_agent_again(desk: Office) -> None:
    caller, phone, call = await talks(desk)
    await desk.box.ask("POST", f"/calls/{call}/warn", {"extension": "101", "stage": 1})

    async def over() -> bool:
        spans_of = audio.tone_spans(caller.stream.heard.samples, WARNING_TONE)
        agent = audio.tone_spans(caller.stream.heard.samples, PHONE_TONE)
        return bool(spans_of) and agent[-1][0] > spans_of[-1][1]

    await until(over, "the agent is heard again")
    assert abs(audio.tone_ms(caller.stream.heard.samples, WARNING_TONE) - WARNING_MS) <= 40
    assert audio.tone_ms(phone.stream.heard.samples, WARNING_TONE) == 0
    caller.hang_up()
    await phone.ended()
    row = await desk.next_row()
    assert (row["result"], [one["stage"] for one in row["warned"]]) == ("answered", [1])
    _, ours = await desk.listen(row["id"])
    assert abs(audio.tone_ms(ours, WARNING_TONE) - WARNING_MS) <= 60


async def test_a_caller_who_hangs_up_first_was_terminated_and_is_recorded_as_far_as_it_went(desk: Office) -> None:
    caller, phone, call = await talks(desk)
    await desk.box.ask("POST", f"/calls/{call}/terminate", {"extension": "101"})
    await hears(caller, LAST_TONE, 500)
    caller.hang_up()
    await phone.ended()
    row = await desk.next_row()
    assert (row["result"], row["cause"]) == ("terminated", "call.cause.terminated_left")
    _, ours = await desk.listen(row["id"])
    assert abs(audio.tone_ms(ours, LAST_TONE) - caller.stream.heard.tone_ms(LAST_TONE)) <= 200


async def test_the_panic_button_on_the_box_does_the_same_within_300_ms(desk: Office) -> None:
    await desk.box.ask("PATCH", "/indicators/buttons/panic-1", {"desk": "101"})
    told = await panicked(desk)
    assert abs(told.caller.stream.heard.tone_ms(LAST_TONE) - LAST_MS) <= 40
    assert told.announcement_ms <= 300
    assert told.cut_ms < 200
    row = await desk.next_row()
    assert (row["result"], row["warned"][-1]["extension"]) == ("terminated", "101")
    lamps = {one["lamp"]: one for one in (await desk.box.ask("GET", "/indicators"))["lamps"]}
    assert (lamps["power"]["pattern"], lamps["line"]["pattern"]) == ("heartbeat", "on")
    nothing = await desk.box.ask("POST", "/indicators/press", {"button": "panic"})
    assert nothing["result"] == "no_call"


async def test_a_worker_that_is_killed_ends_it_too(desk: Office) -> None:
    caller, phone, call = await talks(desk)
    await hears(caller, PHONE_TONE, 1500)  # the last second may be lost
    await desk.box.ask("POST", f"/calls/{call}/terminate", {"extension": "101"})
    await hears(caller, LAST_TONE, 100)
    os.kill(desk.worker_of(caller), signal.SIGKILL)
    await caller.ended(20)
    await phone.ended(20)
    row = await desk.next_row(20)
    assert (row["result"], row["recording"]) == ("terminated", "ready")
    assert [one["stage"] for one in row["warned"]] == [3]


async def test_a_phone_that_holds_a_caller_ends_the_call_by_its_code(desk: Office) -> None:
    caller, phone, _ = await talks(desk)
    phone.hold()
    await asyncio.sleep(0.3)
    code = desk.phones["101"].call("*3")
    await code.answered()
    await caller.ended()
    assert abs(audio.tone_ms(caller.stream.heard.samples, LAST_TONE) - LAST_MS) <= 40
    await phone.ended()
    await code.ended()
    rows = {row["result"] for row in (await desk.next_row(), await desk.next_row())}
    assert "terminated" in rows


async def test_a_blocked_caller_hears_why_and_no_phone_rings(desk: Office) -> None:
    sent = {"number": "010-7777-1234", "announcement": "last"}
    block = await desk.box.ask("POST", "/blocks", sent)
    call = desk.call_in("01077771234")
    await call.ended()
    assert abs(call.stream.heard.tone_ms(LAST_TONE) - LAST_MS) <= 40
    assert desk.phones["101"].arrived.empty()
    row = await desk.next_row()
    assert (row["result"], row["extensions"]) == ("blocked", [])
    busy = await desk.box.ask("POST", "/blocks", {"kind": "prefix", "number": "0109999", "action": "busy"})
    refused = desk.call_in("01099991234")
    await refused.ended()
    assert refused.code == 486

    async def counted() -> bool:
        hits = {one["id"]: one["hits"] for one in (await desk.box.ask("GET", "/blocks"))["items"]}
        return hits == {block["id"]: 1, busy["id"]: 1}

    await until(counted, "both are counted")
