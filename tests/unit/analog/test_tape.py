"""A tape takes sound at once and writes it in order; a disk that takes nothing is told, and costs the tape alone."""

from __future__ import annotations

import asyncio
import threading
import wave
from pathlib import Path

import pytest

from appliance.analog.tape import Tape
from appliance.analog.tape_file import TapeFile
from tests.support.sound import RATE, tone

pytestmark = pytest.mark.unit


def frames(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        return bytes(file.readframes(file.getnframes()))


async def test_everything_is_written_in_order_and_pauses_as_silence(tmp_path: Path) -> None:
    path = tmp_path / "call" / "line-1.wav"
    tape = Tape(path, RATE, lambda: None)
    before, hidden, after = tone(440, 0.2), tone(600, 0.2), tone(800, 0.2)
    tape.add(before)
    tape.paused = True
    tape.add(hidden)
    tape.paused = False
    tape.add(after)
    assert await tape.close() == 600
    tape.add(after)  # too late, and harmless
    written = await asyncio.to_thread(frames, path)
    assert written == before.tobytes() + bytes(len(hidden) * 2) + after.tobytes()


async def test_a_disk_that_takes_nothing_is_told(tmp_path: Path) -> None:
    no_folder = tmp_path / "file"
    await asyncio.to_thread(no_folder.write_text, "x")
    told = asyncio.Event()
    tape = Tape(no_folder / "line-1.wav", RATE, told.set)
    tape.add(tone(440, 0.1))
    async with asyncio.timeout(20):
        await told.wait()
    assert tape.failed
    assert await tape.close() == 0


async def test_whoever_is_told_to_stop_while_a_tape_closes_loses_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, sound = tmp_path / "call" / "line-1.wav", tone(440, 0.2)
    begun, goes_on, append = asyncio.Event(), threading.Event(), TapeFile.append
    loop = asyncio.get_running_loop()

    def slow(file: TapeFile, data: bytes) -> None:
        loop.call_soon_threadsafe(begun.set)
        goes_on.wait(60)
        append(file, data)

    monkeypatch.setattr(TapeFile, "append", slow)
    tape = Tape(path, RATE, lambda: None)
    tape.add(sound)
    closing = asyncio.create_task(tape.close())
    await begun.wait()
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)
    goes_on.set()
    assert await tape.close() == 200
    assert await asyncio.to_thread(frames, path) == sound.tobytes()
