"""The only door to callbacks: who is to be called back, by whom, and what became of it. Knows no page and no phone.

A callback comes from a call in which one was wanted, and is done when somebody says so, or when somebody of ours has
talked with the number since. `open`, `counts` and all that is not a coroutine never waits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial

from appliance.callbacks import catching_up, models
from appliance.callbacks.events import CallbacksChanged
from appliance.callbacks.from_calls import ask_of, talk_of
from appliance.callbacks.notebook import Notebook
from appliance.callbacks.types import Callback, State
from appliance.calls.call import CallView
from appliance.calls.events import CallbackWanted, CallEnded
from appliance.calls.service import Calls
from appliance.core.bus import Bus, Unsubscribe
from appliance.core.clock import Clock
from appliance.core.errors import InvalidInput, NotFound
from appliance.core.tasks import Tasks
from appliance.store.database import Database

__all__ = ["Callback", "Callbacks", "CallbacksChanged", "State"]


class Callbacks:
    """Callbacks as others see them."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, calls: Calls) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._calls = calls
        self._open: dict[int, Callback] = {}
        self._notebook = Notebook(database, clock, self._keep)
        self._tasks = Tasks("callbacks of before")
        self._ends: tuple[Unsubscribe, ...] = ()

    # ------------------------------------------------------------------------------------ for the composition root

    async def open(self) -> None:
        """Read who is to be called back."""
        self._open = {callback.id: callback for callback in await self._database.read(models.load_open)}

    async def start(self) -> None:
        """Listen to calls from now on, before those in flight are brought back; what was missed is made good."""
        self._ends = (
            self._bus.subscribe(CallbackWanted, lambda event: self._wanted(event.call)),
            self._bus.subscribe(CallEnded, lambda event: self._call_ended(event.call)),
        )
        self._notebook.start()
        self._tasks.start("catch up", self._catch_up())

    async def stop(self) -> None:
        """Hear nothing any more. What was not written is found at the next start."""
        for end in self._ends:
            end()
        await self._tasks.stop()
        await self._notebook.stop()

    async def settled(self) -> None:
        """Wait until everything that calls have told so far is written."""
        await self._tasks.finish()
        await self._notebook.settled()

    # --------------------------------------------------------------------------------------------------- for others

    def waiting(self, groups: Iterable[str] | None = None) -> tuple[Callback, ...]:
        """Return who is to be called back (by one of these groups), whoever has waited longest first."""
        wanted = None if groups is None else frozenset(groups)
        found = (one for one in self._open.values() if wanted is None or one.group in wanted)
        return tuple(sorted(found, key=lambda one: (one.first_ms, one.id)))

    def counts(self) -> Mapping[str, int]:
        """Return how many each group is to call back; groups with none are not in it."""
        return Counter(callback.group for callback in self._open.values())

    async def search(
        self, state: str = "", group: str = "", cursor: str = "", limit: int = 50
    ) -> tuple[tuple[Callback, ...], str]:
        """Return callbacks, the newest first, and the cursor of the next page. Raises InvalidInput."""
        if state and state not in frozenset(State):
            raise InvalidInput("state", "callbacks.no_such_state")
        if cursor and not (cursor.isascii() and cursor.isdecimal()):
            raise InvalidInput("cursor", "call.bad_cursor")
        before = int(cursor or 0)
        found = await self._database.read(lambda: models.search(state, group, before, limit + 1))
        page = found[:limit]
        return page, str(page[-1].id) if len(found) > limit else ""

    async def of_call(self, call: str) -> Callback | None:
        """Return the callback that was asked for in a call, as it is now."""
        return await self._database.read(lambda: models.of_call(call))

    async def done(self, callback: int, by: str) -> Callback:
        """Note that somebody has dealt with a callback. One that is done already stays as it is. Raises NotFound."""
        now_ms = self._clock.now_ms()
        found = await self._database.write(lambda: models.done(callback, by, now_ms))
        if found is None:
            raise NotFound("callbacks.not_found")
        closed, was_open = found
        if was_open:
            self._keep(closed)
        return closed

    # ------------------------------------------------------------------------------------------------------- inside

    def _wanted(self, call: CallView, at_ms: int = 0) -> None:
        ask = ask_of(call, at_ms or self._clock.now_ms())
        if ask is not None:
            self._notebook.add(partial(models.ask, ask))

    def _call_ended(self, call: CallView) -> None:
        """Take note of a talk; and of a wish that a core before this one was told of, and may not have written."""
        self._wanted(call, call.ended_ms)
        if (talk := talk_of(call)) is not None:
            self._notebook.add(lambda: models.talked(talk), when=lambda: self._waits(talk.number))

    def _waits(self, number: str) -> bool:
        return any(callback.number == number for callback in self._open.values())

    def _keep(self, callback: Callback) -> None:
        """Show what is stored, and tell of it."""
        before = self._open.pop(callback.id, None)
        if callback.state is State.OPEN:
            self._open[callback.id] = callback
        groups = {callback.group} | ({before.group} if before is not None else set())
        self._bus.publish(CallbacksChanged(callback.id, frozenset(groups)))

    async def _catch_up(self) -> None:
        since_ms = self._clock.now_ms() - catching_up.LOOKS_BACK_MS
        for call in await catching_up.wanted_since(self._calls, self._database, since_ms):
            self._wanted(call, call.ended_ms)
        await self._notebook.settled()
        for call in await catching_up.talks_with(self._calls, self.waiting()):
            self._call_ended(call)
