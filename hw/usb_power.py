"""Takes the power from a USB port for a moment, where the hub can. Knows no device.

The kernel (6.0 and later) has a switch for each port of each hub in sysfs; whoever may write it needs no program, no
library and no rights over the bus itself.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from hw.errors import HardwareError

log = logging.getLogger(__name__)

OFF_S = 2.0  # enough for what is inside a device to run empty


class NoSwitch(HardwareError):
    """The port's hub has no switch, this program may not use it, or others would lose their power as well."""


class Hub(Protocol):
    """Whatever can take a port's power."""

    async def cycle(self, path: str) -> None:
        """Take the power from the USB port in which the serial port `path` is, and give it back. Raises NoSwitch."""


class SysfsHub:
    """The kernel's switches."""

    def __init__(self, root: Path = Path("/sys"), off_s: float = OFF_S) -> None:
        self._root = root
        self._off_s = off_s

    async def cycle(self, path: str) -> None:
        """Take the power and give it back. Raises NoSwitch."""
        # No thread that dies with the program: whatever happens, the power is given back.
        await asyncio.to_thread(self._cycle, path)

    def _cycle(self, path: str) -> None:
        switch = self._switch(path)
        try:
            switch.write_text("1")
        except OSError as error:
            raise NoSwitch(path) from error
        try:
            log.info("USB port of %s: power off for %s s", path, self._off_s)
            time.sleep(self._off_s)
        finally:
            self._give_back(switch)

    def _give_back(self, switch: Path) -> None:
        try:
            switch.write_text("0")
        except OSError as error:
            log.error("a USB port stays without power (%s); plugging the device in again helps", error.strerror)
            raise NoSwitch(str(switch)) from error

    def _switch(self, path: str) -> Path:
        """Return the switch of the hub's port: the device has a link to it beside its place on the bus."""
        tty = self._root / "class" / "tty" / Path(os.path.realpath(path)).name / "device"
        try:
            place = tty.resolve(strict=True)
        except OSError as error:
            raise NoSwitch(path) from error
        for folder in (place, *place.parents):
            if (folder / "devpath").exists():  # this is the device; further up are hubs, with others in them
                switch, serial_ports = (
                    folder / "port" / "disable",
                    [*folder.glob("*/tty[A-Z]*"), *folder.glob("*/tty/*")],
                )
                if switch.exists() and len(serial_ports) <= 1:
                    return switch
                break
        raise NoSwitch(path)


class FakeHub:
    """A hub without a port. `cycled` are the ports that lost their power, in order; those in `fixed` have no switch.

    `then` is what happens to whatever is in the port.
    """

    def __init__(self, *fixed: str, then: Callable[[str], None] = lambda _: None) -> None:
        self.cycled: list[str] = []
        self.fixed = set(fixed)
        self._then = then

    async def cycle(self, path: str) -> None:
        """Note that a port lost its power. Raises NoSwitch."""
        if path in self.fixed:
            raise NoSwitch(path)
        self.cycled.append(path)
        self._then(path)
