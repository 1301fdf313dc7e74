"""An office of desks without pages: real store, access and lines, phones that the test registers, a clock to turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from appliance.access.types import Role, SignedIn, User, UserDraft
from appliance.agents.availability import AgentDesks
from appliance.agents.service import Agents
from appliance.agents.types import By, DeskView, Source, StateChange
from appliance.calls.call import CallView, Direction, Ender, Result, State
from appliance.calls.events import OfferMissed, OfferTaken, PartyLeft
from appliance.calls.ports import Availability
from appliance.i18n.catalog import LANGUAGES, catalogue
from appliance.phones.types import PhonesChanged, RegisteredPhone
from appliance.store.office_time import OfficeTime
from tests.support.office_store import Store, opened
from tests.unit.calls.office import TurnedClock

ME = By(Source.AGENT, "lee", "192.0.2.7")
BOSS = By(Source.ADMIN, "boss", "192.0.2.9")
PASSWORD = "correct horse 7"

for _language in LANGUAGES:
    catalogue(_language)  # as the panel does at its start


def call(direction: Direction = Direction.IN, **values: Any) -> CallView:
    """Return a call of the main group that is over."""
    told: dict[str, Any] = {
        "id": "1-1",
        "direction": direction,
        "state": State.ENDED,
        "caller_number": "+821055551234",
        "caller_name": "",
        "presentation": "shown",
        "called_number": "+82212345678",
        "trunk": "kt",
        "number": "+82212345678",
        "group": "main",
        "extensions": ("101",),
        "extension": "101",
        "started_ms": 1,
        "ringing_ms": 2,
        "answered_ms": 3,
        "ended_ms": 60_003,
        "result": Result.ANSWERED,
        "cause": "",
        "ended_by": Ender.CALLER,
    }
    return CallView(**told | values)


@dataclass
class DeskOffice:
    """The office; it can be closed and opened again on the same data."""

    store: Store
    clock: TurnedClock
    agents: Agents
    desks: AgentDesks
    registered: set[str] = field(default_factory=set)

    async def user(self, login: str, name: str = "", extension: str = "", role: Role = Role.AGENT) -> User:
        return (await self.store.access.add_user(UserDraft(login, name or login, role, extension), PASSWORD)).user

    async def sign_in(self, user: User) -> SignedIn:
        return await self.store.access._sessions.start(user, "192.0.2.7", "test")

    async def at(self, extension: str, login: str = "lee", name: str = "이상담") -> User:
        """Let somebody new sit at an extension whose phone is registered."""
        user = await self.user(login, name)
        await self.register(extension)
        await self.agents.sit(user, extension, By(Source.AGENT, login))
        return user

    async def register(self, extension: str, there: bool = True) -> None:
        (self.registered.add if there else self.registered.discard)(extension)
        self.store.bus.publish(PhonesChanged(extension))
        await self.settle()

    async def turn(self, seconds: float) -> None:
        self.clock.turn(seconds)
        await self.settle()

    async def talks(self, extension: str, talked_ms: int = 60_000, **values: Any) -> None:
        self.store.bus.publish(
            PartyLeft(call(extension=extension, **values), extension, talked_ms, self.clock.now_ms())
        )
        await self.settle()

    async def misses(self, extension: str, why: str = "no_answer") -> None:
        self.store.bus.publish(OfferMissed(call(), extension, why))
        await self.settle()

    async def takes(self, extension: str) -> None:
        self.store.bus.publish(OfferTaken(call(), extension))
        await self.settle()

    async def settle(self) -> None:
        """Let everything that was begun come to its end."""
        for _ in range(3):
            for tasks in (self.agents._upkeep._tasks, self.agents._book._tasks):
                await tasks.finish()

    def view(self, extension: str) -> DeskView:
        return self.agents.view(extension)

    def kind(self, extension: str) -> str:
        return self.view(extension).kind.key

    def available(self, extension: str) -> Availability:
        return self.desks.availability(extension)

    async def history(self, extension: str) -> list[StateChange]:
        return list(reversed(await self.agents.changes(extension=extension)))

    async def logged(self, what: str) -> list[tuple[str, str]]:
        return [(entry.who, entry.about) for entry in await self.store.access.entries() if entry.what == what]

    async def set(self, **values: object) -> None:
        await self.store.settings.set(**{f"agents.{key}": value for key, value in values.items()})


@asynccontextmanager
async def desk_office(
    folder: Path, clock: TurnedClock | None = None, registered: set[str] | None = None, start: bool = True
) -> AsyncIterator[DeskOffice]:
    """Open an office with extensions 101 to 103, or open it again. Give it the clock of before."""
    clock, there = clock or TurnedClock(), registered if registered is not None else set()

    def phones() -> tuple[RegisteredPhone, ...]:
        return tuple(RegisteredPhone(one, "udp:192.0.2.10:5060", "Yealink", 1, 2) for one in sorted(there))

    async with opened(folder, clock=cast(Any, clock)) as store:
        if not store.lines.snapshot().extensions:
            for number in ("101", "102", "103"):
                await store.lines.add_extension(number, f"자리 {number}")
        office_time = OfficeTime(store.settings, store.bus)
        await office_time.open()
        given = (store.database, store.settings, store.bus, clock, store.access, store.lines)
        agents = Agents(*given, office_time, phones)
        await agents.open()
        office = DeskOffice(store, clock, agents, AgentDesks(agents, store.bus), there)
        if start:
            await agents.start()
            await office.settle()
        try:
            yield office
        finally:
            await agents.stop()
            await office_time.stop()
