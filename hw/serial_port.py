"""One open serial port in the event loop. The only place where threads (opening, setting, closing) and the loop meet.

Reading and writing wait for nothing: the loop says when there are bytes. Knows no dialect.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from hw.errors import PortAway, PortBusy
from hw.patience import Patience

if TYPE_CHECKING:
    from serial import Serial

WITHIN_S = 8.0  # opening, setting, closing
DRAINS_WITHIN_S = 3.0
DROPPED_S = 0.25  # control lines, when a device is to be started anew
_PIECE = 4096


@dataclass(frozen=True)
class Listener:
    """Who hears of a port: what bytes came; that it was pulled out (once); that it does not take what it is given."""

    heard: Callable[[bytes], None]
    lost: Callable[[], None]
    stuck: Callable[[], None]


class Port(Protocol):
    """A port that is open until `close`, or until it is pulled out."""

    async def set_speed(self, speed: int) -> None:
        """Go on at another speed. Raises PortAway, PortHung."""

    def write(self, data: bytes) -> bool:
        """Send a few bytes; False: the port is gone, or takes no more, of which the listener hears."""

    async def plugged(self) -> bool:
        """Say whether any control line is up: that of a cable with nothing at its other end is not."""

    async def close(self) -> None:
        """Let go of the port. Twice is harmless."""


class OpenPort(Protocol):
    """Opens ports."""

    async def __call__(self, path: str, speed: int, listener: Listener, *, anew: bool = False) -> Port:
        """Open a port for us alone; `anew` drops the control lines first. Raises PortAway, PortBusy, PortHung."""


class SerialPort:
    """A port of this machine."""

    def __init__(self, port: Serial, listener: Listener, patience: Patience) -> None:
        self._port: Serial | None = port
        self._fd = port.fileno()
        self._listener = listener
        self._patience = patience
        self._drain: asyncio.TimerHandle | None = None
        asyncio.get_running_loop().add_reader(self._fd, self._readable)

    async def set_speed(self, speed: int) -> None:
        """Go on at another speed. Raises PortAway, PortHung."""
        if (port := self._port) is None:
            raise PortAway
        await self._patience.call(WITHIN_S, lambda: _set_speed(port, speed))

    def write(self, data: bytes) -> bool:
        """Send a few bytes; whether they leave is looked at a little later."""
        if self._port is None:
            return False
        try:
            whole = os.write(self._fd, data) == len(data)
        except BlockingIOError:
            whole = False
        except OSError:
            self._gone()
            return False
        if not whole:
            self._listener.stuck()
        elif self._drain is None:
            self._drain = asyncio.get_running_loop().call_later(DRAINS_WITHIN_S, self._drained, self._waiting())
        return whole

    async def plugged(self) -> bool:
        """Say whether any control line is up. Raises PortAway, PortHung."""
        if (port := self._port) is None:
            raise PortAway
        return await self._patience.call(WITHIN_S, lambda: _lines_up(port))

    async def close(self) -> None:
        """Let go of the port. Twice is harmless. Raises PortHung."""
        if (port := self._let_go()) is not None:
            await self._patience.finish(WITHIN_S, lambda: _close(port))

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, _PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._listener.heard(data)
        else:  # readable, and nothing to read: pulled out
            self._gone()

    def _waiting(self) -> int:
        """Return how many bytes the system has not got rid of yet."""
        try:
            answer = fcntl.ioctl(self._fd, termios.TIOCOUTQ, bytes(4))
        except OSError:
            return 0
        return int(struct.unpack("i", answer)[0])

    def _drained(self, before: int) -> None:
        self._drain = None
        if self._port is not None and before and self._waiting() >= before:
            self._listener.stuck()

    def _gone(self) -> None:
        if self._port is not None:
            asyncio.get_running_loop().remove_reader(self._fd)
            self._listener.lost()

    def _let_go(self) -> Serial | None:
        port, self._port = self._port, None
        if self._drain is not None:
            self._drain.cancel()
        if port is not None:
            asyncio.get_running_loop().remove_reader(self._fd)
        return port


class Opener:
    """Opens the ports of this machine; each path has a patience of its own."""

    def __init__(self) -> None:
        self._patience: dict[str, Patience] = {}

    async def __call__(self, path: str, speed: int, listener: Listener, *, anew: bool = False) -> Port:
        """Open a port for us alone. Raises PortAway, PortBusy, PortHung."""
        patience = self._patience.setdefault(path, Patience(f"port {path}"))
        port = await patience.call(WITHIN_S, lambda: _open(path, speed, anew), late=_close)
        return SerialPort(port, listener, patience)


def _open(path: str, speed: int, anew: bool) -> Serial:
    import serial  # a machine without serial ports needs no library for them

    try:
        port = serial.Serial(path, speed, timeout=0, write_timeout=0, exclusive=True)
    except (OSError, ValueError, termios.error) as error:  # its own error is an OSError
        if not os.path.exists(path):
            raise PortAway(path) from error
        raise PortBusy(path) from error
    if anew:
        _drop_lines(port)
    return port


def _drop_lines(port: Serial) -> None:
    """Let the control lines fall for a moment, which starts many devices anew; a port without them is fine."""
    with suppress(OSError, termios.error):
        port.dtr = port.rts = False
        time.sleep(DROPPED_S)
        port.dtr = port.rts = True


def _lines_up(port: Serial) -> bool:
    try:
        return bool(port.dsr or port.cts or port.cd)
    except OSError:  # it has none
        return False


def _close(port: Serial) -> None:
    """Close at once: what was not sent is thrown away, or the system would wait for it."""
    with suppress(OSError, termios.error):
        port.reset_output_buffer()
    with suppress(OSError, termios.error):  # pulled out meanwhile: closed all the same
        port.close()


def _set_speed(port: Serial, speed: int) -> None:
    try:
        port.baudrate = speed
    except (OSError, termios.error) as error:
        raise PortAway from error
