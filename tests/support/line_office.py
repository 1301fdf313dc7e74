"""An office with real call control whose caller-ID devices are listened to: a box is plugged in, rings and dials."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.analog.types import DeviceChoice
from appliance.calls.call import CallView, Result
from appliance.calls.events import CallEnded
from appliance.calls.service import CallFilter
from hw.devices import Devices
from tests.support.exchange import PHONES, Exchange, exchange
from tests.support.serial_line import SerialDevice


@asynccontextmanager
async def line_office(folder: Path) -> AsyncIterator[Exchange]:
    """Open the office; its phones answer by themselves when they are asked to."""
    async with exchange(folder, *PHONES) as office:
        analog = office.services.analog
        analog.start(Devices(analog.changed, analog.heard, office.services.clock.now_ms, analog.dialled))
        try:
            yield office
        finally:
            await analog.stop()


@asynccontextmanager
async def dialling_box(office: Exchange, path: Path) -> AsyncIterator[SerialDevice]:
    """Plug in a box that dials; it has the line 1."""
    device = SerialDevice(path).plug_in()
    await office.services.analog.choose(DeviceChoice(str(device.path), by_hand=True))
    await office.until(office.services.analog.dialler.ways)
    try:
        yield device
    finally:
        device.pull_out()


async def phone_leaves(office: Exchange, extension: str = "101") -> None:
    """Let the phone of a desk be away."""
    office.edge.phone_leaves(extension)
    await office.until(lambda: not office.services.agents.view(extension).registered)


class Log:
    """The calls that have ended, as their rows stand in the log."""

    def __init__(self, office: Exchange) -> None:
        self._office = office
        self._ended: list[CallView] = []
        office.bus.subscribe(CallEnded, lambda event: self._ended.append(event.call))

    @property
    def count(self) -> int:
        """How many calls have ended."""
        return len(self._ended)

    async def last(self, result: Result) -> CallView:
        """Wait until a call has ended so; return its row."""
        await self._office.until(lambda: any(call.result is result for call in self._ended))
        found = (await self._office.services.calls.search(CallFilter(result=result.value))).calls
        return found[0]
