"""The ears of lines: what they read is told of the line, and one that fails is followed by another."""

from __future__ import annotations

import asyncio

import pytest

from appliance.analog import line_ears
from appliance.analog.line_ears import LineEars
from appliance.analog.types import AnalogLine
from hw.api import Frame, FrameKind, Heard
from tests.support.sound import silence, tone

pytestmark = pytest.mark.unit

LINE = AnalogLine(1, "회선 1", "", "", "", "sound:1", 3, listens=True)
BAD = tone(440, 0.1)


class FrailEar:
    """Reads a number from whatever it hears, and cannot bear one sound."""

    def feed(self, block: bytes) -> list[Frame]:
        if block == BAD.tobytes():
            raise ValueError("a sound of which nobody has thought")
        return [Frame(FrameKind.RING, 0, "0212345678")]


async def test_a_sound_that_an_ear_cannot_bear_does_not_make_its_line_deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_ears, "REST_S", 0.0)
    told: asyncio.Queue[Heard] = asyncio.Queue()
    made: asyncio.Queue[int] = asyncio.Queue()

    def make(rate: int) -> FrailEar:
        loop.call_soon_threadsafe(made.put_nowait, rate)
        return FrailEar()

    loop = asyncio.get_running_loop()
    ears = LineEars(told.put_nowait, make)
    ears.hear(LINE, 1000, BAD)
    async with asyncio.timeout(20):
        for _ in range(2):
            await made.get()
        ears.hear(LINE, 2000, silence(0.1))
        heard = await told.get()
    assert (heard.device, heard.frame.channel, heard.frame.number, heard.at_ms) == ("sound:1", 3, "0212345678", 2000)
    await ears.stop()
