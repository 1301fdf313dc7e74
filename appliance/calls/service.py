"""The only door to call control for the panel, programs and other features."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from appliance.calls import models, timeline
from appliance.calls.alone import Alone
from appliance.calls.call import CallView, Step
from appliance.calls.code_work import CodeWork
from appliance.calls.controller import Means
from appliance.calls.desk_work import DeskWork
from appliance.calls.dictating import Dictating
from appliance.calls.finder import Finder
from appliance.calls.happenings import Heard
from appliance.calls.lamps import Lamps
from appliance.calls.line_calls import LineCalls, LineDial, LineRing, LineTalk
from appliance.calls.live_call import CALLER_LEG
from appliance.calls.measuring import Measuring
from appliance.calls.models import CallFilter
from appliance.calls.parking import Parking
from appliance.calls.phone_transfers import PhoneTransfers
from appliance.calls.ports import (
    CallerLookup,
    Desks,
    Dictations,
    DirectorySource,
    Forwards,
    Hours,
    Menus,
    Prompts,
    Protection,
    Recorder,
)
from appliance.calls.quality import CallQuality
from appliance.calls.reception import Reception
from appliance.calls.recovery import Recovery
from appliance.calls.registry import Registry
from appliance.calls.requests import HangupAsked
from appliance.calls.survey import Survey
from appliance.calls.tones import Tones
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.errors import InvalidInput, NotFound
from appliance.core.tasks import Tasks
from appliance.store.database import Database
from sip.api import (
    Alive,
    CallCancelled,
    CallTaken,
    Edge,
    EdgeState,
    Hangup,
    IncomingCall,
    LegArrived,
    Told,
    Voice,
    VoiceState,
)
from sip.errors import SipError

log = logging.getLogger(__name__)

_LONGEST_MOMENT = 15  # digits: more than any clock says

__all__ = ["CallFilter", "CallPage", "Calls", "LineDial", "LineRing", "LineTalk", "Wiring"]


@dataclass(frozen=True)
class CallPage:
    """Some calls, the newest first; `next_cursor` is empty on the last page."""

    calls: tuple[CallView, ...]
    next_cursor: str


@dataclass(frozen=True)
class Wiring:
    """Everything call control is given by the composition root."""

    database: Database
    bus: Bus
    clock: Clock
    edge: Edge
    voice: Voice
    recorder: Recorder
    directory: DirectorySource
    lookup: CallerLookup
    desks: Desks
    forwards: Forwards
    hours: Hours
    prompts: Prompts
    protection: Protection
    dictations: Dictations
    local: Callable[[int], datetime]  # a moment (ms since 1970) on the office's clock
    voice_folder: Path
    menus: Menus


class Calls:
    """Call control as others see it; `desk` is what agents do with calls, `on_lines` what is told of analog lines."""

    def __init__(self, wiring: Wiring) -> None:
        self._database = wiring.database
        self._voice = wiring.voice
        means = Means(
            wiring.database, wiring.bus, wiring.clock, wiring.edge, wiring.voice, wiring.recorder, wiring.voice_folder
        )
        self._registry = Registry(means)
        self._survey = Survey(
            means,
            self._registry,
            wiring.directory,
            wiring.desks,
            wiring.hours,
            wiring.protection,
            wiring.local,
            wiring.menus,
        )
        self._tones = Tones(wiring.voice_folder.parent / "tones")
        self._finder = Finder(
            self._registry,
            self._survey,
            wiring.desks,
            wiring.prompts,
            self._tones,
            Dictating(wiring.dictations, self._tones, wiring.voice_folder),
            wiring.clock,
            wiring.bus,
        )
        self._registry.searched_by(self._finder)
        self._recovery = Recovery(means, self._registry)
        parking = Parking(self._registry, self._survey)
        codes = CodeWork(
            self._registry,
            self._survey,
            wiring.desks,
            wiring.forwards,
            wiring.hours,
            parking,
            wiring.protection,
            wiring.dictations,
        )
        transfers = PhoneTransfers(means, self._registry, self._survey, parking)
        self._reception = Reception(means, self._registry, self._survey, wiring.lookup, codes, transfers)
        self.desk = DeskWork(
            self._registry, self._survey, self._reception, parking, wiring.prompts, wiring.protection, wiring.clock
        )
        self.on_lines = LineCalls(means, self._registry, self._survey, wiring.lookup)
        self._measuring = Measuring(means, self._registry)
        self._lamps = Lamps(means, self._registry, wiring.directory, wiring.hours)
        self._alone = Alone(means, self._registry, wiring.directory, self._reception)
        self._tasks = Tasks("reception")
        self._voice_was_there = True  # the first time, `settle` is called

    # ------------------------------------------------------------------------------------ for the composition root

    async def load(self) -> None:
        """Bring back the calls in flight; before the voice is connected."""
        await asyncio.to_thread(self._tones.write)
        await self._recovery.load()
        self._lamps.start()

    async def settle(self, alive: tuple[Alive, ...]) -> None:
        """Carry on with what the voice still knows; after it is connected."""
        await self._recovery.settle(alive)

    def voice_changed(self, state: VoiceState) -> None:
        """Hear how the voice is: when its link comes back, what it knows is compared with what goes on here."""
        came_back = state.connected and not self._voice_was_there
        self._voice_was_there = state.connected
        if came_back:
            self._tasks.start("compare with the voice", self._recovery.settle(self._voice.alive()))

    def incoming(self, call: IncomingCall) -> None:
        """Take a new call from the edge."""
        self._tasks.start(f"call {call.sip_call_id}", self._reception.take(call))

    def cancelled(self, news: CallCancelled) -> None:
        """Hear from the edge that a caller gave up."""
        self._reception.cancelled(news.sip_call_id)

    def taken(self, news: CallTaken) -> None:
        """Hear from the edge that it did not wait for us."""
        self._reception.taken(news.sip_call_id)

    def noted(self) -> None:
        """Hear from the edge that it has noted something of the calls that it handles alone."""
        self._tasks.start("read the edge's notes", self._alone.read())

    def edge_changed(self, state: EdgeState) -> None:
        """Hear whether the edge is there. What it noted while nobody listened is read when it is."""
        self._alone.edge_changed(state)
        if state.connected:
            self.noted()
            self._lamps.tell_again()

    def facts_changed(self) -> None:
        """Hear that extensions, the office's rules for calls, or its night switch have changed."""
        self._lamps.look()

    def phone_registered(self, extension: str) -> None:
        """Hear that a phone has come: callers may be waiting for it."""
        self._finder.desk_changed(extension)

    def told(self, told: Told) -> None:
        """Hear a fact from the voice."""
        controller = self._registry.get(told.conversation)
        if controller is not None:
            controller.tell(Heard(told.fact, told.number), told.at_ms)
        else:
            self._tasks.start("stray fact", self._stray(told))

    async def _stray(self, told: Told) -> None:
        """A fact of a call that is over, or that never was: nothing is left to write; an orphan is hung up."""
        try:
            if isinstance(told.fact, LegArrived):
                await self._voice.order(told.conversation, Hangup(CALLER_LEG, 500))
            await self._voice.acknowledge(told.conversation, told.number)
        except SipError as error:
            log.warning("stray fact not acknowledged: %s", error)

    async def drain(self, seconds: float) -> None:
        """Take no more calls (emergency calls excepted) and let the live ones end, at the latest after `seconds`."""
        self._survey.accepting = False
        await self._registry.drain(seconds)

    async def stop(self) -> None:
        """Stop working; live conversations go on without us."""
        await self._lamps.stop()
        await self._finder.stop()
        self._survey.stop()
        self.on_lines.stop()
        await self._tasks.stop()
        await self._registry.stop()

    # --------------------------------------------------------------------------------------------------- for others

    def live(self) -> tuple[CallView, ...]:
        """Return the calls that go on now, the oldest first."""
        return self._registry.live()

    async def call(self, call_id: str) -> CallView:
        """Return one call. Raises NotFound."""
        found = await self._database.read(lambda: models.find(call_id))
        if found is None:
            raise NotFound("call.not_found")
        return found

    async def timeline(self, call_id: str) -> tuple[Step, ...]:
        """Return what happened in a call, in words. Raises NotFound."""
        lines = await self._database.read(lambda: models.timeline(call_id))
        if not lines:
            raise NotFound("call.not_found")
        return timeline.in_words(call_id, lines)

    async def quality(self, call_id: str) -> CallQuality:
        """Return how well those in a call hear each other, or heard each other. Raises NotFound."""
        return await self._measuring.of(call_id)

    async def search(self, wanted: CallFilter, cursor: str = "", limit: int = 50) -> CallPage:
        """Return calls that fit, the newest first; `cursor` is the `next_cursor` of the page before."""
        before = _cursor(cursor)
        found = await self._database.read(lambda: models.search(wanted, before, limit + 1))
        page = found[:limit]
        more = len(found) > limit
        return CallPage(page, f"{page[-1].started_ms}-{page[-1].id}" if more else "")

    async def last_with(self, number: str, before_ms: int) -> CallView | None:
        """Return the last call with a number (stored form) that began before a moment."""
        return await self._database.read(lambda: models.last_with(number, before_ms)) if number else None

    async def hang_up(self, call_id: str, by: str) -> None:
        """End a live call for `by` (a user's or key's name). One that is over already is fine."""
        controller = self._registry.get(call_id)
        if controller is not None:
            controller.tell(HangupAsked(by))
        else:
            await self.call(call_id)


def _cursor(cursor: str) -> tuple[int, str] | None:
    if not cursor:
        return None
    started, _, call_id = cursor.partition("-")
    if not (started.isascii() and started.isdecimal() and len(started) <= _LONGEST_MOMENT and call_id):
        raise InvalidInput("cursor", "call.bad_cursor")
    return int(started), call_id
