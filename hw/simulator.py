"""A call as if from a device: its bytes go through a real pseudo-terminal, and are read like any device's.

Used to try the panel without a device, or without anybody who calls.
"""

from __future__ import annotations

import asyncio
import os
import tty
from contextlib import suppress
from dataclasses import replace

from hw.api import Condition, DeviceState, FrameKind, Heard, Wish
from hw.cid.registry import Dialect, dialect
from hw.contact import Told
from hw.device import Case, Device
from hw.errors import UnknownDialect

WITHIN_S = 10.0  # on a busy machine


async def simulate(told: Told, device: str, spoken: str, channel: int, number: str) -> None:
    """Let a call of `number` ("": withheld) come on a channel, told as if `device` had. Raises UnknownDialect."""
    known = await asyncio.to_thread(dialect, spoken)
    if known is None:
        raise UnknownDialect(spoken)
    master, slave = await asyncio.to_thread(_pair)
    try:
        await _speak(told, device, known, known.ring(channel, number), (master, os.ttyname(slave)))
    finally:
        os.close(master)
        os.close(slave)


async def _speak(told: Told, device: str, spoken: Dialect, data: bytes, ends: tuple[int, str]) -> None:
    master, path = ends
    rang, ready = asyncio.Event(), asyncio.Event()

    def heard(one: Heard) -> None:
        told.heard(replace(one, device=device))
        if one.frame.kind is FrameKind.RING:
            rang.set()

    def changed(state: DeviceState) -> None:
        if state.speed and state.condition in (Condition.PROBING, Condition.LISTENING):
            ready.set()

    state = DeviceState(path, path, "", Condition.OPENING)
    port = Device(state, Case(Wish(spoken.name)), Told(changed, heard, told.now_ms))
    task = asyncio.create_task(port.run(), name="simulated device")
    with suppress(TimeoutError):
        async with asyncio.timeout(WITHIN_S):
            await ready.wait()
            os.write(master, data)
            await rang.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _pair() -> tuple[int, int]:
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    return master, slave
