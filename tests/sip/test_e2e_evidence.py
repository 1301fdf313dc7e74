"""What a caller is told is kept as it went out to them, and the package of it stands up: through a whole box."""

from __future__ import annotations

import os
import signal
import zipfile
from array import array
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from blockbuster import BlockBuster

from appliance.cli.connection import core_socket
from appliance.evidence.verifying import verify
from tests.simulators import audio
from tests.simulators.sip_call import Call
from tests.support.blocking import (
    LAST_MS,
    LAST_TONE,
    WARNING_MS,
    WARNING_TONE,
    is_said,
    says_tones,
    talks,
    terminated,
    uploaded,
)
from tests.support.office import CARRIER_TONE, PHONE_TONE, Office, office, until
from web.api.client import Client

pytestmark = [pytest.mark.sip, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    folder = tmp_path_factory.mktemp("evidence")
    async with office(folder, "101") as desk:
        await says_tones(desk, folder)
        yield desk


def sent_files(desk: Office, call: str) -> list[Path]:
    """Return the files of what a caller was sent, the first first."""
    return sorted(
        desk.box.config.folder.glob(f"recordings/**/{call}-*-sent.wav"), key=lambda file: file.stat().st_mtime
    )


def must_be_what_was_received(file: Path, caller: Call) -> int:
    """Check a captured file against what came in at the caller's phone, byte by byte; returns at which packet."""
    heard = caller.stream.heard
    fourteen_bits = array("h", (sample >> 2 << 2 for sample in audio.read_wav(file)))  # what G.711 (µ-law) takes
    sent = audio.encode(fourteen_bits, heard.codec)
    at = bytes(heard.payload).find(sent)
    assert at >= 0, "the caller's phone has received exactly this, from its first sample to its last"
    return at // audio.FRAME


async def test_what_is_kept_of_an_announcement_is_what_the_callers_phone_has_received(desk: Office) -> None:
    told = await terminated(desk)
    row = await desk.next_row()
    (file,) = sent_files(desk, row["id"])
    at = must_be_what_was_received(file, told.caller)
    ((start, end),) = audio.tone_spans(audio.read_wav(file), LAST_TONE)
    assert start == 0, "from its first sample"
    assert abs(end - LAST_MS) <= 40
    assert audio.tone_spans(audio.read_wav(file), PHONE_TONE) == [], "nobody spoke into it"
    seen = await desk.box.ask("GET", f"/calls/{row['id']}/evidence")
    ((began_ms, length_ms),) = [(one["started_ms"], one["duration_ms"]) for one in seen["sent"]]
    assert -5 <= told.caller.stream.heard.arrivals[at] / 1e6 - began_ms <= 60, "it began when it came"
    assert length_ms >= LAST_MS
    assert (seen["held"], [one["by"] for one in seen["holds"]]) == (True, [""]), "and the call is kept by itself"


async def test_the_package_of_a_call_holds_what_was_received_and_stands_up(
    desk: Office, tmp_path: Path, blocking_is_an_error: BlockBuster
) -> None:
    blocking_is_an_error.deactivate()  # the test itself reads files
    told = await terminated(desk)
    row = await desk.next_row()
    made = await desk.box.ask("POST", f"/calls/{row['id']}/evidence/exports", {"reason": "for the police"})
    package = tmp_path / "package.zip"
    async with Client(core_socket(desk.box.config), "en") as client:
        await client.fetch(f"/calls/{row['id']}/evidence/exports/{made['id']}", package)
        found = await client.send("POST", "/evidence/verify", package)
        assert (found["genuine"], found["own"], found["call"]) == (True, True, row["id"])
        changed = unpacked_and_one_byte_changed(package, tmp_path)
        found = await client.send("POST", "/evidence/verify", changed)
    assert not found["genuine"]
    key = await desk.box.ask("GET", "/evidence/key")
    assert verify(package, key["fingerprint"]).genuine
    must_be_what_was_received(tmp_path / "audio" / "announcement-1.wav", told.caller)
    assert verify(changed).problems
    office_side = audio.read_wav(tmp_path / "audio" / "office.wav")
    assert audio.tone_spans(office_side, PHONE_TONE)
    assert audio.tone_spans(office_side, LAST_TONE)
    assert audio.tone_spans(audio.read_wav(tmp_path / "audio" / "caller.wav"), CARRIER_TONE)


def unpacked_and_one_byte_changed(package: Path, folder: Path) -> Path:
    with zipfile.ZipFile(package) as whole:
        whole.extractall(folder)
    changed = bytearray(package.read_bytes())
    changed[len(changed) // 2] ^= 1
    other = folder / "changed.zip"
    other.write_bytes(changed)
    return other


@pytest_asyncio.fixture(loop_scope="module")
async def speaks_long(desk: Office, tmp_path: Path) -> AsyncIterator[None]:
    """The last announcement still goes on when somebody is slow to kill whoever plays it."""
    await uploaded(desk, tmp_path, "long", LAST_TONE, 6000)
    await is_said(desk, "abuse_3", "long")
    yield
    await is_said(desk, "abuse_3", "last")


@pytest.mark.usefixtures("speaks_long")
async def test_what_was_sent_until_a_worker_died_is_kept(desk: Office) -> None:
    caller, phone, call = await talks(desk)
    await desk.box.ask("POST", f"/calls/{call}/terminate", {"extension": "101"})
    await until(lambda: heard(caller, LAST_TONE, 900), "some of it is heard")
    os.kill(desk.worker_of(caller), signal.SIGKILL)
    await caller.ended(20)
    await phone.ended(20)
    await desk.next_row(20)
    (file,) = sent_files(desk, call)
    must_be_what_was_received(file, caller)
    assert len(audio.read_wav(file)) >= audio.RATE // 4, "but for the last second"


async def test_what_was_sent_while_the_core_was_dead_is_kept(desk: Office) -> None:
    caller, phone, call = await talks(desk)
    await desk.box.ask("POST", f"/calls/{call}/terminate", {"extension": "101"})
    await until(lambda: heard(caller, LAST_TONE, 300), "a part of it is heard")
    os.kill(desk.box.pid("core"), signal.SIGKILL)
    await caller.ended(20)
    await phone.ended(20)
    await desk.box.until_ready()
    row = await desk.next_row(20)
    assert (row["id"], row["result"]) == (call, "terminated")
    (file,) = sent_files(desk, call)
    must_be_what_was_received(file, caller)
    ((start, end),) = audio.tone_spans(audio.read_wav(file), LAST_TONE)
    assert (start, abs(end - LAST_MS) <= 40) == (0, True)
    assert (await desk.box.ask("GET", f"/calls/{call}/evidence"))["held"]


async def heard(caller: Call, hertz: int, ms: int) -> bool:
    return caller.stream.heard.tone_ms(hertz) >= ms


async def test_a_warning_is_kept_as_well_and_the_agent_goes_on_afterwards(desk: Office) -> None:
    caller, phone, call = await talks(desk)
    await desk.box.ask("POST", f"/calls/{call}/warn", {"extension": "101", "stage": 1})

    async def over() -> bool:
        warned = audio.tone_spans(caller.stream.heard.samples, WARNING_TONE)
        agent = audio.tone_spans(caller.stream.heard.samples, PHONE_TONE)
        return bool(warned) and agent[-1][0] > warned[-1][1]

    await until(over, "the agent is heard again")
    caller.hang_up()
    await phone.ended()
    row = await desk.next_row()
    (file,) = sent_files(desk, row["id"])
    must_be_what_was_received(file, caller)
    ((start, end),) = audio.tone_spans(audio.read_wav(file), WARNING_TONE)
    assert (start, abs(end - WARNING_MS) <= 40) == (0, True)
