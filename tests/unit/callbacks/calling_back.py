"""Callbacks over an office of tests, with the people to whom they may be assigned."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.access.service import Access
from appliance.access.types import Role, UserDraft
from appliance.callbacks.service import Callbacks
from appliance.core.errors import Conflict
from appliance.store.office_time import OfficeTime
from appliance.store.settings import Settings
from tests.unit.calls.office import Office

PEOPLE = ("doyun", "haneul", "seoyeon")


@asynccontextmanager
async def service_of(office: Office, **settings: object) -> AsyncIterator[Callbacks]:
    """Open callbacks; `settings` by their last word, `from_missed=False`. Those of tests are off unless named."""
    kept = Settings(office.database, office.bus, office.clock)
    await kept.open()
    usual: dict[str, object] = {"from_missed": False, "from_abandoned": False} | settings
    values = {f"callbacks.{name}": value for name, value in usual.items()}
    if any(kept.get(key) != value for key, value in values.items()):
        await kept.set(**values)
    access = Access(office.database, kept, office.bus, office.clock, Path("/nowhere"))
    for login in PEOPLE:
        try:
            await access.add_user(UserDraft(login, login, Role.AGENT), "a good long password")
        except Conflict:  # of an earlier core
            break
    time = OfficeTime(kept, office.bus)
    await time.open()
    callbacks = Callbacks(office.database, kept, office.bus, office.clock, office.calls, access, time.day)
    await callbacks.open()
    await callbacks.start()
    try:
        yield callbacks
    finally:
        await callbacks.stop()
        await time.stop()
