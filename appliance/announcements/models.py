"""The table of announcements, and everything that is asked of it. Used in the database's threads only."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from peewee import BigIntegerField, BooleanField, IntegerField, TextField

from appliance.announcements.types import Announcement, Source
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

    class Meta:
        """Name of the table."""

        table_name = "announcement"


_COLUMNS = tuple(one.name for one in fields(Announcement) if one.name != "built_in")


def load() -> dict[str, Announcement]:
    """Return all announcements by id, in order of their names."""
    return {row.id: _of(row) for row in AnnouncementRow.select().order_by(AnnouncementRow.name)}


def _of(row: AnnouncementRow) -> Announcement:
    values = {name: getattr(row, name) for name in _COLUMNS}
    return Announcement(**values | {"source": Source(row.source)})


def _columns(announcement: Announcement) -> dict[str, Any]:
    return {name: getattr(announcement, name) for name in _COLUMNS} | {"source": announcement.source.value}


def add(announcement: Announcement) -> dict[str, Announcement]:
    """Add an announcement."""
    AnnouncementRow.create(**_columns(announcement))
    return load()


def change(announcement: Announcement) -> dict[str, Announcement]:
    """Change everything of an announcement but its id. Raises NotFound."""
    query = AnnouncementRow.update(**_columns(announcement)).where(AnnouncementRow.id == announcement.id)
    if not query.execute():
        raise NotFound("announcements.not_found")
    return load()


def remove(announcement: str) -> dict[str, Announcement]:
    """Remove an announcement. Raises NotFound."""
    if not AnnouncementRow.delete().where(AnnouncementRow.id == announcement).execute():
        raise NotFound("announcements.not_found")
    return load()
