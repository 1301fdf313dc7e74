"""The box's own announcements, spoken in every language from the catalogue's words. In no table.

They are spoken when the box starts and kept, so that they are there at once when a call needs one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from appliance.announcements import phrases
from appliance.announcements.said import Said
from appliance.announcements.types import RATE, Announcement, Source
from appliance.core.errors import SoriboxError
from appliance.core.health import Health, Level
from appliance.i18n.catalog import LANGUAGES, catalogue

log = logging.getLogger(__name__)

PART = "announcements"
_HEADER = 44
_BYTES_A_MS = RATE * 2 // 1000


def id_of(name: str, language: str) -> str:
    """Return the id of one of the box's own; an office's own ids have no hyphen."""
    return f"box-{name.replace('_', '-')}-{language}"


class BuiltIn:
    """The box's own announcements, as far as they were spoken. `open` first; then nothing but `speak` waits."""

    def __init__(self, said: Said, health: Health, first: Callable[[], str]) -> None:
        """`first` is the language that is spoken first: the office's own."""
        self._said = said
        self._first = first
        self._health = health
        self._made: dict[str, Announcement] = {}
        self._paths: dict[str, Path] = {}

    async def open(self) -> None:
        """Find those that were spoken before. Raises OSError."""
        for language in LANGUAGES:
            await asyncio.to_thread(catalogue, language)  # reads files
            for name in phrases.BUILT_IN:
                key = self._said.key(phrases.words(language, name), language)
                if (path := self._said.find(key)) is not None:
                    await self._keep(name, language, path)

    async def speak(self) -> None:
        """Speak those that are missing, and report how that went. Never raises SoriboxError or OSError."""
        try:
            for language in sorted(LANGUAGES, key=lambda one: one != self._first()):
                for name in phrases.BUILT_IN:
                    path = await self._said.file(phrases.words(language, name), language)
                    await self._keep(name, language, path)
        except (SoriboxError, OSError) as error:
            log.error("the box's own announcements were not spoken: %s", error)
            self._health.report(PART, Level.DEGRADED, "announcements.health.not_spoken")
        else:
            self._health.report(PART, Level.OK, "announcements.health.ok")

    async def _keep(self, name: str, language: str, path: Path) -> None:
        size = (await asyncio.to_thread(path.stat)).st_size
        one = Announcement(
            id=id_of(name, language),
            name=phrases.name(language, name),
            source=Source.BUILT_IN,
            language=language,
            music=False,
            text=phrases.words(language, name),
            speed=100,
            duration_ms=(size - _HEADER) // _BYTES_A_MS,
            size=size,
            file=path.name,
            changed_ms=0,
            built_in=name,
        )
        self._made[one.id] = one
        self._paths[one.id] = path

    def all(self) -> tuple[Announcement, ...]:
        """Return those that were spoken."""
        return tuple(self._made.values())

    def get(self, announcement: str) -> Announcement | None:
        """Return one of them."""
        return self._made.get(announcement)

    def path(self, name: str, language: str) -> str:
        """Return the file of one of them by its name, or ""."""
        return self.file(id_of(name, language))

    def file(self, announcement: str) -> str:
        """Return the file of one of them by its id, or ""."""
        return str(self._paths.get(announcement, ""))
