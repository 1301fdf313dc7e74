"""Hears from calls and phones what becomes of desks. Knows what the bus tells, and nothing of how desks are kept."""

from __future__ import annotations

from appliance.agents.desks import DeskBook
from appliance.agents.extensions import Extensions
from appliance.agents.transitions import (
    UNREGISTERED,
    AfterCall,
    Talk,
    offer_missed,
    offer_taken,
    protected,
    registered_again,
    talk_over,
)
from appliance.calls.call import Direction, Reason, Stage
from appliance.calls.events import CallerWarned, OfferMissed, OfferTaken, PartyLeft
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.phones.types import PhonesChanged
from appliance.store.office_time import OfficeTime
from appliance.store.settings import Settings

_MINUTE_MS = 60_000


class Watch:
    """Follows the bus."""

    def __init__(
        self, settings: Settings, bus: Bus, clock: Clock, book: DeskBook, today: OfficeTime, extensions: Extensions
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._book = book
        self._today = today
        self._extensions = extensions
        self._ends = [
            bus.subscribe(PartyLeft, self._party_left),
            bus.subscribe(CallerWarned, self._warned),
            bus.subscribe(OfferTaken, self._taken),
            bus.subscribe(OfferMissed, self._missed),
            bus.subscribe(PhonesChanged, lambda event: self.phone_changed(event.extension)),
        ]

    def stop(self) -> None:
        """Hear nothing any more."""
        for end in self._ends:
            end()

    def _party_left(self, event: PartyLeft) -> None:
        if not event.talked_ms or not self._extensions.is_desk(event.extension):
            return
        call = event.call
        talk = Talk(event.at_ms, self._today.day(event.at_ms), bool(call.group), call.direction is Direction.INTERNAL)
        mode, seconds = self._settings.get("agents.after_call"), self._settings.get("agents.after_call_seconds")
        self._book.happens(event.extension, lambda desk: talk_over(desk, talk, AfterCall(mode, seconds)))

    def _warned(self, event: CallerWarned) -> None:
        """Whoever has ended a call rests from now on; that one took too long is nothing to rest from."""
        minutes, warned = int(self._settings.get("agents.rest_minutes")), event.warned
        if warned.stage != Stage.END or warned.reason == Reason.LONG_CALL or not minutes:
            return
        if self._extensions.is_desk(warned.extension):
            now = self._clock.now_ms()
            self._book.happens(warned.extension, lambda desk: protected(desk, now, now + minutes * _MINUTE_MS))

    def _taken(self, event: OfferTaken) -> None:
        if self._extensions.is_desk(event.extension):
            self._book.happens(event.extension, offer_taken)

    def _missed(self, event: OfferMissed) -> None:
        if not self._extensions.is_desk(event.extension):
            return
        away = event.why == "unreachable" and not self._extensions.registered(event.extension)
        why = UNREGISTERED if away else f"missed_{event.why}"
        now, limit = self._clock.now_ms(), self._settings.get("agents.missed_offers")
        self._book.happens(event.extension, lambda desk: offer_missed(desk, now, limit, why))

    def phone_changed(self, extension: str) -> None:
        """Look whether a phone, or an analog line at the desk, has come or gone."""
        if not self._extensions.is_desk(extension):
            return
        if self._extensions.reached(extension):
            now = self._clock.now_ms()
            self._book.happens(extension, lambda desk: registered_again(desk, now))
        self._book.look_at(extension)
