"""Who sits at which phone. One person sits at one phone at the most, and at a phone one person.

A seat and the line in the history of its desk are stored together. Knows no session but by name, and no page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

from appliance.agents import models
from appliance.agents.desks import DeskBook
from appliance.agents.events import SeatChanged
from appliance.agents.transitions import Step, sat_down, stood_up
from appliance.agents.types import THE_BOX, By, Seat
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.errors import Conflict


class Occupied(Conflict):
    """Somebody else sits there: it must be asked whether they are to go. `user` is who."""

    def __init__(self, user: int, extension: str, name: str) -> None:
        super().__init__("agents.occupied", field="extension", extension=extension, name=name)
        self.user = user


class Seats:
    """Where everybody is who has signed in."""

    def __init__(self, bus: Bus, clock: Clock, book: DeskBook, name: Callable[[int], str]) -> None:
        self._bus = bus
        self._clock = clock
        self._book = book
        self._name = name
        self._seats: dict[int, Seat] = {}
        self._moving = asyncio.Lock()

    def take(self, seats: Iterable[Seat]) -> None:
        """Take what is stored."""
        self._seats = {seat.user: seat for seat in seats}

    def of(self, user: int) -> Seat | None:
        """Return where a person is; never waits."""
        return self._seats.get(user)

    def at(self, extension: str) -> Seat | None:
        """Return who sits at a phone."""
        return next((seat for seat in self._seats.values() if extension and seat.extension == extension), None)

    def all(self) -> tuple[Seat, ...]:
        """Return all seats, also of those without a phone."""
        return tuple(self._seats.values())

    async def sit(
        self, wanted: Seat, by: By, *, take_over: bool = False, only_if: Callable[[Seat | None], bool] = lambda _: True
    ) -> int:
        """Let a person sit as `wanted`, if their seat is such a one then; return whom they have sent away (0 = nobody).

        Raises Occupied unless `take_over`, Unavailable.
        """
        async with self._moving:
            before, there = self._seats.get(wanted.user), self.at(wanted.extension)
            if not only_if(before):
                return 0
            other = there if there is not None and there.user != wanted.user else None
            if other is not None and not take_over:
                raise Occupied(other.user, wanted.extension, self._name(other.user))
            now, steps = self._clock.now_ms(), dict[str, Step]()
            if before is not None and before.extension == wanted.extension:
                wanted = replace(wanted, since_ms=before.since_ms)
            if before is not None and before.extension not in ("", wanted.extension):
                steps[before.extension] = partial(stood_up, now_ms=now, why="stood_up", by=by)
            if wanted.extension and (before is None or before.extension != wanted.extension):
                steps[wanted.extension] = partial(sat_down, user=wanted.user, now_ms=now, by=by)
            seats = [wanted]
            if other is not None:
                seats.append(replace(other, extension="", since_ms=now, chosen=True, lost_to=self._name(wanted.user)))
            await self._move(steps, seats)
            return other.user if other is not None else 0

    async def leave(self, user: int, why: str, by: By = THE_BOX, *, only_if: Callable[[Seat], bool]) -> None:
        """Let a person who is signed out be nowhere, if their seat is still such a one. Raises Unavailable."""
        async with self._moving:
            seat = self._seats.get(user)
            if seat is None or not only_if(seat):
                return
            steps: dict[str, Step] = {}
            if seat.extension:
                steps[seat.extension] = partial(stood_up, now_ms=self._clock.now_ms(), why=why, by=by)
            await self._move(steps, [], gone=(seat,))

    async def stand(self, user: int, why: str, by: By = THE_BOX) -> None:
        """Let a person go on without a phone. Raises Unavailable."""
        async with self._moving:
            seat = self._seats.get(user)
            if seat is None or not seat.extension:
                return
            now = self._clock.now_ms()
            step = partial(stood_up, now_ms=now, why=why, by=by)
            await self._move({seat.extension: step}, [replace(seat, extension="", since_ms=now, chosen=True)])

    async def seen(self, user: int) -> None:
        """Note that a person has seen who took their phone over. Raises Unavailable."""
        async with self._moving:
            seat = self._seats.get(user)
            if seat is not None and seat.lost_to:
                await self._move({}, [replace(seat, lost_to="")])

    async def _move(self, steps: Mapping[str, Step], seats: list[Seat], gone: tuple[Seat, ...] = ()) -> None:
        before = dict(self._seats)

        def kept() -> None:
            for seat in gone:
                self._seats.pop(seat.user, None)
            self._seats.update({seat.user: seat for seat in seats})

        users = tuple(seat.user for seat in gone)
        await self._book.change(steps, lambda: models.store_seats(seats, users), kept)
        for seat in (*seats, *(replace(seat, extension="") for seat in gone)):
            known = before.get(seat.user)
            was_at = known.extension if known is not None else ""
            if known is None or (was_at, known.lost_to) != (seat.extension, seat.lost_to):
                self._bus.publish(SeatChanged(seat.user, seat.extension, was_at))
