"""What devices tell of lines becomes calls, in its order, by one task. Knows devices by their plain types only."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from appliance.analog.callers import Repeats, caller
from appliance.analog.line_book import SOUND_ONLY, LineBook
from appliance.analog.witnesses import Witnesses
from appliance.calls.service import Calls, LineRing
from appliance.core.errors import SoriboxError
from appliance.store.settings import Settings
from hw.api import DeviceState, Dialled, FrameKind, Heard, Presentation

log = logging.getLogger(__name__)


class Told:
    """Takes frames and news of dialling (`hear`); `deal` is its task, `dialled` hears what became of numbers."""

    def __init__(
        self,
        settings: Settings,
        calls: Calls,
        book: LineBook,
        witnesses: Witnesses,
        devices: Callable[[], Iterable[DeviceState]],
        dialled: Callable[[Dialled], None],
    ) -> None:
        self._settings = settings
        self._calls = calls
        self._book = book
        self._witnesses = witnesses
        self._devices = devices
        self._dialled = dialled
        self._repeats = Repeats()
        self._inbox: asyncio.Queue[Heard | Dialled] = asyncio.Queue()

    def hear(self, told: Heard | Dialled) -> None:
        """Hear something; it is dealt with in its order."""
        self._inbox.put_nowait(told)

    async def settled(self) -> None:
        """Wait until all that was heard is dealt with."""
        await self._inbox.join()

    async def deal(self) -> None:
        """Deal with what is heard, until cancelled."""
        while True:
            told = await self._inbox.get()
            try:
                await self._deal_with(told)
            except SoriboxError as error:
                log.error("a call on an analog line has no row: %s", error)
            except Exception:  # the border of this task: what one device says must not silence the others
                log.exception("what a device said could not be dealt with")
            finally:
                self._inbox.task_done()

    async def _deal_with(self, told: Heard | Dialled) -> None:
        if isinstance(told, Dialled):
            self._dialled(told)
            return
        if self._was_removed(told.device):
            return
        frame, channel = told.frame, told.frame.channel or 1
        if frame.kind is not FrameKind.DEVICE:
            self._witnesses.heard(told.device, channel, told.at_ms, rings=frame.kind is FrameKind.RING)
        if frame.kind is FrameKind.RING:
            if not self._repeats.again(told.device, frame, told.at_ms):
                await self._rings(told)
        elif frame.kind is FrameKind.DEVICE:
            await self._meet(told)
        elif frame.kind in (FrameKind.OFF_HOOK, FrameKind.ON_HOOK):
            await self._handset(told)

    def _was_removed(self, device: str) -> bool:
        """A line that only its sound tells of is gone with its row: what was heard of it before makes no new one."""
        return device.startswith(SOUND_ONLY) and not any(line.device == device for line in self._book.all())

    async def _meet(self, told: Heard) -> None:
        """A device that can dial has a line at once: nobody needs to have called on it before."""
        known = any(line.device == told.device for line in self._book.all())
        if not known and any(one.device == told.device and one.dials for one in self._devices()):
            await self._book.at(told.device, told.frame.channel or 1)

    async def _handset(self, told: Heard) -> None:
        line = await self._book.at(told.device, told.frame.channel or 1)
        await self._book.tells(line)
        self._repeats.over(told.device, told.frame.channel)
        on_lines = self._calls.on_lines
        moved = on_lines.picked_up if told.frame.kind is FrameKind.OFF_HOOK else on_lines.put_down
        moved(str(line.id), told.at_ms)

    async def _rings(self, told: Heard) -> None:
        line, frame = await self._book.at(told.device, told.frame.channel or 1), told.frame
        number = caller(frame, line.area_code or str(self._settings.get("office.area_code")))
        await self._calls.on_lines.ring(
            LineRing(
                line=str(line.id),
                name=line.name,
                number=line.number,
                group=line.group,
                tells=line.tells or any(one.hooks for one in self._devices() if one.device == told.device),
                caller=number,
                presentation=(frame.presentation if number else _why_none(frame.presentation)).value,
                caller_name=frame.name,
                at_ms=told.at_ms,
                recorded=line.recorded if line.card else "",
            )
        )


def _why_none(presentation: Presentation) -> Presentation:
    return Presentation.UNAVAILABLE if presentation is Presentation.SHOWN else presentation
