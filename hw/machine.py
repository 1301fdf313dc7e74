"""What a machine has for devices: ports and a hub. Real here; `fake_port.py` and `usb_power.py` have fakes of both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hw import ports
from hw.api import PortFound
from hw.serial_port import Opener, OpenPort
from hw.usb_power import Hub, SysfsHub


@dataclass(frozen=True)
class Machine:
    """Opens ports, lists them (with those of some paths besides), and takes their power."""

    open_port: OpenPort
    scan: Callable[[tuple[str, ...]], Awaitable[tuple[PortFound, ...]]]
    hub: Hub


def this_machine() -> Machine:
    """Return the machine on which this runs."""
    return Machine(Opener(), _scan, SysfsHub())


async def _scan(extra: tuple[str, ...]) -> tuple[PortFound, ...]:
    return await asyncio.to_thread(ports.scan, extra)
