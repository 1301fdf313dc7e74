"""A whole box hears an analog line through ALSA: who calls, the talk, its end; and the core is killed in the middle."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from array import array
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hw.cid.fsk import encode
from tests.simulators import audio
from tests.support.alsa_lines import AlsaLines
from tests.support.box import Box, running_box
from tests.support.sound import RATE, listen, silence, tone
from tests.support.spoken_cid import Disturbance, disturbed, fsk_sound
from web.api.client import Unreachable

pytestmark = pytest.mark.sip

BEFORE, AFTER = 440, 1300  # what is said before and after the core dies, in hertz


async def until(box: Box, wanted: dict[str, Any], within: float = 20) -> dict[str, Any]:
    """Wait until the newest call is like that."""
    due = time.monotonic() + within
    found: list[dict[str, Any]] = []
    while not (found and wanted.items() <= found[0].items()):
        assert time.monotonic() < due, f"{wanted}: {found[:1]}\n{box.log()}"
        await asyncio.sleep(0.05)
        with suppress(Unreachable):
            found = (await box.ask("GET", "/calls"))["items"]
    return found[0]


async def told(box: Box, call: str) -> list[str]:
    """Return what has happened in a call."""
    with suppress(Unreachable):
        return [step["key"] for step in (await box.ask("GET", f"/calls/{call}/timeline"))["items"]]
    return []


async def heard(box: Box, lines: AlsaLines, line: int) -> None:
    """Say something that is no talk until the box hears it."""
    due = time.monotonic() + 20
    while time.monotonic() < due:
        await lines.say("line", tone(2000, 0.1, 0.3))
        with suppress(Unreachable):
            if (await box.ask("GET", f"/analog-lines/{line}/level"))["peak_db"] > -20:
                await lines.say("line", silence(1.2))
                return
    raise AssertionError(f"the line is not heard\n{box.log()}")


async def test_a_line_without_a_device_is_heard_recorded_and_loses_nothing_when_the_core_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = AlsaLines(tmp_path / "alsa", "line")
    monkeypatch.setenv("ALSA_CONFIG_PATH", lines.environment["ALSA_CONFIG_PATH"])
    async with running_box(tmp_path) as box:
        assert [one["name"] for one in (await box.ask("GET", "/sound-cards"))["items"]] == ["line"]
        await box.ask("PATCH", "/settings", {"calls.line_silence_seconds": 2})
        made = await box.ask("POST", "/analog-lines", {"name": "대표", "card": "line"})
        await heard(box, lines, made["id"])
        await lines.say("line", array("h", disturbed(fsk_sound(encode("01055551234"), RATE), RATE, Disturbance())))
        row = await until(box, {"state": "ringing", "caller_number": "+821055551234", "line": "대표"})
        await lines.say("line", tone(BEFORE, 3.5))
        await until(box, {"id": row["id"], "state": "talking"})
        while "timeline.line_tape_begun" not in await told(box, row["id"]):
            await lines.say("line", tone(BEFORE, 0.1))
        await lines.say("line", tone(BEFORE, 0.5))
        os.kill(box.pid("core"), signal.SIGKILL)
        await box.until_ready()
        while (await told(box, row["id"])).count("timeline.line_tape_begun") < 2:
            await lines.say("line", tone(AFTER, 0.1))
        await lines.say("line", tone(AFTER, 1.0))
        await lines.say("line", silence(2.5))
        over = await until(box, {"id": row["id"], "state": "ended", "recording": "ready"})
        assert over["result"] == "answered"
        [file] = box.config.folder.glob(f"recordings/**/{row['id']}.*")
        left, right = await asyncio.to_thread(listen, file)
        assert left == right
        spans = audio.tone_spans(left, BEFORE)
        assert spans[-1][1] - spans[0][0] > 3500, spans
        assert audio.tone_ms(left, AFTER) > 800
        happened = {*await told(box, row["id"])}
        assert {"timeline.line_sounds", "timeline.line_tape_killed", "timeline.line_silence"} <= happened
        assert not list((box.config.folder / "voice").glob(row["id"]))
    lines.close()
