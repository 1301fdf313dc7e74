"""Tells systemd how the process is: ready, alive, stopping (sd_notify(3)). Without systemd it is silent.

Knows no feature.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket

log = logging.getLogger(__name__)


def ready() -> None:
    """Say that the process serves."""
    _tell("READY=1")


def stopping() -> None:
    """Say that the process is on its way out."""
    _tell("STOPPING=1")


async def keep_watchdog() -> None:
    """Say that the loop lives, twice in each watchdog period; return at once when nobody watches this process."""
    period = _watchdog_seconds()
    while period:
        _tell("WATCHDOG=1")
        await asyncio.sleep(period / 2)


def _watchdog_seconds() -> float:
    """Return the period systemd set for this process, 0 without one (sd_watchdog_enabled(3))."""
    watched = os.environ.get("WATCHDOG_PID", str(os.getpid()))
    period = os.environ.get("WATCHDOG_USEC", "")
    return int(period) / 1e6 if period.isdigit() and watched == str(os.getpid()) else 0.0


def _tell(state: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]  # an abstract socket
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as messenger:
        try:
            # Never waits: a watchdog message that does not fit now is worth less than the loop.
            messenger.setblocking(False)
            messenger.sendto(state.encode(), address)
        except OSError as error:
            log.warning("systemd not told %s: %s", state, error)
