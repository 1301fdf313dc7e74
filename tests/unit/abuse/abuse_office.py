"""Protection beside call control: a real store, fake edge and voice, announcements that are only names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from appliance.abuse.service import Abuse
from appliance.announcements.types import Announcement, Source
from appliance.core.errors import NotFound
from appliance.store.settings import Settings
from tests.unit.calls.office import Office, _in_seoul, running_office

CALLER = "+821055551234"


def spoken(name: str) -> Announcement:
    return Announcement(name, f"안내 {name}", Source.BUILT_IN, "ko", False, "", 100, 4_200, 1, f"{name}.wav", 0)


@dataclass
class Sounds:
    """Announcements that are there, by their ids; whatever begins with "box-" always is."""

    kept: dict[str, Announcement] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)

    @property
    def prompts(self) -> Sounds:
        return self

    def file(self, announcement: str) -> str:
        there = announcement in self.kept or announcement.startswith("box-")
        return f"/sounds/{announcement}.wav" if there and announcement not in self.silent else ""

    def get(self, announcement: str) -> Announcement:
        if not self.file(announcement):
            raise NotFound("announcements.not_found")
        return self.kept.get(announcement) or spoken(announcement)

    def ids(self) -> frozenset[str]:
        return frozenset(self.kept)

    def used_by(self, users: object) -> None:
        """Nobody removes announcements here."""


@dataclass
class AbuseOffice:
    """Everything of a test."""

    office: Office
    abuse: Abuse
    settings: Settings
    sounds: Sounds


@asynccontextmanager
async def protecting(office: Office) -> AsyncIterator[AbuseOffice]:
    """Protect an office that is open."""
    settings = Settings(office.database, office.bus, office.clock)
    await settings.open()
    sounds = Sounds()
    own = SimpleNamespace(
        numbers=(SimpleNamespace(number="+82212345678"),), extensions=(SimpleNamespace(number="101"),)
    )
    lines = SimpleNamespace(snapshot=lambda: own)
    logins = {"102": "lee"}
    abuse = Abuse(
        office.database,
        settings,
        office.bus,
        office.clock,
        cast(Any, sounds),
        cast(Any, lines),
        lambda one: logins.get(one, ""),
        _in_seoul,
    )
    await abuse.open()
    await abuse.start(office.calls)
    abuse.settle()
    office.protection.ask = abuse
    try:
        yield AbuseOffice(office, abuse, settings, sounds)
    finally:
        await abuse.stop()


@asynccontextmanager
async def protected_office(folder: Path) -> AsyncIterator[AbuseOffice]:
    """Open an office and protect it."""
    async with running_office(folder) as office, protecting(office) as everything:
        yield everything
