"""Remembers who was warned: incidents are written as calls tell them, and every caller's standing is known at once.

Knows no page. What a core that died could not note is found again in the calls themselves, which carry their warnings.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from appliance.abuse import models
from appliance.abuse.types import Count, Incident, IncidentNoted, IncidentsSeen, Standing
from appliance.calls.call import CallView, Direction, Reason, Stage, Warned
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.errors import Unavailable
from appliance.core.tasks import Tasks
from appliance.store.database import Database

log = logging.getLogger(__name__)

DAY_MS = 24 * 3600 * 1000
_TRY_AGAIN_S = 5.0


class Register:
    """All incidents. `days` is how long a caller's are remembered, `login` tells who sits at an extension."""

    def __init__(
        self, database: Database, bus: Bus, clock: Clock, days: Callable[[], int], login: Callable[[str], str]
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._days = days
        self._login = login
        self._of: dict[str, list[Incident]] = {}
        self._unseen = 0
        self._tasks = Tasks("incidents")

    async def open(self) -> None:
        """Read what is remembered."""
        self._unseen = await self._database.read(models.unseen)
        for incident in await self._database.read(lambda: models.since(self._remembered_from())):
            self._remember(incident)

    async def stop(self) -> None:
        """Write nothing any more. What was not written is found at the next start."""
        await self._tasks.stop()

    async def settled(self) -> None:
        """Wait until everything that was told is written."""
        await self._tasks.finish()

    def _remembered_from(self) -> int:
        return self._clock.now_ms() - self._days() * DAY_MS

    def _remember(self, incident: Incident) -> None:
        if incident.number:
            self._of.setdefault(incident.number, []).append(incident)

    # At once, from memory

    def standing(self, number: str) -> Standing:
        """Return what is remembered of a caller. Calls that only took too long count for nothing."""
        oldest = self._remembered_from()
        kept = [one for one in self._of.get(number, ()) if one.at_ms >= oldest]
        counted = [one for one in kept if one.reason != Reason.LONG_CALL]
        if not counted:
            return Standing()
        worst = max(counted, key=lambda one: (one.stage, one.at_ms))
        ended = sum(one.stage == Stage.END for one in counted)
        return Standing(worst.stage, worst.at_ms, worst.reason, len(counted) - ended, ended)

    @property
    def unseen(self) -> int:
        """How many ends of calls nobody has looked at yet."""
        return self._unseen

    # From the store

    async def search(self, number: str = "", login: str = "", before: int = 0, limit: int = 50) -> tuple[Incident, ...]:
        """Return incidents, the newest first, with ids below `before`; 0 and "" mean any."""
        return await self._database.read(lambda: models.search(number, login, before, limit))

    async def counts(self, *, by_caller: bool, days: int = 30, limit: int = 50) -> tuple[Count, ...]:
        """Return how often agents, or callers, were part of incidents in the last days."""
        from_ms = self._clock.now_ms() - days * DAY_MS
        return await self._database.read(lambda: models.counts(by_caller, from_ms, limit))

    async def see(self) -> None:
        """Note that somebody who may has looked at all of them."""
        if not self._unseen:
            return
        now = self._clock.now_ms()
        await self._database.write(lambda: models.see(now))
        self._unseen = 0
        self._bus.publish(IncidentsSeen())

    # What calls tell

    def warned(self, call: CallView, warned: Warned) -> None:
        """Note a warning, in the end: a store that cannot serve now is asked again."""
        number = "" if call.direction is Direction.INTERNAL else call.far_number
        incident = Incident(
            id=0,
            call=call.id,
            at_ms=warned.at_ms,
            number=number,
            stage=warned.stage,
            reason=warned.reason,
            extension=warned.extension,
            login=self._login(warned.extension),
            by=warned.by,
            said=warned.name,
        )
        self._tasks.start(f"incident of {call.id}", self._note(incident))

    async def _note(self, incident: Incident) -> None:
        while True:
            try:
                noted = await self._database.write(lambda: models.note(incident))
                break
            except Unavailable as error:
                log.error("an incident is not stored yet: %s", error)
                await self._pause()
        if noted is None:
            return
        self._remember(noted)
        self._unseen += noted.stage == Stage.END
        self._bus.publish(IncidentNoted(noted))

    async def _pause(self) -> None:
        due = asyncio.Event()
        self._clock.call_later(_TRY_AGAIN_S, due.set)
        await due.wait()
