"""Spoken files, of which only so many are kept. The voice is no voice: what matters here is which files are there."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from appliance.announcements.converter import Converter, Sound
from appliance.announcements.programs import Programs
from appliance.announcements.said import Said
from appliance.announcements.speaker import Espeak, Speech

pytestmark = pytest.mark.unit


class Noted(Speech):
    """Writes the words themselves."""

    def __init__(self) -> None:
        super().__init__(Espeak(Programs()), Converter(Programs()))

    async def write(self, text: str, language: str, speed: int, voice: str, target: Path) -> Sound:
        await asyncio.to_thread(target.write_text, text)
        return Sound(0, 0)


async def test_words_wanted_anew_while_their_file_goes_are_there_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    going, may_go = threading.Event(), threading.Event()
    unlink = Path.unlink

    def slow_unlink(path: Path, missing_ok: bool = False) -> None:
        going.set()
        assert may_go.wait(20)
        unlink(path, missing_ok)

    said = Said(tmp_path, Noted(), at_most=1)
    await said.open()
    first = await said.file("하나", "ko")
    monkeypatch.setattr(Path, "unlink", slow_unlink)
    second = asyncio.create_task(said.file("둘", "ko"), name="second")
    await asyncio.to_thread(going.wait, 20)
    anew = asyncio.create_task(said.file("하나", "ko"), name="anew")
    await asyncio.wait((anew,), timeout=0.3)  # as far as it comes by itself
    may_go.set()
    await second
    assert await anew == first
    assert await asyncio.to_thread(first.read_text) == "하나"
    await said.stop()
