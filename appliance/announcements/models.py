"""The tables of announcements and their versions, and all that is asked of them. Used in the database's threads."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from peewee import BigAutoField, BigIntegerField, BooleanField, IntegerField, TextField

from appliance.announcements.types import Announcement, Source, Version
from appliance.core.errors import NotFound
from appliance.store.base import BaseModel


class AnnouncementRow(BaseModel):
    """An announcement of the office; the box's own are in no table."""

    id = TextField(primary_key=True)
    name = TextField()
    source = TextField()
    language = TextField()
    music = BooleanField()
    text = TextField()
    speed = IntegerField()
    duration_ms = BigIntegerField()
    size = BigIntegerField()
    file = TextField()
    changed_ms = BigIntegerField()
    voice = TextField(default="")
    said = TextField(default="")
    dial = IntegerField(default=0)
    version = IntegerField(default=1)
    changed_by = TextField(default="")

    class Meta:
        """Name of the table."""

        table_name = "announcement"


class VersionRow(BaseModel):
    """What an announcement was before it was changed."""

    id = BigAutoField()
    announcement = TextField()
    version = IntegerField()
    at_ms = BigIntegerField()
    made_by = TextField()
    source = TextField()
    language = TextField()
    text = TextField()
    said = TextField()
    voice = TextField()
    speed = IntegerField()
    duration_ms = BigIntegerField()
    size = BigIntegerField()
    file = TextField()

    class Meta:
        """Name of the table and its index."""

        table_name = "announcement_version"
        indexes = ((("announcement", "version"), True),)


@dataclass(frozen=True)
class Shelf:
    """All announcements by id, in order of their names, and what each was before, the newest first."""

    announcements: dict[str, Announcement]
    versions: dict[str, tuple[Version, ...]]

    @property
    def files(self) -> frozenset[str]:
        """The files that are needed."""
        older = (one.file for versions in self.versions.values() for one in versions)
        return frozenset((*(one.file for one in self.announcements.values()), *older))


EMPTY = Shelf({}, {})
_COLUMNS = tuple(one.name for one in fields(Announcement) if one.name != "built_in")
_OF_VERSION = tuple(one.name for one in fields(Version))
_SOUND = ("source", "language", "text", "said", "voice", "speed", "duration_ms", "size", "file")
"""What an announcement and its versions have in common: all that is heard."""


def load() -> Shelf:
    """Return everything; an announcement without a number for phones is given one."""
    _give_numbers()
    versions: dict[str, tuple[Version, ...]] = {}
    for row in VersionRow.select().order_by(VersionRow.version.desc()):
        versions[row.announcement] = (*versions.get(row.announcement, ()), _version(row))
    rows = AnnouncementRow.select().order_by(AnnouncementRow.name)
    return Shelf({row.id: _of(row) for row in rows}, versions)


def _give_numbers() -> None:
    """Number those that an earlier release has added."""
    for row in AnnouncementRow.select().where(AnnouncementRow.dial == 0).order_by(AnnouncementRow.name):
        AnnouncementRow.update(dial=_free_number()).where(AnnouncementRow.id == row.id).execute()


def _free_number() -> int:
    taken = {row.dial for row in AnnouncementRow.select(AnnouncementRow.dial)}
    return next(number for number in range(1, len(taken) + 2) if number not in taken)


def _of(row: AnnouncementRow) -> Announcement:
    values = {name: getattr(row, name) for name in _COLUMNS}
    return Announcement(**values | {"source": Source(row.source)})


def _version(row: VersionRow) -> Version:
    values = {name: getattr(row, name) for name in _OF_VERSION}
    return Version(**values | {"source": Source(row.source)})


def _columns(announcement: Announcement) -> dict[str, Any]:
    return {name: getattr(announcement, name) for name in _COLUMNS} | {"source": announcement.source.value}


def add(announcement: Announcement) -> Shelf:
    """Add an announcement; its number for phones is given here."""
    AnnouncementRow.create(**_columns(replace(announcement, dial=_free_number())))
    return load()


def change(announcement: Announcement, keep: int) -> Shelf:
    """Change everything of an announcement but its id and number. Another sound becomes a new version.

    Of what it was before, `keep` are kept. Raises NotFound.
    """
    before = _stored(announcement.id)
    version = before.version
    if before.file != announcement.file:
        _lay_by(before)
        version = _newest(announcement.id) + 1
        _forget_old(announcement.id, keep)
    _put(replace(announcement, dial=before.dial, version=version))
    return load()


def refresh(announcement: Announcement) -> Shelf:
    """Put in the place of what an announcement sounds like the same in other words: no version. Raises NotFound."""
    before = _stored(announcement.id)
    _put(replace(before, **{name: getattr(announcement, name) for name in _SOUND}))
    return load()


def bring_back(announcement: str, version: int, at_ms: int, by: str, keep: int) -> Shelf:
    """Let an announcement be what it was before; what it is now becomes a version. Raises NotFound."""
    before = _stored(announcement)
    row = VersionRow.get_or_none((VersionRow.announcement == announcement) & (VersionRow.version == version))
    if row is None:
        raise NotFound("announcements.no_such_version")
    back = _version(row)
    row.delete_instance()
    _lay_by(before)
    _forget_old(announcement, keep)
    sound = {name: getattr(back, name) for name in _SOUND}
    _put(replace(before, **sound, version=version, changed_ms=at_ms, changed_by=by))
    return load()


def _stored(announcement: str) -> Announcement:
    row = AnnouncementRow.get_or_none(AnnouncementRow.id == announcement)
    if row is None:
        raise NotFound("announcements.not_found")
    return _of(row)


def _put(announcement: Announcement) -> None:
    AnnouncementRow.update(**_columns(announcement)).where(AnnouncementRow.id == announcement.id).execute()


def _lay_by(before: Announcement) -> None:
    sound = {name: getattr(before, name) for name in _SOUND} | {"source": before.source.value}
    made = {"at_ms": before.changed_ms, "made_by": before.changed_by}
    VersionRow.create(announcement=before.id, version=before.version, **made, **sound)


def _newest(announcement: str) -> int:
    return max(row.version for row in VersionRow.select().where(VersionRow.announcement == announcement))


def _forget_old(announcement: str, keep: int) -> None:
    """Forget those that were made longest ago."""
    mine = VersionRow.select().where(VersionRow.announcement == announcement)
    for row in list(mine.order_by(VersionRow.at_ms.desc(), VersionRow.version.desc()))[keep:]:
        row.delete_instance()


def remove(announcement: str) -> Shelf:
    """Remove an announcement with all its versions. Raises NotFound."""
    if not AnnouncementRow.delete().where(AnnouncementRow.id == announcement).execute():
        raise NotFound("announcements.not_found")
    VersionRow.delete().where(VersionRow.announcement == announcement).execute()
    return load()
