"""Real programs at both ends: Debian's baresip as the desk phone, SIPp as the carrier."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.simulators import audio
from tests.simulators.baresip import Account, Baresip
from tests.simulators.sipp import Caller, Sipp
from tests.support.kamailio import free_ports
from tests.support.office import CARRIER_ADDRESS, CARRIER_TONE, NUMBER, PHONE_TONE, Office, office, until

pytestmark = pytest.mark.sip


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path) as opened:
        yield opened


@pytest.fixture
async def phone(desk: Office, tmp_path: Path) -> AsyncIterator[Baresip]:
    microphone = tmp_path / "microphone.wav"
    await asyncio.to_thread(audio.write_wav, microphone, audio.tone(PHONE_TONE, 20_000))
    password = await desk.add_extension("101")
    async with Baresip(tmp_path / "phone", Account("101", password, *desk.edge), microphone) as opened:
        await opened.start(free_ports(1)[0])

        async def known() -> bool:
            return bool((await desk.box.ask("GET", "/extensions/101"))["phones"])

        await until(known, "the core knows the phone")
        yield opened


@pytest.fixture
async def caller(tmp_path: Path) -> AsyncIterator[Sipp]:
    sound = await asyncio.to_thread(audio.raw_alaw, tmp_path / "caller.alaw", audio.tone(CARRIER_TONE, 5_000))
    async with Sipp(tmp_path / "caller", CARRIER_ADDRESS, sound) as opened:
        yield opened


async def talked(desk: Office, milliseconds: int) -> None:
    """Wait until the box has had so much sound of both sides: the pace of these programs is not ours."""
    (live,) = (await desk.box.ask("GET", "/live"))["calls"]

    async def came() -> bool:
        legs = (await desk.box.ask("GET", f"/calls/{live['id']}/quality"))["legs"]
        return len(legs) == 2 and all(leg["received"] * 20 >= milliseconds for leg in legs)

    await until(came, f"both sides have spoken for {milliseconds} ms")


async def test_baresip_is_rung_by_a_carrier_answers_hears_is_heard_and_hangs_up(
    desk: Office, phone: Baresip, caller: Sipp
) -> None:
    await caller.call(NUMBER, desk.edge, Caller("01055551234"), talk_ms=60_000)
    rung = await phone.event("CALL_INCOMING")
    assert "01055551234" in rung["peeruri"]
    phone.command("accept")
    await phone.event("CALL_ESTABLISHED")
    await talked(desk, 1500)
    phone.command("hangup")
    assert await caller.done() == 0
    row = await desk.next_row()
    assert (row["result"], row["extension"], row["ended_by"]) == ("answered", "101", "called")
    left, right = await desk.listen(row["id"])
    assert audio.tone_ms(left, CARRIER_TONE) >= 1000
    assert audio.tone_ms(right, PHONE_TONE) >= 1000
    assert audio.tone_ms(left, PHONE_TONE) < 100, "the agent is on the caller's side of the recording"
    await phone.stop()
    assert audio.tone_ms(phone.heard(), CARRIER_TONE) >= 1000


async def test_a_caller_who_hangs_up_ends_baresips_call(desk: Office, phone: Baresip, caller: Sipp) -> None:
    await caller.call(NUMBER, desk.edge, Caller(""), talk_ms=1000)
    await phone.event("CALL_INCOMING")
    phone.command("accept")
    await phone.event("CALL_CLOSED")
    assert await caller.done() == 0
    row = await desk.next_row()
    assert (row["result"], row["ended_by"], row["presentation"]) == ("answered", "caller", "withheld")


async def test_a_caller_who_gives_up_stops_baresip_ringing(desk: Office, phone: Baresip, caller: Sipp) -> None:
    await caller.call(NUMBER, desk.edge, Caller("0313450091"), talk_ms=300, scenario="give_up")
    await phone.event("CALL_INCOMING")
    await phone.event("CALL_CLOSED")
    assert await caller.done() == 0
    assert (await desk.next_row())["result"] == "cancelled"


async def test_baresip_calls_out_and_hears_who_answers(desk: Office, phone: Baresip, tmp_path: Path) -> None:
    sound = await asyncio.to_thread(audio.raw_alaw, tmp_path / "called.alaw", audio.tone(CARRIER_TONE, 5_000))
    desk.carrier.close()  # SIPp takes its place
    async with Sipp(tmp_path / "called", CARRIER_ADDRESS, sound) as called:
        await called.answer(desk.carrier_port, ring_ms=100)
        phone.command("dial", f"sip:01055556789@127.0.0.1:{desk.edge[1]}")
        await phone.event("CALL_ESTABLISHED")
        await talked(desk, 1200)
        phone.command("hangup")
        row = await desk.next_row()
    assert (row["direction"], row["result"], row["called_number"]) == ("out", "answered", "+821055556789")
    await phone.stop()
    assert audio.tone_ms(phone.heard(), CARRIER_TONE) >= 700
