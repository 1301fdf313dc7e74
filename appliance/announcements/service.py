"""The only door to announcements: kept, spoken, converted, found. Knows no call and no page.

What never waits: `list`, `get`, `ids`, `uses`, and of `prompts` all but `position`. Every change is durable before they
show it and before AnnouncementsChanged is published.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

from appliance.announcements import checks, models
from appliance.announcements.built_in import BuiltIn
from appliance.announcements.converter import FIELD, Converter
from appliance.announcements.folder import Folder
from appliance.announcements.models import Shelf
from appliance.announcements.programs import Programs
from appliance.announcements.prompts import SpokenPrompts
from appliance.announcements.said import Said
from appliance.announcements.shelf import Shelf as SharedShelf
from appliance.announcements.speaker import Espeak, Speaker, Speech
from appliance.announcements.taken import Taken, mark, move
from appliance.announcements.types import LARGEST_MB, Announcement, AnnouncementsChanged, Draft, Source, Use, Version
from appliance.announcements.wording import Facts, NoFacts, fill
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.errors import Conflict, NotFound, SoriboxError, Unavailable
from appliance.core.health import Health
from appliance.core.incoming import Bounds, Incoming, receiving
from appliance.core.tasks import Tasks
from appliance.store.database import Database
from appliance.store.settings import Settings

log = logging.getLogger(__name__)

__all__ = ["Announcement", "Announcements", "AnnouncementsChanged", "Draft", "Source", "Use", "Version"]

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
        shared: Path | None = None,
    ) -> None:
        """`shared` is a folder of what other boxes on this machine have spoken."""
        self._settings = settings
        self._database = database
        self._bus = bus
        self._clock = clock
        self._converter = Converter(Programs())
        speaking = Programs()  # a caller who waits for words does not wait for somebody's upload
        self._speech = Speech(speaker or Espeak(speaking), Converter(speaking))
        self._folder = Folder(folder / "announcements")
        self._said = Said(self._folder.said, self._speech, SAID_AT_MOST)
        self._tried = Said(self._folder.tried, self._speech, TRIED_AT_MOST)
        spoken = SharedShelf(shared) if shared is not None else None
        self._own_said = Said(self._folder.own, self._speech, OWN_AT_MOST, spoken)
        self._built_in = BuiltIn(self._own_said, health, lambda: str(settings.get("office.language")))
        self.taken = Taken(self._folder.taken, self._converter)
        self._facts: Facts = NoFacts()
        self._shelf = models.EMPTY
        self._leaving: set[str] = set()
        self._users: list[Uses] = []
        self._changing = asyncio.Lock()
        self._tasks = Tasks("announcements")
        self.prompts = SpokenPrompts(
            self._kept_file, self._built_in, self._said, lambda: str(settings.get("office.language"))
        )

    async def open(self) -> None:
        """Read everything. Raises Unavailable when the folder cannot be used."""
        self._shelf = await self._database.write(models.load)
        try:
            await asyncio.to_thread(self._folder.open, self._shelf.files)
            await asyncio.to_thread(self.taken.open)
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
        return (*self._shelf.announcements.values(), *self._built_in.all())

    def get(self, announcement: str) -> Announcement:
        """Return one. Raises NotFound."""
        found = self._shelf.announcements.get(announcement) or self._built_in.get(announcement)
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
        found = self._shelf.announcements.get(announcement)
        return str(self._folder.path / found.file) if found else ""

    # Making

    def incoming(self) -> AbstractAsyncContextManager[Incoming]:
        """Give a place for a file that is being sent."""
        return receiving(self._folder.incoming, _BOUNDS)

    @property
    def voices(self) -> tuple[str, ...]:
        """The voices that can be chosen, the usual one first."""
        return self._speech.voices

    async def preview(self, text: str, language: str, speed: int = 100, voice: str = "") -> str:
        """Speak a text without keeping it; returns a key for `previewed`. Raises InvalidInput, Unavailable."""
        checked = self._spoken_draft(Draft("-", language, text=text, speed=speed, voice=voice))
        filled = self._filled(checked.text, language)
        return (await self._tried.file(filled, language, speed, voice)).stem

    def previewed(self, key: str) -> Path:
        """Return the file of a preview. Raises NotFound when it was too long ago."""
        if (path := self._tried.find(key)) is None:
            raise NotFound("announcements.not_found")
        return path

    async def upload(self, draft: Draft, sent: Path, by: str = "") -> Announcement:
        """Add an announcement from a file in any common format. Raises InvalidInput, Conflict, Unavailable."""
        return await self._add(checks.draft(draft, spoken=False), Source.UPLOADED, sent, by)

    async def speak(self, draft: Draft, by: str = "") -> Announcement:
        """Add an announcement from text. Raises InvalidInput, Conflict, Unavailable."""
        return await self._add(self._spoken_draft(draft), Source.SPOKEN, None, by)

    async def _add(self, draft: Draft, source: Source, sent: Path | None, by: str) -> Announcement:
        self._refuse_same_name(draft.name, "")
        made = await self._with_sound(self._from(draft, source, checks.new_id(draft.name, ()), by), sent)
        return await self._add_made(made)

    async def _add_made(self, made: Announcement) -> Announcement:
        async with self._changing:
            new = replace(made, id=checks.new_id(made.name, self._shelf.announcements))
            return await self._store(new, lambda: models.add(new))

    async def change(self, announcement: str, draft: Draft, sent: Path | None = None, by: str = "") -> Announcement:
        """Change an announcement; what is spoken is spoken again, `sent` takes the place of what was heard before.

        What it was before is kept as a version. Raises InvalidInput, NotFound, Unavailable, Conflict (one of the box's
        own, a name that is taken, a file for one that is spoken).
        """
        before = self._own(announcement)
        if sent is not None and before.source is Source.SPOKEN:
            raise Conflict("announcements.is_spoken")
        spoken = before.source is Source.SPOKEN
        checked = self._spoken_draft(draft) if spoken else checks.draft(draft, spoken=False)
        self._refuse_same_name(checked.name, announcement)
        made = self._from(checked, Source.UPLOADED if sent is not None else before.source, announcement, by)
        if sent is not None or _words(before) != _words(made):
            made = await self._with_sound(made, sent)
        else:
            made = _as_it_sounds(before, made)
        return await self._change_to(made)

    async def _change_to(self, made: Announcement) -> Announcement:
        keep = self._keep_versions()
        async with self._changing:
            return await self._store(made, lambda: models.change(made, keep))

    async def remove(self, announcement: str) -> None:
        """Remove an announcement. Raises NotFound, Conflict while something plays it or when it is the box's own."""
        self._own(announcement)
        self._leaving.add(announcement)  # nobody can choose it any more
        try:
            await self._database.write(_nothing)  # whoever has just chosen it is stored now
            if used := self.uses(announcement):
                raise Conflict("announcements.in_use", names=", ".join(dict.fromkeys(use.name for use in used)))
            async with self._changing:
                await self._put_on_shelf(lambda: models.remove(announcement))
        finally:
            self._leaving.discard(announcement)

    def _spoken_draft(self, draft: Draft) -> Draft:
        return checks.draft(draft, spoken=True, voices=self._speech.voices)

    def _from(self, draft: Draft, source: Source, announcement: str, by: str) -> Announcement:
        said = self._filled(draft.text, draft.language) if source is Source.SPOKEN else ""
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
            voice=draft.voice,
            said=said,
            changed_by=by,
        )

    def _filled(self, text: str, language: str) -> str:
        filled = fill(text, language, self._facts)
        return checks.text(filled, language, Draft.speed)  # it may be too long now

    async def _with_sound(self, made: Announcement, sent: Path | None) -> Announcement:
        name = self._folder.fresh(made.id)
        target = self._folder.path / name
        if sent is not None:
            sound = await self._converter.convert(sent, target)
        else:
            sound = await self._speech.write(made.said, made.language, made.speed, made.voice, target)
        return replace(made, file=name, duration_ms=sound.duration_ms, size=sound.size)

    async def _store(self, made: Announcement, work: Callable[[], Shelf]) -> Announcement:
        try:
            self._refuse_same_name(made.name, made.id)
            await self._put_on_shelf(work)
        except SoriboxError:
            if made.file not in self._shelf.files:
                await asyncio.to_thread(self._folder.remove, made.file)
            raise
        return self._shelf.announcements[made.id]

    async def _put_on_shelf(self, work: Callable[[], Shelf]) -> None:
        """Store a change, tell of it, and remove the files that nothing needs any more."""
        before = self._shelf.files
        self._shelf = await self._database.write(work)
        self._bus.publish(AnnouncementsChanged())
        if gone := before - self._shelf.files:
            await asyncio.to_thread(self._folder.remove, *gone)

    def _own(self, announcement: str) -> Announcement:
        found = self.get(announcement)
        if found.source is Source.BUILT_IN:
            raise Conflict("announcements.built_in_stays")
        return found

    def _refuse_same_name(self, name: str, but: str) -> None:
        if any(one.name == name and one.id != but for one in self._shelf.announcements.values()):
            raise Conflict("announcements.name_taken", field="name")

    # What was before

    def versions(self, announcement: str) -> tuple[Version, ...]:
        """Return what an announcement was before, the newest first. Raises NotFound."""
        return self._shelf.versions.get(self.get(announcement).id, ())

    def version_path(self, announcement: str, version: int) -> Path:
        """Return the file of a version. Raises NotFound."""
        found = next((one for one in self.versions(announcement) if one.version == version), None)
        if found is None:
            raise NotFound("announcements.no_such_version")
        return self._folder.path / found.file

    async def bring_back(self, announcement: str, version: int, by: str = "") -> Announcement:
        """Let an announcement be what it was; what it is now becomes a version. Raises NotFound, Conflict, Unavailable.

        One that is so already stays as it is.
        """
        now = self._own(announcement)
        if now.version == version:
            return now
        keep, at_ms = self._keep_versions(), self._clock.now_ms()
        async with self._changing:
            await self._put_on_shelf(lambda: models.bring_back(announcement, version, at_ms, by, keep))
        return self._shelf.announcements[announcement]

    def _keep_versions(self) -> int:
        return int(self._settings.get("announcements.versions"))

    # Spoken at a phone

    def dialled(self, number: int) -> Announcement:
        """Return the announcement with a number for phones. Raises NotFound."""
        found = next((one for one in self._shelf.announcements.values() if one.dial == number), None)
        if found is None:
            raise NotFound("announcements.not_found")
        return found

    def to_record(self, announcement: str) -> Announcement:
        """Return an announcement that is to be recorded anew. Raises NotFound, Conflict for one of the box's own."""
        return self._own(announcement)

    def free_name(self, name: str) -> str:
        """Return the name of an announcement that is to be recorded, tidied. Raises InvalidInput, Conflict."""
        tidy = checks.draft(Draft(name), spoken=False).name
        self._refuse_same_name(tidy, "")
        return tidy

    def is_of(self, announcement: Announcement, call: str) -> bool:
        """Say whether an announcement sounds as it was spoken in a call."""
        return announcement.file.endswith(f"-{mark(call)}.wav")

    async def keep_taken(self, call: str, announcement: str, by: str, *, name: str = "") -> Announcement:
        """Make what was spoken last in a call the sound of an announcement, or, "", of a new one called `name`.

        Twice is once. Raises NotFound, Conflict, Unavailable.
        """
        kept = next((one for one in self._shelf.announcements.values() if self.is_of(one, call)), None)
        if kept is not None:
            return kept
        path, sound = await self.taken.last(call)
        before = self._own(announcement) if announcement else None
        draft = Draft(before.name, before.language, before.music) if before is not None else Draft(self._free(name))
        made = self._from(draft, Source.RECORDED, announcement or checks.new_id(draft.name, ()), by)
        made = replace(made, file=self._folder.fresh(made.id, mark(call)), duration_ms=sound.duration_ms)
        made = replace(made, size=sound.size)
        await asyncio.to_thread(move, path, self._folder.path / made.file)
        return await (self._change_to(made) if announcement else self._add_made(made))

    def _free(self, name: str) -> str:
        """Return a name that nobody has taken meanwhile."""
        names = (name, *(f"{name} {number}" for number in range(2, len(self._shelf.announcements) + 3)))
        taken = {one.name for one in self._shelf.announcements.values()}
        return next(one for one in names if one not in taken)

    # What is said of the office

    def told_by(self, facts: Facts) -> None:
        """Ask `facts`, from now on, what stands for placeholders in texts."""
        self._facts = facts

    def fact(self, placeholder: str, language: str) -> str:
        """Return what is read aloud for a placeholder now; "" when nothing is."""
        return self._facts.fact(placeholder, language)

    def facts_changed(self) -> None:
        """Hear that something about the office has changed: texts that say it are spoken again."""
        self._tasks.start("speak what has changed", self._speak_again())

    async def _speak_again(self) -> None:
        for one in tuple(self._shelf.announcements.values()):
            try:
                said = self._filled(one.text, one.language) if one.source is Source.SPOKEN else one.said
                if said != one.said and one.said:
                    await self._refresh(await self._with_sound(replace(one, said=said), None))
            except SoriboxError as error:
                log.warning("an announcement goes on saying what is no longer so: %s", error)

    async def _refresh(self, made: Announcement) -> None:
        async with self._changing:
            now = self._shelf.announcements.get(made.id)
            if now is not None and _words(now)[:-1] == _words(made)[:-1]:  # else somebody has changed it meanwhile
                await self._store(made, lambda: models.refresh(made))
            else:
                await asyncio.to_thread(self._folder.remove, made.file)


def _as_it_sounds(before: Announcement, made: Announcement) -> Announcement:
    """Return `made` with the sound of what it was: only what is said about it has changed."""
    return replace(
        made,
        text=before.text,
        speed=before.speed,
        voice=before.voice,
        said=before.said,
        duration_ms=before.duration_ms,
        size=before.size,
        file=before.file,
        changed_ms=before.changed_ms,
        changed_by=before.changed_by,
    )


def _words(announcement: Announcement) -> tuple[object, ...]:
    """Return all that decides how an announcement sounds that is spoken; of others it is never different."""
    one = announcement
    return (one.text, one.language, one.speed, one.voice, one.said) if one.source is Source.SPOKEN else ()


def _nothing() -> None:
    """Change nothing: to be written means that all earlier writes are."""
