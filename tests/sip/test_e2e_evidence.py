"""What a caller is told is kept as it went out to them, and the package of it stands up: through a whole box."""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.simulators import audio
from tests.simulators.sip_call import Call
from tests.support.blocking import LAST_MS, LAST_TONE, WARNING_MS, WARNING_TONE, says_tones, talks, terminated
from tests.support.office import PHONE_TONE, Office, office, until

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
    assert at > 0


async def test_a_warning_is_kept_as_well_and_the_agent_goes_on_afterwards(desk: Office) -> None:
    caller, phone, call = await talks(desk)
    await desk.box.ask("POST", f"/calls/{call}/warn", {"extension": "101", "stage": 1})

    async def over() -> bool:
        warned = audio.tone_spans(caller.stream.heard.samples, WARNING_TONE)
        agent = audio.tone_spans(caller.stream.heard.samples, PHONE_TONE)
        return bool(warned) and agent[-1][0] > warned[-1][1]

    await until(over, "the agent is heard again", 8)
    caller.hang_up()
    await phone.ended()
    row = await desk.next_row()
    (file,) = sent_files(desk, row["id"])
    must_be_what_was_received(file, caller)
    ((start, end),) = audio.tone_spans(audio.read_wav(file), WARNING_TONE)
    assert (start, abs(end - WARNING_MS) <= 40) == (0, True)
