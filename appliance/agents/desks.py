"""The desks as they are now: one thing happens to a desk after the other, each stored before it is shown.

Knows how a desk is kept, timed and told of, and nothing of why it changes: that is in `transitions.py`. A store that
cannot write stops no phone: the desk goes on in memory, and what happened is stored with the next change.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from functools import partial

from appliance.agents import models
from appliance.agents.events import DeskChanged
from appliance.agents.extensions import Extensions
from appliance.agents.people import People
from appliance.agents.transitions import Step, time_over, unregistered
from appliance.agents.types import READY, Desk, StateChange
from appliance.core.bus import Bus
from appliance.core.clock import Clock, Timer
from appliance.core.errors import SoriboxError, Unavailable
from appliance.core.tasks import Tasks
from appliance.store.database import Database
from appliance.store.settings import Settings

log = logging.getLogger(__name__)

_MOST_UNSTORED = 1000


def _nothing() -> None:
    """Do nothing."""


class DeskBook:
    """All desks by extension. Those of which nothing is stored are ready and nobody's."""

    def __init__(
        self, database: Database, settings: Settings, bus: Bus, clock: Clock, extensions: Extensions, people: People
    ) -> None:
        self._database = database
        self._settings = settings
        self._bus = bus
        self._clock = clock
        self._extensions = extensions
        self._people = people
        self._desks: dict[str, Desk] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._timers: dict[str, Timer] = {}
        self._unstored: list[StateChange] = []
        self._tasks = Tasks("desks")
        self._running = False

    def take(self, desks: Iterable[Desk]) -> None:
        """Take what is stored."""
        self._desks = {desk.extension: desk for desk in desks}

    async def start(self) -> None:
        """Begin to keep time. What has run out meanwhile ends now, as of the moment at which it did."""
        self._running = True
        now = self._clock.now_ms()
        await self.change({extension: partial(time_over, now_ms=now) for extension in self._desks})
        for extension in self._desks:
            self.look_at(extension)

    async def stop(self) -> None:
        """Keep time no longer, and finish what was begun."""
        self._running = False
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        await self._tasks.finish()

    def get(self, extension: str) -> Desk:
        """Return a desk; never waits."""
        return self._desks.get(extension) or Desk(extension)

    def all(self) -> tuple[str, ...]:
        """Return the extensions of which anything is known."""
        return tuple(self._desks)

    def happens(self, extension: str, step: Step) -> None:
        """Let something happen to a desk soon."""
        self._tasks.start(f"desk {extension}", self.change({extension: step}))

    async def change(
        self,
        steps: Mapping[str, Step],
        also: Callable[[], None] | None = None,
        then: Callable[[], None] = _nothing,
    ) -> None:
        """Let something happen to desks; `also` is done to the database in the same transaction, `then` after it.

        Raises Unavailable only when there is `also`; then nothing has happened.
        """
        async with AsyncExitStack() as stack:
            for extension in sorted(steps):
                await stack.enter_async_context(self._locks.setdefault(extension, asyncio.Lock()))
            before = {extension: self.get(extension) for extension in steps}
            after = {extension: step(before[extension]) for extension, step in steps.items()}
            changed = [extension for extension in steps if after[extension] != before[extension]]
            if changed or also:
                await self._store([(before[one], after[one]) for one in changed], also)
            self._desks |= {extension: after[extension] for extension in changed}
            then()
            for extension in changed:
                self.look_at(extension)
                self._bus.publish(DeskChanged(extension, after[extension].user, before[extension].user))

    async def forget(self, extension: str) -> None:
        """Forget a desk whose extension is no more; who sat there has been sent away."""
        async with self._locks.setdefault(extension, asyncio.Lock()):
            await self._database.write(partial(models.remove_desk, extension))
            self._desks.pop(extension, None)
            self.look_at(extension)

    async def _store(self, pairs: list[tuple[Desk, Desk]], also: Callable[[], None] | None) -> None:
        lines = [self._line(*pair) for pair in pairs if _another_time(*pair)]
        # Taken out, since another desk's change may be stored in this moment, and must not store them, too.
        waiting, self._unstored = tuple(self._unstored), []

        def store() -> None:
            if also:
                also()
            models.store_desks((after for _, after in pairs), (*waiting, *lines))

        try:
            await self._database.write(store)
        except SoriboxError as error:
            self._unstored = [*waiting, *self._unstored]
            if also or not isinstance(error, Unavailable):
                raise
            log.error("the state of a desk is not stored yet: %s", error)
            self._unstored = [*self._unstored, *lines][-_MOST_UNSTORED:]

    def _line(self, before: Desk, after: Desk) -> StateChange:
        return StateChange(
            id=0,
            at_ms=after.since_ms,
            extension=after.extension,
            user=after.user,
            login=self._people.login(after.user),
            from_kind=before.kind,
            to_kind=after.kind,
            why=after.why,
            source=after.source,
            who=after.who,
        )

    # Time

    def look_at(self, extension: str) -> None:
        """Set the alarm that a desk needs: for the end of its state, or for a phone that stays away."""
        if (timer := self._timers.pop(extension, None)) is not None:
            timer.cancel()
        desk, now = self.get(extension), self._clock.now_ms()
        if not self._running:
            return
        if desk.until_ms:
            self._alarm(extension, (desk.until_ms - now) / 1000, lambda one: time_over(one, self._clock.now_ms()))
        elif desk.user and desk.kind == READY and not self._extensions.reached(extension):
            self._alarm(extension, self._settings.get("agents.unregistered_seconds"), self._stayed_away)

    def _alarm(self, extension: str, seconds: float, step: Step) -> None:
        def ring() -> None:
            del self._timers[extension]
            self._tasks.start(f"time of desk {extension}", self._timed(extension, step))

        self._timers[extension] = self._clock.call_later(max(0.0, seconds), ring)

    async def _timed(self, extension: str, step: Step) -> None:
        await self.change({extension: step})
        if extension not in self._timers:
            self.look_at(extension)  # the wall clock may be a little behind the timer

    def _stayed_away(self, desk: Desk) -> Desk:
        if self._extensions.reached(desk.extension):
            return desk
        return unregistered(desk, self._clock.now_ms())


def _another_time(before: Desk, after: Desk) -> bool:
    """Say whether a line of the history begins."""
    return (before.kind, before.user) != (after.kind, after.user)
