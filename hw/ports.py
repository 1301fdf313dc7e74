"""Which serial ports this machine has. Reads what the system knows of them and opens none. Blocks: call in a thread."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from pathlib import Path

from hw.api import PortFound

_INTERNAL = "Bluetooth"


def available() -> bool:
    """Say whether the library for serial ports is installed."""
    return importlib.util.find_spec("serial") is not None


def scan(extra: Iterable[str] = ()) -> tuple[PortFound, ...]:
    """Return the USB ports of now, and those of `extra` paths that are there. Built-in ports are only named by hand."""
    named = [PortFound(path, path, Path(path).name) for path in extra if Path(path).exists()]
    found = [*(_usb() if available() else ()), *named]
    return tuple({port.path: port for port in reversed(found)}.values())[::-1]


def _usb() -> Iterable[PortFound]:
    from serial.tools import list_ports  # not needed where there is no serial port

    for port in list_ports.comports():
        if port.vid is not None and _INTERNAL not in (port.description or ""):
            where = port.serial_number or port.location or port.device
            title = port.product or port.description or Path(port.device).name
            device = f"{port.vid:04x}:{port.pid:04x}:{where}"
            maker = port.manufacturer or ""
            yield PortFound(port.device, device, title, usb=True, vendor=port.vid, product=port.pid or 0, maker=maker)
