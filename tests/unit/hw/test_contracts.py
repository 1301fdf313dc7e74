"""What ports and hubs promise, held by the real ones and by those in memory alike."""

from __future__ import annotations

import asyncio
import fcntl
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Protocol

import pytest

from hw import usb_power
from hw.api import PortFound
from hw.errors import PortAway, PortBusy, PortHung
from hw.fake_port import FakeMachine, FakeSerial
from hw.patience import Patience
from hw.serial_port import Listener, Opener, OpenPort, Port
from hw.usb_power import FakeHub, Hub, NoSwitch, SysfsHub
from tests.support.serial_line import Seen, SerialDevice

pytestmark = pytest.mark.unit


class Far(Protocol):
    """The device's side of a port."""

    def say(self, data: bytes) -> None: ...
    def pull_out(self) -> None: ...


class Bench:
    """A port to be opened, its far side, and what was heard of it."""

    def __init__(self, opener: OpenPort, path: str, far: Far, asked: list[bytes], take: Callable[[], None]) -> None:
        self.opener, self.path, self.far, self.asked, self.take = opener, path, far, asked, take
        self.seen = Seen()
        self.heard: list[bytes] = []
        self.lost = 0
        self.stuck = 0

    async def open(self) -> Port:
        return await self.opener(self.path, 19200, Listener(self._hear, self._lost, self._stuck))

    def _hear(self, data: bytes) -> None:
        self.heard.append(data)
        self.seen(data)

    def _lost(self) -> None:
        self.lost += 1
        self.seen(self)

    def _stuck(self) -> None:
        self.stuck += 1
        self.seen(self)


@pytest.fixture(params=["real", "fake"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    if request.param == "fake":
        path = "/dev/ttyFAKE"
        device = FakeSerial(PortFound(path, path))
        yield Bench(FakeMachine(device).open_port, path, device, device.written, lambda: setattr(device, "taken", True))
        return
    line = SerialDevice(tmp_path / "tty", mute=True).plug_in()
    kept: list[int] = []

    def take() -> None:
        kept.append(os.open(line.path, os.O_RDWR | os.O_NOCTTY))
        fcntl.flock(kept[0], fcntl.LOCK_EX)

    yield Bench(Opener(), str(line.path), line, line.asked, take)
    line.pull_out()
    for one in kept:
        os.close(one)


async def test_bytes_come_and_go(bench: Bench) -> None:
    port = await bench.open()
    await port.set_speed(9600)
    bench.far.say(b"RING")
    await bench.seen.until(lambda: b"".join(bench.heard) == b"RING")
    assert port.write(b"AT\r")
    async with asyncio.timeout(20):
        while b"AT\r" not in b"".join(bench.asked):  # noqa: ASYNC110 - a port tells nobody
            await asyncio.sleep(0.01)
    assert isinstance(await port.plugged(), bool)
    for _ in range(2):
        await port.close()


async def test_pulled_out_is_told_once_and_then_everything_says_so(bench: Bench) -> None:
    port = await bench.open()
    bench.far.pull_out()
    await bench.seen.until(lambda: bench.lost)
    await port.close()
    assert not port.write(b"AT\r")
    assert bench.lost == 1
    with pytest.raises(PortAway):
        await port.set_speed(9600)
    with pytest.raises(PortAway):
        await bench.open()


async def test_what_another_has_is_busy(bench: Bench) -> None:
    bench.take()
    with pytest.raises(PortBusy):
        await bench.open()


async def test_a_port_that_takes_no_more_says_that_it_is_stuck(tmp_path: Path) -> None:
    line = SerialDevice(tmp_path / "tty", mute=True).plug_in()
    asyncio.get_running_loop().remove_reader(line._ends[0])  # type: ignore[index]  # nobody reads at the far end
    bench = Bench(Opener(), str(line.path), line, line.asked, lambda: None)
    port = await bench.open()
    for _ in range(40):
        port.write(b"x" * 4000)
    assert bench.stuck
    await port.close()  # at once, whatever was not sent
    line.pull_out()


async def test_what_does_not_come_back_is_given_up_and_not_tried_in_heaps() -> None:
    patient, over = Patience("a port"), threading.Event()
    late: list[bool] = []
    with pytest.raises(PortHung):
        await patient.call(0.05, lambda: over.wait(60), late.append)
    for _ in range(3):
        with pytest.raises(PortHung):
            await patient.call(0.05, lambda: 1)
    assert [one.name for one in threading.enumerate()].count("a port") == 1
    over.set()
    async with asyncio.timeout(20):
        while not late:  # noqa: ASYNC110 - a thread of the system tells nobody
            await asyncio.sleep(0.01)
    assert late == [True]
    assert await patient.call(20, lambda: 7) == 7
    with pytest.raises(ValueError, match="no"):
        await patient.call(20, _fails)


async def test_what_came_but_was_not_taken_is_late_too() -> None:
    patient, late, gone = Patience("a port"), list[int](), threading.Event()

    def give_back(one: int) -> None:
        late.append(one)
        gone.set()

    asking = asyncio.create_task(patient.call(20, lambda: 7, give_back))
    await asyncio.sleep(0)
    for thread in [one for one in threading.enumerate() if one.name == "a port"]:
        thread.join()
    asyncio.get_running_loop().call_soon(asking.cancel)  # after the answer has come, before it is taken
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await asyncio.to_thread(gone.wait, 20)
    assert late == [7]


async def test_what_must_be_done_is_done_after_the_call_that_is_under_way() -> None:
    patient, over, done = Patience("a port"), threading.Event(), threading.Event()
    with pytest.raises(PortHung):
        await patient.call(0.05, lambda: over.wait(60))
    with pytest.raises(PortHung):
        await patient.finish(0.05, done.set)
    assert not done.is_set()
    over.set()
    assert await asyncio.to_thread(done.wait, 20)


def _fails() -> None:
    raise ValueError("no")


# ------------------------------------------------------------------------------------------------------------- hubs


class Sys:
    """A folder that looks like the kernel's: a converter in port 2 of an outer hub."""

    def __init__(self, root: Path, *, switch: bool = True) -> None:
        hub = root / "devices" / "usb1" / "1-1"
        device = hub / "1-1.2"
        tty = device / "1-1.2:1.0" / "ttyUSB0"
        port = hub / "1-1:1.0" / "1-1-port2"
        for folder in (tty, port, root / "class" / "tty" / "ttyUSB0", hub / "port"):
            folder.mkdir(parents=True)
        for place in (device, hub):
            (place / "devpath").write_text("1.2\n")
        (hub / "port" / "disable").write_text("0")
        (device / "port").symlink_to(port)
        (root / "class" / "tty" / "ttyUSB0" / "device").symlink_to(tty)
        self.switch, self.upper = port / "disable", hub / "port" / "disable"
        self.history: list[str] = []
        if switch:
            self.switch.write_text("0")


@pytest.fixture(params=["real", "fake"])
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Hub:
    if request.param == "fake":
        return FakeHub("/dev/ttyS0")
    Sys(tmp_path)
    return SysfsHub(tmp_path, off_s=0.01)


async def test_a_port_loses_its_power_and_one_without_a_switch_says_so(hub: Hub) -> None:
    await hub.cycle("/dev/ttyUSB0")
    with pytest.raises(NoSwitch):
        await hub.cycle("/dev/ttyS0")


async def test_only_the_device_s_own_port_is_switched_off_and_on_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sys, seen = Sys(tmp_path), threading.Event()
    monkeypatch.setattr(usb_power, "time", SimpleNamespace(sleep=lambda _: seen.wait(60)))
    cycle = asyncio.create_task(SysfsHub(tmp_path).cycle("/dev/ttyUSB0"))
    async with asyncio.timeout(20):
        while sys.switch.read_text() != "1":  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.01)
    assert sys.upper.read_text() == "0"
    cycle.cancel()  # the box may stop meanwhile: the power is given back
    await asyncio.gather(cycle, return_exceptions=True)
    seen.set()
    until = time.monotonic() + 20
    while sys.switch.read_text() != "0":
        assert time.monotonic() < until
        await asyncio.sleep(0.01)


async def test_a_device_with_several_ports_keeps_its_power(tmp_path: Path) -> None:
    sys = Sys(tmp_path)
    (tmp_path / "devices" / "usb1" / "1-1" / "1-1.2" / "1-1.2:1.1" / "ttyUSB1").mkdir(parents=True)
    with pytest.raises(NoSwitch):
        await SysfsHub(tmp_path, off_s=0.01).cycle("/dev/ttyUSB0")
    assert sys.switch.read_text() == "0"


async def test_a_hub_that_cannot_is_not_climbed_past(tmp_path: Path) -> None:
    sys = Sys(tmp_path, switch=False)
    with pytest.raises(NoSwitch):
        await SysfsHub(tmp_path, off_s=0.01).cycle("/dev/ttyUSB0")
    assert sys.upper.read_text() == "0"
