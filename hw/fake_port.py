"""Serial devices that exist only in memory: they answer, talk, hang and are pulled out as they are told.

The same contract as the real ports' holds for them (a test says so). For trying what a device may do wrong for hours.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from hw.api import PortFound
from hw.errors import PortAway, PortBusy, PortHung
from hw.machine import Machine
from hw.serial_port import Listener
from hw.usb_power import FakeHub

BACK_AFTER_S = 3.0


@dataclass
class FakeSerial:
    """A device and its plug, from the outside. `answers`: what it says to what; `written`: what it was told."""

    found: PortFound
    answers: dict[bytes, bytes] = field(default_factory=dict)
    written: list[bytes] = field(default_factory=list)
    plugged_in: bool = True
    taken: bool = False  # by another program
    hangs: bool = False  # the system does not come back from it
    deaf: bool = False  # takes no bytes
    cable: bool = True  # something is at the far end, and the control lines say so
    opened: int = 0
    anew: int = 0  # how often the control lines were dropped
    port: FakePort | None = None

    def say(self, data: bytes) -> None:
        """Send bytes to the box."""
        if self.port is not None:
            self.port.listener.heard(data)

    def pull_out(self) -> None:
        """Take the plug out."""
        self.plugged_in = False
        if self.port is not None:
            self.port.listener.lost()

    def plug_in(self) -> None:
        """Put the plug in."""
        self.plugged_in = True

    def told(self, data: bytes) -> None:
        """Hear bytes from the box, and answer in a moment."""
        self.written.append(data)
        if data in self.answers and self.cable:
            asyncio.get_running_loop().call_soon(self.say, self.answers[data])


class FakePort:
    """An open port of such a device."""

    def __init__(self, device: FakeSerial, speed: int, listener: Listener) -> None:
        self.listener = listener
        self.speed = speed
        self._device = device

    async def set_speed(self, speed: int) -> None:
        """Go on at another speed. Raises PortAway, PortHung."""
        self._check()
        self.speed = speed

    def write(self, data: bytes) -> bool:
        """Send a few bytes; False: they are not taken."""
        if self._device.port is not self:
            return False
        if self._device.deaf:
            self.listener.stuck()
        else:
            self._device.told(data)
        return not self._device.deaf

    async def plugged(self) -> bool:
        """Say whether any control line is up. Raises PortAway, PortHung."""
        self._check()
        return self._device.cable

    async def close(self) -> None:
        """Let go of the port."""
        if self._device.port is self:
            self._device.port = None

    def _check(self) -> None:
        if self._device.port is not self or not self._device.plugged_in:
            raise PortAway(self._device.found.path)
        if self._device.hangs:
            raise PortHung(self._device.found.path)


class FakeMachine:
    """A machine that has such devices and nothing else. `machine()` is what devices are given."""

    def __init__(self, *devices: FakeSerial) -> None:
        self.devices = {one.found.path: one for one in devices}
        self.hub = FakeHub(then=self._without_power)

    def _without_power(self, path: str) -> None:
        """Let a device be away for as long as real ones are, when its port has lost its power."""
        device = self.devices[path]
        device.pull_out()
        asyncio.get_running_loop().call_later(BACK_AFTER_S, device.plug_in)

    def machine(self) -> Machine:
        """Return the ports and the hub."""
        return Machine(self.open_port, self.scan, self.hub)

    async def scan(self, extra: tuple[str, ...]) -> tuple[PortFound, ...]:
        """Return the ports of now."""
        return tuple(one.found for one in self.devices.values() if one.plugged_in)

    async def open_port(self, path: str, speed: int, listener: Listener, *, anew: bool = False) -> FakePort:
        """Open a port. Raises PortAway, PortBusy, PortHung."""
        device = self.devices.get(path)
        if device is None or not device.plugged_in:
            raise PortAway(path)
        if device.hangs:
            raise PortHung(path)
        if device.taken or device.port is not None:
            raise PortBusy(path)
        device.opened += 1
        device.anew += anew
        device.port = FakePort(device, speed, listener)
        return device.port
