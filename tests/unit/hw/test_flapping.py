"""Eight hours of bad plugs, noise and half frames, two devices at once: nothing leaks, nothing is invented.

In virtual time on devices in memory, then for seconds on a real pseudo-terminal.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import threading
import time
import tracemalloc
from pathlib import Path

import pytest

from hw import devices as hub
from hw.api import Condition, Heard, Wanted
from hw.caution import kinds
from hw.cid import korean_box
from hw.cid.registry import dialects
from hw.devices import Devices
from hw.fake_port import FakeSerial
from tests.support.fake_devices import Desk, korean, listening, modem
from tests.support.serial_line import Seen, SerialDevice
from tests.support.virtual_time import virtually

pytestmark = pytest.mark.unit

HOURS = 8
NUMBER = "01012345678"
RING = korean_box.CALLSTAR.ring(1, NUMBER)


@pytest.fixture(autouse=True)
def lists_are_read() -> None:
    dialects()
    kinds()


async def _flap(desk: Desk, box: FakeSerial, chance: random.Random) -> None:
    """Do one thing that bad devices do."""
    turn = chance.randrange(6)
    if turn == 0:
        box.pull_out()
        await desk.pass_by(chance.uniform(0.01, 30))
        box.plug_in()
    elif turn == 1:
        box.say(chance.randbytes(chance.randrange(1, 200)))
    elif turn == 2:
        box.say(RING[: chance.randrange(2, len(RING) - 1)])
    elif turn == 3:
        box.hangs = not box.hangs
    elif turn == 4:
        box.deaf = not box.deaf
    else:
        box.say(b"\r\n")
    await desk.pass_by(chance.uniform(0.01, 80))


async def _hours(desk: Desk, box: FakeSerial, chance: random.Random, hours: float) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + hours * 3600
    while loop.time() < end:
        await _flap(desk, box, chance)
    box.hangs = box.deaf = False
    box.plug_in()


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_eight_hours_of_two_flapping_devices_leak_nothing_and_invent_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "SCAN_S", 5.0)

    async def scenario() -> None:
        chance = random.Random(20)
        boxes = (korean(), modem())
        async with listening(*boxes) as desk:
            await asyncio.gather(*(_hours(desk, box, chance, 1) for box in boxes))  # so that everything was done once
            desk.states.clear()
            gc.collect()
            tasks, threads, files = len(asyncio.all_tasks()), threading.active_count(), _open_files()
            tracemalloc.start()
            before = tracemalloc.get_traced_memory()[0]
            await asyncio.gather(*(_hours(desk, box, chance, HOURS) for box in boxes))
            flaps = sum(desk.state(box).losses for box in boxes)
            desk.states.clear()
            gc.collect()
            grown = tracemalloc.get_traced_memory()[0] - before
            tracemalloc.stop()
            assert flaps > 100
            assert (len(asyncio.all_tasks()), threading.active_count(), _open_files()) == (tasks, threads, files)
            assert grown < 100_000, f"{grown} bytes more"
            assert not [number for _, number in desk.rings if len(number) >= 7]
            assert len(desk.machine.hub.cycled) < 2 * HOURS * 12  # never in a circle
            await desk.pass_by(7 * 3600)  # the longest rest is over
            boxes[0].say(RING)
            await desk.pass_by(1)
            assert desk.rings[-1] == ("ttyUSB0", NUMBER)
            assert all(desk.state(box).connected for box in boxes)

    began = time.monotonic()
    virtually(scenario)
    assert time.monotonic() - began < 120  # on a busy machine


async def test_a_real_port_that_flaps_for_seconds_leaks_nothing_beside_one_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "SCAN_S", 0.05)
    seen, chance = Seen(), random.Random(5)
    rings: list[str] = []
    bad, good = SerialDevice(tmp_path / "ttyBAD"), SerialDevice(tmp_path / "ttyGOOD").plug_in()

    def hear(heard: Heard) -> None:
        rings.append(heard.frame.number)
        seen(heard)

    devices = Devices(seen, hear, _now_ms)

    def connected(box: SerialDevice) -> bool:
        return any(one.path == str(box.path) and one.connected for one in devices.states())

    gc.collect()
    threads, files = threading.active_count(), _open_files()
    devices.start(Wanted((str(bad.path), str(good.path))))
    await seen.until(lambda: connected(good), 30)
    for turn in range(25):
        bad.plug_in()
        await asyncio.sleep(chance.uniform(0, 0.08))  # however far the box has come
        bad.say(chance.randbytes(30))
        bad.say(RING[:10])
        good.ring(f"0101111{turn:04d}")
        bad.pull_out()
    bad.plug_in()
    await seen.until(lambda: connected(bad), 30)
    bad.pull_out()
    await seen.until(lambda: not connected(bad), 30)
    await seen.until(lambda: sum(len(one) >= 7 for one in rings) >= 25)
    assert [one for one in rings if len(one) >= 7] == [f"0101111{turn:04d}" for turn in range(25)]
    await devices.stop()
    assert threading.active_count() <= threads + 6  # the loop's own
    async with asyncio.timeout(20):
        while _open_files() > files:  # noqa: ASYNC110 - a thread may still be closing one
            await asyncio.sleep(0.02)
    good.pull_out()
    assert not [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
    assert all(one.condition in (Condition.GONE, Condition.CONNECTED) for one in devices.states())


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
