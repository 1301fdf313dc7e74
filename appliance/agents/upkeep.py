"""Ends seats whose reason is gone: the session has ended, the person was shut out, the extension is no more.

Follows the bus, and looks around once a minute: a session that is not used any more ends without a word.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from appliance.access.service import Access
from appliance.access.types import SessionsEnded, UserChanged
from appliance.agents.desks import DeskBook
from appliance.agents.events import DeskChanged
from appliance.agents.extensions import Extensions
from appliance.agents.people import People
from appliance.agents.seats import Seats
from appliance.agents.types import Seat
from appliance.core.bus import Bus
from appliance.core.clock import Clock, Timer
from appliance.core.errors import SoriboxError
from appliance.core.tasks import Tasks
from appliance.lines.types import LinesChanged

log = logging.getLogger(__name__)

LOOK_SECONDS = 60.0


class Upkeep:
    """Keeps seats and desks in step with people, sessions and extensions."""

    def __init__(
        self,
        bus: Bus,
        clock: Clock,
        access: Access,
        people: People,
        seats: Seats,
        book: DeskBook,
        extensions: Extensions,
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._access = access
        self._people = people
        self._seats = seats
        self._book = book
        self._extensions = extensions
        self._timer: Timer | None = None
        self._tasks = Tasks("seats")
        self._ends = [
            bus.subscribe(SessionsEnded, self._session_ended),
            bus.subscribe(UserChanged, self._user_changed),
            bus.subscribe(LinesChanged, self._lines_changed),
        ]

    async def start(self) -> None:
        """Look around now, and from now on."""
        await self._look_around()
        self._set_alarm()

    async def stop(self) -> None:
        """Hear nothing any more, and finish what was begun."""
        for end in self._ends:
            end()
        if self._timer is not None:
            self._timer.cancel()
        await self._tasks.finish()

    def _set_alarm(self) -> None:
        def ring() -> None:
            self._set_alarm()
            self._tasks.start("look around", self._look_around())

        self._timer = self._clock.call_later(LOOK_SECONDS, ring)

    def _session_ended(self, event: SessionsEnded) -> None:
        self._tasks.start("a session has ended", self._look_at(event.user_id, signed_out=True))

    def _user_changed(self, event: UserChanged) -> None:
        self._tasks.start("a person has changed", self._meet(event.user_id))

    async def _meet(self, user: int) -> None:
        before = self._people.get(user)
        await self._look_at(user)
        after = self._people.get(user)
        seat = self._seats.of(user)
        if seat is not None and seat.extension and before != after:
            self._bus.publish(DeskChanged(seat.extension, user, user))

    def _lines_changed(self, event: LinesChanged) -> None:
        if event.what == "extensions":
            self._tasks.start("extensions have changed", self._look_at_desks())

    async def _look_at(self, user: int, *, signed_out: bool = False) -> None:
        await self._people.look(user)
        seat = self._seats.of(user)
        if seat is not None:
            await self._end_if_gone(seat, await self._access.living_sessions(), signed_out)

    async def _look_around(self) -> None:
        """Look at every seat and every desk. A store that cannot serve now is asked again in a minute."""
        try:
            sessions = await self._access.living_sessions()
            for seat in self._seats.all():
                await self._end_if_gone(seat, sessions)
            await self._look_at_desks()
        except SoriboxError as error:
            log.warning("seats could not be looked at: %s", error)

    async def _end_if_gone(self, seat: Seat, sessions: Mapping[str, int], signed_out: bool = False) -> None:
        """End a seat whose person is gone. One without a session lasts until the person's last session is ended."""
        user = self._people.get(seat.user)
        if user is None or user.disabled:
            await self._seats.leave(seat.user, "user_disabled", only_if=lambda _: True)
        elif seat.session not in sessions if seat.session else signed_out and seat.user not in sessions.values():
            await self._seats.leave(seat.user, "signed_out", only_if=lambda now: now.session == seat.session)

    async def _look_at_desks(self) -> None:
        for seat in self._seats.all():
            if seat.extension and not self._extensions.is_desk(seat.extension):
                await self._seats.stand(seat.user, "extension_gone")
        for extension in self._book.all():
            if not self._extensions.exists(extension):
                await self._book.forget(extension)
