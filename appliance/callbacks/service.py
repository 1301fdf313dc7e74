"""The only door to callbacks: who is to be called back, by whom, and what became of it. Knows no page and no phone.

A callback comes from a call in which one was wanted, or that nobody answered, and is done when somebody says so, or
when somebody of ours has talked with the number since. All that is not a coroutine never waits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from appliance.access.service import Access
from appliance.callbacks import changes, models
from appliance.callbacks.events import CallbacksChanged, CallbacksOverdue
from appliance.callbacks.following import Following
from appliance.callbacks.notebook import Notebook
from appliance.callbacks.overdue import Overdue
from appliance.callbacks.types import OPEN, Callback, Progress, Result, State, Step, Wanted, Way
from appliance.calls.service import Calls
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.errors import InvalidInput, NotFound
from appliance.core.tasks import Tasks
from appliance.store.database import Database
from appliance.store.settings import Settings

_LONGEST_NOTE = 2000
_Came: TypeAlias = tuple[str, Way, str]  # the day, the way, and the steps of a menu

__all__ = ["Callback", "Callbacks", "CallbacksChanged", "CallbacksOverdue", "State", "Wanted"]


class Callbacks:
    """Callbacks as others see them. `day` tells on which of the office's days a moment is."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        bus: Bus,
        clock: Clock,
        calls: Calls,
        access: Access,
        day: Callable[[int], str],
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._calls = calls
        self._access = access
        self._day = day
        self._open: dict[int, Callback] = {}
        self._notebook = Notebook(database, clock, self._keep)
        self._following = Following(bus, clock, settings, self._notebook, self._open.values)
        self._overdue = Overdue(bus, clock, settings, self.waiting)
        self._tasks = Tasks("callbacks of before")

    # ------------------------------------------------------------------------------------ for the composition root

    async def open(self) -> None:
        """Read who is to be called back."""
        self._open.update({callback.id: callback for callback in await self._database.read(models.load_open)})

    async def start(self) -> None:
        """Listen to calls from now on, before those in flight are brought back; what was missed is made good."""
        self._following.start()
        self._notebook.start()
        self._overdue.start()
        self._tasks.start("catch up", self._following.catch_up(self._calls, self._database))

    async def stop(self) -> None:
        """Hear nothing any more. What was not written is found at the next start."""
        self._following.stop()
        self._overdue.stop()
        await self._tasks.stop()
        await self._notebook.stop()

    async def settled(self) -> None:
        """Wait until everything that calls have told so far is written."""
        await self._tasks.finish()
        await self._notebook.settled()

    # ------------------------------------------------------------------------------------------------- what there is

    def waiting(self, groups: Iterable[str] | None = None) -> tuple[Callback, ...]:
        """Return who is to be called back (by one of these groups), whoever has waited longest first."""
        wanted = None if groups is None else frozenset(groups)
        found = (one for one in self._open.values() if wanted is None or one.group in wanted)
        return tuple(sorted(found, key=lambda one: (one.first_ms, one.id)))

    def counts(self) -> Mapping[str, int]:
        """Return how many each group is to call back; groups with none are not in it."""
        return Counter(callback.group for callback in self._open.values())

    def overdue(self) -> tuple[Callback, ...]:
        """Return who has waited for longer than the office wants."""
        return self._overdue.now()

    async def search(self, wanted: Wanted, cursor: str = "", limit: int = 50) -> tuple[tuple[Callback, ...], str]:
        """Return callbacks, the newest first, and the cursor of the next page. Raises InvalidInput."""
        if cursor and not (cursor.isascii() and cursor.isdecimal()):
            raise InvalidInput("cursor", "call.bad_cursor")
        before = int(cursor or 0)
        found = await self._database.read(lambda: models.search(wanted, before, limit + 1))
        page = found[:limit]
        return page, str(page[-1].id) if len(found) > limit else ""

    async def callback(self, callback: int) -> Callback:
        """Return one callback. Raises NotFound."""
        found = await self._database.read(lambda: models.find(callback))
        if found is None:
            raise NotFound("callbacks.not_found")
        return found

    async def history(self, callback: int) -> tuple[Step, ...]:
        """Return everything that happened to a callback, in order."""
        return await self._database.read(lambda: models.history(callback))

    async def of_call(self, call: str) -> Callback | None:
        """Return the callback that was asked for in a call, as it is now."""
        return await self._database.read(lambda: models.of_call(call))

    async def progress(self, wanted: Wanted) -> tuple[Progress, ...]:
        """Return how far those are that came first within a period, by day and way, the newest day first."""
        rows = await self._database.read(lambda: self._by_day(wanted))
        return tuple(sorted(rows, key=lambda one: (one.day, one.asked), reverse=True))

    def _by_day(self, wanted: Wanted) -> list[Progress]:
        asked, assigned, done = Counter[_Came](), Counter[_Came](), Counter[_Came]()
        for first_ms, way, menu, assigned_ms, state in models.first_and_way(wanted):
            key = (self._day(first_ms), Way(way or Way.ASKED), menu)
            asked[key] += 1
            assigned[key] += bool(assigned_ms)
            done[key] += state == State.DONE
        return [Progress(*key[:2], asked[key], assigned[key], done[key], key[2]) for key in asked]

    # -------------------------------------------------------------------------------------------------- what people do

    async def done(self, callback: int, by: str, result: Result = Result.NONE, note: str = "") -> Callback:
        """Note that somebody has dealt with a callback. One that is done already stays as it is.

        Raises NotFound, InvalidInput.
        """
        told, now_ms = _checked(note), self._clock.now_ms()
        closed, was_open = await self._database.write(lambda: changes.done(callback, by, result, told, now_ms))
        if was_open:
            self._keep(closed)
        return closed

    async def done_all(
        self, numbers: Sequence[str], by: str, result: Result = Result.NONE, note: str = ""
    ) -> tuple[Callback, ...]:
        """Note that somebody has dealt with all callbacks of these numbers; returns those that were open."""
        told, now_ms = _checked(note), self._clock.now_ms()
        return await self._change(partial(changes.done_all, numbers, by, result, told, now_ms))

    async def change(self, callback: int, by: str, *, state: State | None = None, note: str | None = None) -> Callback:
        """Say where an open callback is, or write its note. Raises NotFound, Conflict, InvalidInput."""
        if state is not None and state not in OPEN:
            raise InvalidInput("state", "callbacks.finish_it")
        told, now_ms = None if note is None else _checked(note), self._clock.now_ms()
        changed = await self._database.write(lambda: changes.change(callback, by, state, told, now_ms))
        self._keep(changed)
        return changed

    async def assign(self, callbacks: Sequence[int], to: str, by: str) -> tuple[Callback, ...]:
        """Give open callbacks to somebody (a login), or to nobody; returns those that have changed.

        Raises NotFound, InvalidInput for somebody who cannot have any.
        """
        people = await self._people((to,)) if to else ("",)
        now_ms = self._clock.now_ms()
        return await self._change(partial(changes.assign, callbacks, people[0], by, now_ms))

    async def take(self, callback: int, by: str) -> Callback:
        """Give an open callback that is nobody's to whoever takes it. Raises NotFound, Conflict, InvalidInput."""
        (login,) = await self._people((by,))
        now_ms = self._clock.now_ms()
        await self._change(partial(changes.take, callback, login, now_ms))
        return await self.callback(callback)

    async def assign_evenly(self, callbacks: Sequence[int], to: Sequence[str], by: str) -> tuple[Callback, ...]:
        """Give open callbacks, or all that are nobody's, to these people so that all have about as many.

        Returns those that have changed. Raises NotFound, InvalidInput.
        """
        people = await self._people(to)
        if not people:
            raise InvalidInput("to", "callbacks.nobody_to_assign_to")
        now_ms = self._clock.now_ms()
        return await self._change(partial(changes.assign_evenly, callbacks, people, by, now_ms))

    async def _people(self, logins: Sequence[str]) -> tuple[str, ...]:
        """Return logins as they are stored. Raises InvalidInput."""
        found = []
        for login in dict.fromkeys(logins):
            user = await self._access.at_work(login)
            if user is None:
                raise InvalidInput("to", "callbacks.no_such_person", login=login[:20])
            found.append(user.login)
        return tuple(found)

    # ------------------------------------------------------------------------------------------------------- inside

    async def _change(self, work: Callable[[], tuple[Callback, ...]]) -> tuple[Callback, ...]:
        changed = await self._database.write(work)
        for callback in changed:
            self._keep(callback)
        return changed

    def _keep(self, callback: Callback) -> None:
        """Show what is stored, and tell of it."""
        before = self._open.pop(callback.id, None)
        if callback.is_open:
            self._open[callback.id] = callback
        groups = {callback.group} | ({before.group} if before is not None else set())
        self._bus.publish(CallbacksChanged(callback.id, frozenset(groups)))
        self._overdue.look()


def _checked(note: str) -> str:
    """Return a note tidied. Raises InvalidInput."""
    told = note.replace("\r\n", "\n").strip()
    if len(told) > _LONGEST_NOTE or "\x00" in told:
        raise InvalidInput("note", "callbacks.note_too_long", most=_LONGEST_NOTE)
    return told
