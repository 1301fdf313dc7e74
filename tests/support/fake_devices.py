"""Caller-ID devices in memory with the box listening to them, in virtual time.

async with listening(box, modem) as desk:
    box.say(...)
    desk.state(box), desk.rings, desk.machine.hub.cycled
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from hw.api import DeviceState, FrameKind, Heard, Memory, PortFound, Wanted, Wish
from hw.cid import korean_box
from hw.cid.hayes import HAYES
from hw.devices import Devices
from hw.fake_port import FakeMachine, FakeSerial
from tests.support.virtual_time import now_ms

BRIDGE = (0x10C4, 0xEA60)  # turns serial into USB, whatever is behind it


def usb(name: str, identity: tuple[int, int] = BRIDGE, title: str = "CP2102") -> PortFound:
    """Return a USB port."""
    return PortFound(f"/dev/{name}", f"{identity[0]:04x}:{identity[1]:04x}:{name}", title, True, *identity)


def korean(name: str = "ttyUSB0") -> FakeSerial:
    """Return a Korean box, which answers."""
    return FakeSerial(usb(name), {korean_box.CALLSTAR.greeting: korean_box.encode(0, "P", "CI1 2")})


def modem(name: str = "ttyUSB1") -> FakeSerial:
    """Return a modem, which says OK to everything that it is known to be asked."""
    lines = (HAYES.greeting, HAYES.still, *HAYES.set_up)
    return FakeSerial(usb(name), dict.fromkeys(lines, b"\r\nOK\r\n"))


def mute(name: str = "ttyUSB2") -> FakeSerial:
    """Return a device that only tells of calls."""
    return FakeSerial(usb(name))


class Desk:
    """What was heard, and how the devices are."""

    def __init__(self, *boxes: FakeSerial) -> None:
        self.machine = FakeMachine(*boxes)
        self.states: list[DeviceState] = []
        self.rings: list[tuple[str, str]] = []
        self.devices = Devices(self.states.append, self._heard, now_ms, machine=self.machine.machine())

    def _heard(self, heard: Heard) -> None:
        if heard.frame.kind is FrameKind.RING:
            self.rings.append((Path(heard.device).name.rpartition(":")[2], heard.frame.number))

    def state(self, box: FakeSerial) -> DeviceState:
        """Return how a device is."""
        return next(one for one in self.devices.states() if one.device == box.found.device)

    async def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)


@asynccontextmanager
async def listening(
    *boxes: FakeSerial,
    memories: Mapping[str, Memory] | None = None,
    known: Mapping[str, Wish] | None = None,
    settled_s: float = 12.0,
) -> AsyncIterator[Desk]:
    """Listen to devices, from when they were found out."""
    desk = Desk(*boxes)
    desk.devices.start(Wanted(known=known or {}, memories=memories or {}))
    await desk.pass_by(settled_s)
    yield desk
    await desk.devices.stop()
