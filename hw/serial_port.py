"""One open serial port in the event loop. The only place where threads (opening, closing) and the loop meet.

Reading and writing wait for nothing: the loop says when there are bytes. Knows no dialect.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from hw.errors import PortAway, PortBusy

if TYPE_CHECKING:
    from serial import Serial

_PIECE = 4096


class SerialPort:
    """A port that is open until `close`, or until it is pulled out: `lost` is called once then."""

    def __init__(self, port: Serial, heard: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        self._port: Serial | None = port
        self._fd = port.fileno()
        self._heard = heard
        self._lost = lost
        asyncio.get_running_loop().add_reader(self._fd, self._readable)

    @classmethod
    async def open(cls, path: str, speed: int, heard: Callable[[bytes], None], lost: Callable[[], None]) -> SerialPort:
        """Open a port for us alone. Raises PortAway, PortBusy."""
        return cls(await asyncio.to_thread(_open, path, speed), heard, lost)

    async def set_speed(self, speed: int) -> None:
        """Go on at another speed. Raises PortAway."""
        if self._port is None:
            raise PortAway
        await asyncio.to_thread(_set_speed, self._port, speed)

    def write(self, data: bytes) -> bool:
        """Send a few bytes; False: they did not fit into the system's buffer, or the port is gone."""
        if self._port is None:
            return False
        try:
            return os.write(self._fd, data) == len(data)
        except BlockingIOError:
            return False
        except OSError:
            self._gone()
            return False

    async def close(self) -> None:
        """Let go of the port. Twice is harmless."""
        if (port := self._let_go()) is not None:
            await asyncio.to_thread(port.close)

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, _PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._heard(data)
        else:  # readable, and nothing to read: pulled out
            self._gone()

    def _gone(self) -> None:
        if self._port is not None:
            asyncio.get_running_loop().remove_reader(self._fd)
            self._lost()

    def _let_go(self) -> Serial | None:
        port, self._port = self._port, None
        if port is not None:
            asyncio.get_running_loop().remove_reader(self._fd)
        return port


def _open(path: str, speed: int) -> Serial:
    import serial  # a machine without serial ports needs no library for them

    try:
        return serial.Serial(path, speed, timeout=0, write_timeout=0, exclusive=True)
    except (OSError, ValueError) as error:  # its own error is an OSError
        if not os.path.exists(path):
            raise PortAway(path) from error
        raise PortBusy(path) from error


def _set_speed(port: Serial, speed: int) -> None:
    try:
        port.baudrate = speed
    except OSError as error:
        raise PortAway from error
