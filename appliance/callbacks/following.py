"""Follows calls and has written what they mean for callbacks; at the start, what a core that died could not write.

Knows what calls tell and how the office wants it, and nothing of who looks at callbacks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from appliance.callbacks import catching_up, changes
from appliance.callbacks.from_calls import Rules, ask_of, calls_out, talk_of, try_of
from appliance.callbacks.notebook import Notebook
from appliance.callbacks.types import Callback
from appliance.calls.call import CallView, State
from appliance.calls.events import CallArrived, CallbackWanted, CallChanged, CallEnded
from appliance.calls.service import Calls
from appliance.core.bus import Bus, Unsubscribe
from appliance.core.clock import Clock
from appliance.store.database import Database
from appliance.store.settings import Settings

_MISSED, _ABANDONED, _DONE_BY_TALK = "callbacks.from_missed", "callbacks.from_abandoned", "callbacks.done_by_talk"


class Following:
    """What calls mean goes into the notebook in the order in which it happened; `waiting` says who waits now."""

    def __init__(
        self, bus: Bus, clock: Clock, settings: Settings, notebook: Notebook, waiting: Callable[[], Iterable[Callback]]
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._settings = settings
        self._notebook = notebook
        self._waiting = waiting
        self._ends: tuple[Unsubscribe, ...] = ()

    def start(self) -> None:
        """Listen to calls from now on."""
        self._ends = (
            self._bus.subscribe(CallbackWanted, lambda event: self._asked(event.call, self._clock.now_ms())),
            self._bus.subscribe(CallArrived, lambda event: self._arrived(event.call)),
            self._bus.subscribe(CallEnded, lambda event: self._ended(event.call)),
            self._bus.subscribe(CallChanged, self._changed),
        )

    def stop(self) -> None:
        """Hear nothing any more. What was not written is found at the next start."""
        for end in self._ends:
            end()

    def _changed(self, event: CallChanged) -> None:
        if event.call.state is State.ENDED:  # the edge has told late what became of it
            self._ended(event.call)

    def _arrived(self, call: CallView) -> None:
        if calls_out(call):
            began = partial(changes.began, call.id, call.far_number, call.started_ms)
            self._notebook.add(began, when=partial(self._waits, call.far_number))

    def _ended(self, call: CallView) -> None:
        self._asked(call, call.ended_ms)
        self._called(call)

    def _asked(self, call: CallView, at_ms: int, rules: Rules | None = None) -> None:
        ask = ask_of(call, at_ms, rules or self._rules())
        if ask is not None:
            self._notebook.add(partial(changes.ask, ask))

    def _called(self, call: CallView) -> None:
        """Take note of a talk, or of a call out in vain."""
        waits = partial(self._waits, call.far_number)
        if (talk := talk_of(call)) is not None:
            closes = bool(self._settings.get(_DONE_BY_TALK))
            self._notebook.add(partial(changes.talked, talk, closes=closes), when=waits)
        elif (tried := try_of(call)) is not None:
            self._notebook.add(partial(changes.tried, tried), when=waits)
        elif calls_out(call):
            self._notebook.add(partial(changes.let_go, call.id, call.far_number), when=waits)

    def _rules(self) -> Rules:
        return Rules(bool(self._settings.get(_MISSED)), bool(self._settings.get(_ABANDONED)))

    def _waits(self, number: str) -> bool:
        return any(callback.number == number for callback in self._waiting())

    async def catch_up(self, calls: Calls, database: Database) -> None:
        """Find in the log what nobody wrote, and have it written in its order."""
        since_ms = self._clock.now_ms() - catching_up.LOOKS_BACK_MS
        asks = {call.id: call for call in await catching_up.wanted_since(calls, database, since_ms)}
        asks |= await self._unanswered(calls, database, since_ms)
        waiting = tuple(self._waiting())
        wanted = (call.callback_number or call.far_number for call in asks.values())
        numbers = sorted({*(one.number for one in waiting), *wanted})
        begun = [*(one.first_ms for one in waiting), *(call.started_ms for call in asks.values())]
        found = await catching_up.calls_with(calls, numbers, min(begun)) if begun else ()
        ended = {call.id: call for call in (*asks.values(), *found) if call.ended_ms}
        for call in sorted(ended.values(), key=lambda one: one.ended_ms):
            if call.id in asks:
                self._asked(call, call.ended_ms, Rules(missed=True, abandoned=True))
            self._called(call)

    async def _unanswered(self, calls: Calls, database: Database, since_ms: int) -> dict[str, CallView]:
        """Return what came while the office wanted it: a setting speaks for calls after it was made, not before."""
        found: dict[str, CallView] = {}
        for key, rules in ((_MISSED, Rules(missed=True)), (_ABANDONED, Rules(abandoned=True))):
            if self._settings.get(key):
                from_ms = max(since_ms, await self._settings.changed_ms(key))
                unanswered = await catching_up.unanswered_since(calls, database, from_ms, rules)
                found |= {call.id: call for call in unanswered}
        return found
