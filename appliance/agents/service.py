"""Agents: who sits where, what state each desk is in, and who may change that. Knows no page.

`extension_of`, `desk` and all that is not a coroutine never waits. Every change is stored before it is shown and
before DeskChanged, SeatChanged or KindsChanged are published.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from appliance.access.service import Access
from appliance.access.types import Actor, User
from appliance.agents import models, transitions
from appliance.agents.desks import DeskBook
from appliance.agents.extensions import Extensions
from appliance.agents.kinds import may_be_chosen
from appliance.agents.people import People
from appliance.agents.seats import Occupied, Seats
from appliance.agents.states import States
from appliance.agents.types import AFTER_CALL, OFFLINE, REST, By, DeskView, Kind, Seat, Source, StateChange
from appliance.agents.upkeep import Upkeep
from appliance.agents.watch import Watch
from appliance.calls.ports import Availability
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Unavailable
from appliance.lines.service import Lines
from appliance.phones.types import RegisteredPhone
from appliance.store.database import Database
from appliance.store.office_time import OfficeTime
from appliance.store.settings import Settings

log = logging.getLogger(__name__)

_LONGEST_WHY = 200
_NO_DESK = Availability(False, False, 0, 0, OFFLINE, "")

__all__ = ["Agents", "Occupied"]


class Agents:
    """The people of the office at their phones. `registered` tells which phones are there."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        bus: Bus,
        clock: Clock,
        access: Access,
        lines: Lines,
        office_time: OfficeTime,
        registered: Callable[[], Iterable[RegisteredPhone]],
    ) -> None:
        self._database = database
        self._clock = clock
        self._access = access
        self._extensions = Extensions(lines, registered)
        self._people = People(access)
        self._today = office_time
        self.states = States(database, bus)
        self._book = DeskBook(database, settings, bus, clock, self._extensions, self._people)
        self._seats = Seats(bus, clock, self._book, self._people.name)
        self._watch = Watch(settings, bus, clock, self._book, self._today, self._extensions)
        self._by_line: frozenset[str] = frozenset()
        self._upkeep = Upkeep(bus, clock, access, self._people, self._seats, self._book, self._extensions)

    async def open(self) -> None:
        """Read everything. The settings, access and lines must be open."""
        await self._people.open()
        stored = await self._database.read(models.load)
        self.states.take(stored.kinds)
        self._book.take(stored.desks)
        self._seats.take(stored.seats)

    async def start(self) -> None:
        """Begin to keep time, and make true what changed while nobody looked. The edge's phones must be known."""
        await self._book.start()
        await self._upkeep.start()
        for extension in self._extensions.all_registered():
            self._watch.phone_changed(extension)

    async def stop(self) -> None:
        """Finish what was begun and hear nothing any more."""
        self._watch.stop()
        await self._upkeep.stop()
        await self._book.stop()

    def reached_by_line(self, reached: Callable[[str], bool]) -> None:
        """Say which desks have the telephone of an analog line beside them: these work without a registered phone."""
        self._extensions.by_line = reached

    def lines_changed(self) -> None:
        """Hear that analog lines have come or gone."""
        before, self._by_line = self._by_line, frozenset(filter(self._extensions.by_line, self._extensions.desks()))
        for extension in before ^ self._by_line:
            self._watch.phone_changed(extension)

    # ------------------------------------------------------------------------------------------------------- seats

    def extension_of(self, user: User) -> str:
        """Return where a person sits; "" when they are without a phone."""
        seat = self._seats.of(user.id)
        return seat.extension if seat is not None else ""

    def seat_of(self, user: User) -> Seat | None:
        """Return a person's seat; None while they have neither chosen one nor been given one."""
        return self._seats.of(user.id)

    def without_phone(self) -> tuple[User, ...]:
        """Return the people who are signed in and sit at no phone, by name."""
        found = (self._people.get(seat.user) for seat in self._seats.all() if not seat.extension)
        return tuple(sorted((user for user in found if user is not None), key=lambda user: (user.name, user.id)))

    async def sit(
        self, user: User, extension: str, by: By, *, token: str = "", take_over: bool = False, chosen: bool = True
    ) -> None:
        """Let a person sit at an extension, or be without a phone (""); `token` is their session's.

        Raises Occupied unless `take_over`, InvalidInput, NotAllowed, Unavailable.
        """
        extension = extension.strip()
        if user.disabled:
            raise NotAllowed("agents.user_disabled")
        if extension and not self._extensions.is_desk(extension):
            raise InvalidInput("extension", "agents.no_such_desk", extension=extension[:10])
        self._people.meet(user)
        session = self._access.session_name(token) if token else ""
        wanted = Seat(user.id, extension, self._clock.now_ms(), session, chosen)
        sent_away = await self._seats.sit(wanted, by, take_over=take_over)
        if sent_away:
            await self._note(by, "seat_taken_over", self._people.login(sent_away), extension=extension, now=user.login)
        elif by.source is Source.ADMIN:
            await self._note(by, "seat_given", user.login, extension=extension)

    async def sit_by_itself(self, user: User, token: str) -> None:
        """Let a person who has not chosen sit at the phone of their profile, if it is free. Never raises.

        Whoever sits there by themselves follows their profile when that changes.
        """
        there = self._seats.at(user.extension)
        free = self._extensions.is_desk(user.extension) and (there is None or there.user == user.id)
        session = self._access.session_name(token)
        wanted = Seat(user.id, user.extension if free else "", self._clock.now_ms(), session, chosen=False)
        if user.disabled or not _gives_way(self._seats.of(user.id), wanted):
            return
        self._people.meet(user)
        try:  # they may be choosing a seat in this moment: that goes before
            await self._seats.sit(wanted, By(Source.BOX), only_if=lambda seat: _gives_way(seat, wanted))
        except (Conflict, Unavailable) as error:
            log.warning("nobody sits down by themselves: %s", error)

    async def stand(self, user: User, by: By) -> None:
        """Let a person go on without a phone. Raises Unavailable."""
        was_at = self.extension_of(user)
        await self._seats.stand(user.id, "stood_up", by)
        if was_at and by.source is Source.ADMIN:
            await self._note(by, "seat_given", user.login, extension="")

    async def seen_loss(self, user: User) -> None:
        """Note that a person has seen who took their phone over. Raises Unavailable."""
        await self._seats.seen(user.id)

    # ------------------------------------------------------------------------------------------------------ states

    def choices(self) -> tuple[Kind, ...]:
        """Return the kinds that people may choose, in their order."""
        return tuple(kind for kind in self.states.all() if may_be_chosen(kind))

    async def choose(self, extension: str, kind: str, why: str, by: By) -> DeskView:
        """Put a desk into a state. Raises NotFound, InvalidInput, Conflict."""
        why = " ".join(why.split())
        if not self._extensions.is_desk(extension):
            raise NotFound("agents.no_such_desk", extension=extension[:10])
        if kind not in {one.key for one in self.choices()}:
            raise InvalidInput("kind", "agents.no_such_kind")
        if len(why) > _LONGEST_WHY or not why.isprintable():
            raise InvalidInput("why", "agents.why_too_long", most=_LONGEST_WHY)
        before = self._book.get(extension)
        if not before.user and kind not in transitions.WITHOUT_A_PERSON:
            raise Conflict("agents.nobody_there", extension=extension)
        if before.kind == REST and by.source is Source.ADMIN:
            raise Conflict("agents.rest_protected", extension=extension)
        now = self._clock.now_ms()
        await self._book.change({extension: lambda desk: transitions.chosen(desk, kind, now, why, by)})
        if by.source is Source.ADMIN:
            about = self._people.login(before.user) or extension
            await self._note(by, "agent_state_set", about, extension=extension, state=[before.kind, kind], why=why)
        return self.view(extension)

    async def changes(
        self, from_ms: int = 0, to_ms: int = 0, extension: str = "", before_id: int = 0, limit: int = 100
    ) -> tuple[StateChange, ...]:
        """Return lines of the history of desks, the newest first; 0 and "" mean any."""
        return tuple(await self._database.read(lambda: models.changes(from_ms, to_ms, extension, before_id, limit)))

    # ------------------------------------------------------------------------------------------------------- desks

    def extensions(self) -> tuple[str, ...]:
        """Return the numbers of all desks."""
        return tuple(self._extensions.desks())

    def is_desk(self, extension: str) -> bool:
        """Say whether this is an enabled extension."""
        return self._extensions.is_desk(extension)

    def availability(self, extension: str) -> Availability:
        """Return whether a desk may be given calls; a number that is no enabled extension takes none."""
        if not self._extensions.is_desk(extension):
            return _NO_DESK
        desk = self._book.get(extension)
        kind, today = self.states.get(desk.kind), self._today.day(self._clock.now_ms())
        return Availability(
            group_calls=kind.group_calls,
            direct_calls=kind.direct_calls,
            free_since_ms=desk.free_since_ms,
            calls_today=desk.talks if desk.day == today else 0,
            kind=desk.kind,
            person=self._people.login(desk.user),
        )

    def desks(self) -> tuple[DeskView, ...]:
        """Return all desks by extension."""
        registered = self._extensions.all_registered()
        return tuple(self._view(extension, extension in registered) for extension in self._extensions.desks())

    def person_at(self, extension: str) -> User | None:
        """Return who sits at an extension, or None."""
        return self._people.get(self._book.get(extension).user) if self._extensions.is_desk(extension) else None

    def view(self, extension: str) -> DeskView:
        """Return one desk. Raises NotFound."""
        if not self._extensions.is_desk(extension):
            raise NotFound("agents.no_such_desk", extension=extension[:10])
        return self._view(extension, self._extensions.registered(extension))

    def desk_of(self, user: User) -> DeskView | None:
        """Return the desk at which a person sits, or None."""
        extension = self.extension_of(user)
        return self.view(extension) if self._extensions.is_desk(extension) else None

    def _view(self, extension: str, registered: bool) -> DeskView:
        desk = self._book.get(extension)
        return DeskView(
            extension=extension,
            name=self._extensions.desks()[extension].name,
            user=desk.user,
            login=self._people.login(desk.user),
            person=self._people.name(desk.user),
            kind=self.states.get(desk.kind),
            since_ms=desk.since_ms,
            until_ms=desk.until_ms,
            why=desk.why,
            source=desk.source,
            who=desk.who,
            asked=desk.kind == AFTER_CALL and desk.why == transitions.ASKED,
            registered=registered,
        )

    async def _note(self, by: By, what: str, about: str, **details: object) -> None:
        """Write into the access log what is done and stored already: a log that cannot be written undoes nothing."""
        try:
            await self._access.note(Actor(by.who or "box", by.address), what, about, **details)
        except Unavailable as error:
            log.warning("%s could not be written to the access log: %s", what, error)


def _gives_way(seat: Seat | None, wanted: Seat) -> bool:
    """Say whether somebody's seat is none that they have chosen, and not the one that is wanted already."""
    if seat is None:
        return True
    chosen = seat.chosen and (seat.extension or seat.session in ("", wanted.session))
    return not chosen and (seat.extension, seat.session) != (wanted.extension, wanted.session)
