"""The only door to announcements: kept, spoken, converted, found. Knows no call and no page.

What never waits: `list`, `get`, `ids`, `uses`, and of `prompts` all but `position`. Every change is durable before they
show it and before AnnouncementsChanged is published.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

from appliance.announcements import checks, models
from appliance.announcements.built_in import BuiltIn
from appliance.announcements.converter import FIELD, Converter
from appliance.announcements.folder import Folder
from appliance.announcements.programs import Programs
from appliance.announcements.prompts import SpokenPrompts
from appliance.announcements.said import Said
from appliance.announcements.speaker import Espeak, Speaker, Speech
from appliance.announcements.types import LARGEST_MB, Announcement, AnnouncementsChanged, Draft, Source, Use
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.errors import Conflict, NotFound, SoriboxError, Unavailable
from appliance.core.health import Health
from appliance.core.incoming import Bounds, Incoming, receiving
from appliance.core.tasks import Tasks
from appliance.store.database import Database
from appliance.store.settings import Settings

__all__ = ["Announcement", "Announcements", "AnnouncementsChanged", "Draft", "Source", "Use"]

SAID_AT_MOST = 300  # a place in a queue is about 150 KB
TRIED_AT_MOST = 20
OWN_AT_MOST = 120  # also those of the release before

_BOUNDS = Bounds(FIELD, LARGEST_MB, "announcements.too_large", "announcements.file_needed", "announcements.not_written")

Uses = Callable[[str], tuple[Use, ...]]


class Announcements:
    """The announcements as they are now. `folder` is the data folder. Other features ask `prompts` for files."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        bus: Bus,
        clock: Clock,
        health: Health,
        folder: Path,
        speaker: Speaker | None = None,
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._converter = Converter(Programs())
        speaking = Programs()  # a caller who waits for words does not wait for somebody's upload
        self._speech = Speech(speaker or Espeak(speaking), Converter(speaking))
        self._folder = Folder(folder / "announcements")
        self._said = Said(self._folder.said, self._speech, SAID_AT_MOST)
        self._tried = Said(self._folder.tried, self._speech, TRIED_AT_MOST)
        self._own_said = Said(self._folder.own, self._speech, OWN_AT_MOST)
        self._built_in = BuiltIn(self._own_said, health)
        self._kept: dict[str, Announcement] = {}
        self._leaving: set[str] = set()
        self._users: list[Uses] = []
        self._changing = asyncio.Lock()
        self._tasks = Tasks("announcements")
        self.prompts = SpokenPrompts(
            self._kept_file, self._built_in, self._said, lambda: str(settings.get("office.language"))
        )

    async def open(self) -> None:
        """Read everything. Raises Unavailable when the folder cannot be used."""
        self._kept = await self._database.read(models.load)
        try:
            await asyncio.to_thread(self._folder.open, {one.file for one in self._kept.values()})
            for said in (self._own_said, self._said, self._tried):
                await said.open()
            await self._built_in.open()
        except OSError as error:
            raise Unavailable("announcements.no_folder", reason=str(error)) from error

    async def start(self) -> None:
        """Speak the box's own announcements that are missing, in the background."""
        self._tasks.start("speak the box's own", self._built_in.speak())

    async def stop(self) -> None:
        """Stop working."""
        await self._tasks.stop()
        for said in (self._own_said, self._said, self._tried):
            await said.stop()

    async def settled(self) -> None:
        """Wait until what `start` has begun is done."""
        await self._tasks.finish()

    # At once, from memory

    def list(self) -> tuple[Announcement, ...]:
        """Return all announcements: the office's own by name, then the box's."""
        return (*self._kept.values(), *self._built_in.all())

    def get(self, announcement: str) -> Announcement:
        """Return one. Raises NotFound."""
        found = self._kept.get(announcement) or self._built_in.get(announcement)
        if found is None:
            raise NotFound("announcements.not_found")
        return found

    def ids(self) -> frozenset[str]:
        """Return what may be chosen to be played."""
        return frozenset(one.id for one in self.list()) - self._leaving

    def used_by(self, users: Uses) -> None:
        """Ask `users`, from now on, what plays an announcement; it is given an id and must not wait."""
        self._users.append(users)

    def uses(self, announcement: str) -> tuple[Use, ...]:
        """Return what plays an announcement."""
        return tuple(use for users in self._users for use in users(announcement))

    def path(self, announcement: str) -> Path:
        """Return the file of an announcement. Raises NotFound."""
        return Path(self.prompts.file(self.get(announcement).id))

    def _kept_file(self, announcement: str) -> str:
        found = self._kept.get(announcement)
        return str(self._folder.path / found.file) if found else ""

    # Making

    def incoming(self) -> AbstractAsyncContextManager[Incoming]:
        """Give a place for a file that is being sent."""
        return receiving(self._folder.incoming, _BOUNDS)

    async def preview(self, text: str, language: str, speed: int = 100) -> str:
        """Speak a text without keeping it; returns a key for `previewed`. Raises InvalidInput, Unavailable."""
        return (await self._tried.file(text, language, speed)).stem

    def previewed(self, key: str) -> Path:
        """Return the file of a preview. Raises NotFound when it was too long ago."""
        if (path := self._tried.find(key)) is None:
            raise NotFound("announcements.not_found")
        return path

    async def upload(self, draft: Draft, sent: Path) -> Announcement:
        """Add an announcement from a file in any common format. Raises InvalidInput, Conflict, Unavailable."""
        return await self._add(checks.draft(draft, spoken=False), Source.UPLOADED, sent)

    async def speak(self, draft: Draft) -> Announcement:
        """Add an announcement from text. Raises InvalidInput, Conflict, Unavailable."""
        return await self._add(checks.draft(draft, spoken=True), Source.SPOKEN, None)

    async def _add(self, draft: Draft, source: Source, sent: Path | None) -> Announcement:
        self._refuse_same_name(draft.name, "")
        made = await self._with_sound(self._from(draft, source, checks.new_id(draft.name, ())), sent)
        async with self._changing:
            new = replace(made, id=checks.new_id(draft.name, self._kept))
            return await self._store(new, lambda: models.add(new))

    async def change(self, announcement: str, draft: Draft, sent: Path | None = None) -> Announcement:
        """Change an announcement; what is spoken is spoken again, `sent` replaces what was uploaded.

        Raises InvalidInput, NotFound, Unavailable, Conflict (one of the box's own, a name that is taken, a file for one
        that is spoken).
        """
        before = self._own(announcement)
        if sent is not None and before.source is not Source.UPLOADED:
            raise Conflict("announcements.is_spoken")
        checked = checks.draft(draft, spoken=before.source is Source.SPOKEN)
        self._refuse_same_name(checked.name, announcement)
        made = self._from(checked, before.source, announcement)
        if sent is not None or _words(before) != _words(made):
            made = await self._with_sound(made, sent)
        else:
            made = replace(made, duration_ms=before.duration_ms, size=before.size, file=before.file)
        async with self._changing:
            changed = await self._store(made, lambda: models.change(made))
        if changed.file != before.file:
            await asyncio.to_thread(self._folder.remove, before.file)
        return changed

    async def remove(self, announcement: str) -> None:
        """Remove an announcement. Raises NotFound, Conflict while something plays it or when it is the box's own."""
        found = self._own(announcement)
        self._leaving.add(announcement)  # nobody can choose it any more
        try:
            await self._database.write(_nothing)  # whoever has just chosen it is stored now
            if used := self.uses(announcement):
                raise Conflict("announcements.in_use", names=", ".join(dict.fromkeys(use.name for use in used)))
            async with self._changing:
                self._kept = await self._database.write(lambda: models.remove(announcement))
        finally:
            self._leaving.discard(announcement)
        self._bus.publish(AnnouncementsChanged())
        await asyncio.to_thread(self._folder.remove, found.file)

    def _from(self, draft: Draft, source: Source, announcement: str) -> Announcement:
        return Announcement(
            id=announcement,
            name=draft.name,
            source=source,
            language=draft.language,
            music=draft.music,
            text=draft.text,
            speed=draft.speed,
            duration_ms=0,
            size=0,
            file="",
            changed_ms=self._clock.now_ms(),
        )

    async def _with_sound(self, made: Announcement, sent: Path | None) -> Announcement:
        name = self._folder.fresh(made.id)
        target = self._folder.path / name
        if sent is not None:
            sound = await self._converter.convert(sent, target)
        else:
            sound = await self._speech.write(made.text, made.language, made.speed, target)
        return replace(made, file=name, duration_ms=sound.duration_ms, size=sound.size)

    async def _store(self, made: Announcement, work: Callable[[], dict[str, Announcement]]) -> Announcement:
        try:
            self._refuse_same_name(made.name, made.id)
            self._kept = await self._database.write(work)
        except SoriboxError:
            if made.file not in {one.file for one in self._kept.values()}:
                await asyncio.to_thread(self._folder.remove, made.file)
            raise
        self._bus.publish(AnnouncementsChanged())
        return self._kept[made.id]

    def _own(self, announcement: str) -> Announcement:
        found = self.get(announcement)
        if found.source is Source.BUILT_IN:
            raise Conflict("announcements.built_in_stays")
        return found

    def _refuse_same_name(self, name: str, but: str) -> None:
        if any(one.name == name and one.id != but for one in self._kept.values()):
            raise Conflict("announcements.name_taken", field="name")


def _words(announcement: Announcement) -> tuple[str, str, int]:
    """Return all that decides how an announcement sounds that is spoken; of others it is never different."""
    spoken = announcement.source is Source.SPOKEN
    return (announcement.text, announcement.language, announcement.speed) if spoken else ("", "", 0)


def _nothing() -> None:
    """Change nothing: to be written means that all earlier writes are."""
