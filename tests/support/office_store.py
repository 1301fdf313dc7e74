"""A whole store in a folder, opened as the product opens it, with a clock that the test turns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from appliance.access.service import Access
from appliance.core.bus import Bus
from appliance.core.clock import Timer
from appliance.core.health import Health
from appliance.crm.service import Customers
from appliance.lines.service import Lines
from appliance.store.database import Database
from appliance.store.settings import Settings
from tests.support.new_store import new_store


@dataclass
class HandClock:
    """Time that only moves when the test says so."""

    ms: int = 1_700_000_000_000

    def now_ms(self) -> int:
        return self.ms

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        raise NotImplementedError

    def pass_seconds(self, seconds: float) -> None:
        self.ms += int(seconds * 1000)


@dataclass
class Store:
    """What stands on the database, and everything that was published."""

    database: Database
    settings: Settings
    access: Access
    lines: Lines
    customers: Customers
    bus: Bus
    clock: HandClock
    health: Health
    published: list[object] = field(default_factory=list)


@asynccontextmanager
async def opened(folder: Path, url: str = "", clock: HandClock | None = None) -> AsyncIterator[Store]:
    """Open the store in `folder`, and close it at the end."""
    bus, clock = Bus(), clock or HandClock()
    health = Health(clock.now_ms)
    database = Database(url or new_store(folder), health, busy_seconds=0.2)
    await database.open()
    try:
        settings = Settings(database, bus, clock)
        await settings.open()
        access = Access(database, settings, bus, clock, folder)
        lines = Lines(database, settings, bus, folder)
        await access.open()
        await lines.open()
        customers = Customers(database, settings, bus, clock)
        store = Store(database, settings, access, lines, customers, bus, clock, health)
        bus.subscribe(object, store.published.append)
        yield store
    finally:
        await database.close()
