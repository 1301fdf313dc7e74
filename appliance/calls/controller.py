"""One task for each live call: takes what happens, writes it down, then does what the machine says.

Order is the promise: happening → store (durable) → orders → events on the bus. Happenings that come while the store
is writing are written together by the next write.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from appliance.calls import desk_events, machine, models
from appliance.calls import happenings as what
from appliance.calls.events import CallChanged, CallEnded, CallRecorded, PartyLeft
from appliance.calls.live_call import (
    Action,
    Decide,
    Dictate,
    EndAlone,
    EndDialogs,
    LiveCall,
    Phase,
    SayNumber,
    SayPlace,
    Time,
)
from appliance.calls.ports import Recorder
from appliance.calls.requests import Request
from appliance.calls.sides import sent, sides
from appliance.calls.view import view
from appliance.core.bus import Bus
from appliance.core.clock import Clock, Timer
from appliance.core.errors import Conflict, Unavailable
from appliance.core.logs import call_in_hand
from appliance.store.database import Database
from sip.api import Edge, Lease, Voice
from sip.errors import SipError

log = logging.getLogger(__name__)

F = TypeVar("F")

_KEY_GRACE_MS = 2000  # keys that were pressed in time may be told late, after a restart or by a busy voice

_NEWS_IN_THEMSELVES = what.Arrived | what.TurnedAway | what.SearchStep | what.Ending


@dataclass(frozen=True)
class Means:
    """What every controller works with."""

    database: Database
    bus: Bus
    clock: Clock
    edge: Edge
    voice: Voice
    recorder: Recorder
    voice_folder: Path


@dataclass(frozen=True)
class Heard:
    """Something for a call to deal with, and who waits for it to be done, if anybody does.

    `due`: the time of the call that is up with it.
    """

    line: models.Line
    answer: asyncio.Future[None] | None = None
    due: tuple[Time, int] | None = None


class Searching(Protocol):
    """Finds somebody for a call, and hears what becomes of it."""

    def decide(self, controller: Controller) -> None:
        """Tell a call what its search does next."""

    def say_place(self, controller: Controller) -> None:
        """Have a caller who waits told where they stand."""

    def dictate(self, controller: Controller) -> None:
        """Have done what the step of a call's dictation needs."""

    def say_number(self, controller: Controller, number: str) -> None:
        """Have a number (stored form) spoken that a caller has keyed in."""

    def left(self, event: PartyLeft) -> None:
        """Hear that a party has left, in the moment in which it has: before that is stored, and everybody is told."""

    def dealt_with(self, before: LiveCall, after: LiveCall, happened: Sequence[what.Happening]) -> None:
        """Hear what has happened to a call, after it was stored and acted upon."""


class Controller:
    """The life of one call in this process."""

    def __init__(
        self,
        means: Means,
        call: LiveCall,
        lines: Sequence[models.Line],
        over: Callable[[str], None],
        search: Searching,
        *,
        stored: bool,
    ) -> None:
        """`lines` is the timeline so far, `stored` or not yet; `over` is told when nothing more will happen.

        `search` decides what the call's search does next.
        """
        self.call = call
        self.shown = call  # as others see it: what they are told of is stored
        self._means = means
        self._unwritten = [] if stored else list(lines)
        self._written = len(lines) if stored else 0
        self._writing = asyncio.Lock()
        self._on_over = over
        self._search = search
        self._inbox: asyncio.Queue[Heard] = asyncio.Queue()
        self._changed = asyncio.Event()
        self._timers: dict[Time, tuple[int, Timer]] = {}
        self.last_ms = lines[-1].at_ms
        self._done = False  # nobody deals with anything any more
        self.lease: Lease | None = None  # the worker that has this call's conversation

    def tell(self, happening: what.Happening, at_ms: int | None = None) -> None:
        """Take note of something; the call's task does the rest."""
        self.last_ms = at_ms or self._means.clock.now_ms()
        self._inbox.put_nowait(Heard(models.Line(self.last_ms, happening)))

    async def ask(self, request: Request | what.PhoneTransfer) -> None:
        """Have something done that a person wants; returns when it is ordered. Raises Conflict when it does not fit."""
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.last_ms = self._means.clock.now_ms()
        if self._done:
            raise Conflict("call.cannot.over")
        self._inbox.put_nowait(Heard(models.Line(self.last_ms, request), answer))
        await answer

    async def until(self, found: Callable[[LiveCall], F | None], seconds: float) -> F | None:
        """Wait until `found` finds something in the call's state, for `seconds` at the most; return that, or None."""
        try:
            async with asyncio.timeout(seconds):
                while (seen := found(self.call)) is None:
                    await self._changed.wait()
                return seen
        except TimeoutError:
            return None

    async def run(self) -> None:
        """Work until the call is over and everything about it is stored."""
        call_in_hand.set(self.call.id)
        while True:
            while self._goes_on():
                await self._take_next()
            await self._finish()
            if not self._goes_on():
                break
        self._done = True
        self._on_over(self.call.id)

    def _goes_on(self) -> bool:
        """Whether something may still happen, or has: of a call that is over, the edge may tell what became of it."""
        return self.call.phase is not Phase.OVER or not self._inbox.empty()

    async def _take_next(self) -> None:
        heard = [await self._inbox.get()]
        while not self._inbox.empty():
            heard.append(self._inbox.get_nowait())
        try:
            await self._take(heard)
        except Exception:  # the border of the call's task: what comes next may still bring the call to its end
            log.exception("call %s: something that happened could not be dealt with", self.call.id)
        for one in heard:
            if one.answer is not None and not one.answer.done():
                one.answer.set_result(None)
            self._inbox.task_done()

    async def caught_up(self) -> bool:
        """Wait until everything that was told so far has been dealt with; return whether all of it is stored."""
        if not self._done:
            await self._inbox.join()
        return not self._unwritten

    async def _take(self, heard: Sequence[Heard]) -> None:
        before = self.call
        actions: list[Action] = []
        events: list[object] = []
        for one in heard:
            if one.due is not None and one.due not in self.call.due:
                continue  # called off, or set anew, in the moment in which it was up
            try:
                after, more = machine.step(self.call, one.line.what, one.line.at_ms)
            except machine.CannotNow as error:
                if one.answer is not None and not one.answer.done():
                    one.answer.set_exception(Conflict(error.key))
                continue
            log.info("%s: %s → %s", _name(one.line.what), self.call.phase, after.phase)
            if after == self.call and not isinstance(one.line.what, _NEWS_IN_THEMSELVES):
                actions += more
                continue  # told again, or asked for twice; it stands in the timeline already
            events += self._desk_events(after, one.line.at_ms)
            self.call = after
            self._unwritten.append(one.line)
            actions += more
        await self.write()
        self._keep_time()
        await self.carry_out(actions)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        self._publish(before, self.call, events)
        self._search.dealt_with(before, self.call, [one.line.what for one in heard])

    def _desk_events(self, after: LiveCall, at_ms: int) -> tuple[object, ...]:
        events = desk_events.between(self.call, after, at_ms)
        for event in events:
            if isinstance(event, PartyLeft):
                self._search.left(event)
        return events

    async def write(self) -> bool:
        """Store what is not stored yet, then let the keeper forget it. False: the store cannot serve now.

        A call goes on without its store (a full disk must not silence the phones): the lines are kept here, and the
        facts at the keeper, until a later write succeeds.
        """
        async with self._writing:
            call, lines = self.call, tuple(self._unwritten)
            numbered = list(enumerate(lines, start=self._written + 1))
            try:
                if lines:
                    await self._means.database.write(lambda: models.append(call, numbered))
            except Unavailable as error:
                log.error("timeline not stored yet: %s", error)
                return False
            self._written += len(lines)
            del self._unwritten[: len(lines)]
        if call.heard:
            with suppress_sip("facts not acknowledged"):
                await self._means.voice.acknowledge(call.id, call.heard)
        return True

    async def _finish(self) -> None:
        """Store the rest, however long that takes, and hand the tracks over."""
        for pause in _pauses():
            if await self.write():
                try:
                    await hand_over_tracks(self._means, self.call)
                    break
                except Unavailable as error:
                    log.error("tracks not handed over yet: %s", error)
            await self._pause(pause)

    async def _pause(self, seconds: float) -> None:
        due = asyncio.Event()
        self._means.clock.call_later(seconds, due.set)
        await due.wait()

    async def carry_out(self, actions: Sequence[Action]) -> None:
        """Do what the machine said. Repeating is harmless; a part that is away is logged and the facts will tell."""
        orders = []
        for action in actions:
            if isinstance(action, Decide):
                self._search.decide(self)
            elif isinstance(action, SayPlace):
                self._search.say_place(self)
            elif isinstance(action, Dictate):
                self._search.dictate(self)
            elif isinstance(action, SayNumber):
                self._search.say_number(self, action.number)
            elif isinstance(action, EndDialogs):
                await self._end_dialogs(action)
            elif isinstance(action, EndAlone):
                await self._end_alone(action)
            else:
                orders.append(action)
        if orders:
            with suppress_sip("orders not delivered"):
                await self._means.voice.order(self.call.id, *orders)

    async def _end_dialogs(self, action: EndDialogs) -> None:
        with suppress_sip("dialogs of a dead worker not ended"):
            await self._means.edge.end_dialogs_of(action.contact)

    async def _end_alone(self, action: EndAlone) -> None:
        with suppress_sip("call not ended at the edge"):
            await self._means.edge.end_alone(action.sip_call_id)

    def resume(self) -> Sequence[Action]:
        """After a restart: wait for what is due, and return what must be done again."""
        self._keep_time()
        return machine.resume(self.call)

    def _keep_time(self) -> None:
        """Wait for exactly the times that the call has now."""
        wanted = dict(self.call.due)
        for time, (due_ms, timer) in tuple(self._timers.items()):
            if wanted.get(time) != due_ms:
                timer.cancel()
                del self._timers[time]
        now_ms = self._means.clock.now_ms()
        for time, due_ms in wanted.items():
            if time not in self._timers:
                wait_s = max(_KEY_GRACE_MS if time is Time.KEY else 0, due_ms - now_ms) / 1000
                timer = self._means.clock.call_later(wait_s, partial(self._time_up, time, due_ms))
                self._timers[time] = (due_ms, timer)

    def _time_up(self, time: Time, due_ms: int) -> None:
        self._timers.pop(time, None)
        self.last_ms = self._means.clock.now_ms()
        self._inbox.put_nowait(Heard(models.Line(self.last_ms, what.TimeUp(time.value)), due=(time, due_ms)))

    def _publish(self, before: LiveCall, call: LiveCall, events: Sequence[object]) -> None:
        self.shown = call
        seen = view(call)
        if not before.ended_ms and call.ended_ms:
            self._means.bus.publish(CallEnded(seen))
        elif view(before) != seen:
            self._means.bus.publish(CallChanged(seen))
        for event in events:
            self._means.bus.publish(event)


def _name(happening: what.Happening) -> str:
    if isinstance(happening, what.Heard):
        return type(happening.fact).__name__
    return type(happening.note if isinstance(happening, what.Noted) else happening).__name__


def _pauses() -> Iterator[float]:
    """Seconds between two tries: 1, 2, 4 … 60."""
    pause = 1.0
    while True:
        yield pause
        pause = min(pause * 2, 60.0)


@contextmanager
def suppress_sip(message: str) -> Iterator[None]:
    """Log what SIP could not do just now: the facts that follow, or do not follow, decide what becomes of the call."""
    try:
        yield
    except SipError as error:
        log.warning("%s: %s", message, error)


async def hand_over_tracks(means: Means, call: LiveCall) -> None:
    """Give the finished call's tracks to the recorder, and note that it has them. Repeating is harmless."""
    if call.tracks:
        folder = means.voice_folder / call.id
        tracks = tuple(replace(track, file=str(folder / track.file)) for track in call.tracks)
        recorded = CallRecorded(view(call), str(folder), *sides(call, tracks), sent(tracks))
        await means.recorder.take(recorded)
    await means.database.write(lambda: models.mark_handed_over(call.id))
