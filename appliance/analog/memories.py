"""What is known of caller-ID devices from before, so that one that is known need not be asked again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace

from appliance.analog import models
from appliance.core.errors import SoriboxError
from appliance.store.database import Database
from hw.api import Condition, DeviceState, Memory, Reason

log = logging.getLogger(__name__)

_CONTRADICTED = (Condition.LISTENING, Condition.NOT_ASKED)


def remembered(before: Memory, state: DeviceState) -> Memory:
    """Return what is known of a device after it was seen so. Pure."""
    if state.condition is Condition.EXCLUDED or state.why is Reason.KNOWN:
        return before
    spoken = (before.dialect, before.speed)
    if state.connected:
        spoken = (state.dialect, state.speed)
    elif state.condition in _CONTRADICTED and not state.dialect:
        spoken = ("", 0)
    return replace(
        before,
        dialect=spoken[0],
        speed=spoken[1],
        lines=state.lines,
        info=state.info,
        hooks=state.hooks,
        answers=state.answers,
        refused=state.refused,
        mended=state.healing.mended,
        mended_ms=state.healing.mended_ms,
        title=state.title,
    )


class Memories:
    """All of them. `keep` is its task."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, Memory] = {}
        self._unkept: set[str] = set()
        self._more = asyncio.Event()

    async def open(self) -> None:
        """Read what is known."""
        self._known = dict(await self._database.read(models.memories))

    def all(self) -> Mapping[str, Memory]:
        """Return what is known of each device."""
        return dict(self._known)

    def see(self, state: DeviceState) -> None:
        """Hear how a device is; what is new of it is kept soon."""
        before = self._known.get(state.device, Memory())
        after = remembered(before, state)
        if after not in (before, Memory(title=state.title)):
            self._known[state.device] = after
            self._unkept.add(state.device)
            self._more.set()

    def forget(self, device: str) -> None:
        """Know nothing of a device any more."""
        if self._known.pop(device, None) is not None:
            self._unkept.add(device)
            self._more.set()

    async def keep(self) -> None:
        """Keep what changes, until cancelled."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self._unkept:
                await self._keep(self._unkept.pop())

    async def _keep(self, device: str) -> None:
        memory = self._known.get(device, Memory())
        try:
            await self._database.write(lambda: models.remember(device, memory))
        except SoriboxError as error:  # the device is asked again at the next start: no more than that
            log.warning("what is known of a device was not kept: %s", error)
