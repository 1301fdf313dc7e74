"""Announcements: sounds that callers hear, uploaded or spoken from text."""

from typing import Any

import peewee

READABLE_FROM = 1


class Announcement(peewee.Model):
    """An announcement; its sound is a file in the data folder."""

    id = peewee.TextField(primary_key=True)
    name = peewee.TextField()
    source = peewee.TextField()
    language = peewee.TextField()
    music = peewee.BooleanField()
    text = peewee.TextField()
    speed = peewee.IntegerField()
    duration_ms = peewee.BigIntegerField()
    size = peewee.BigIntegerField()
    file = peewee.TextField()
    changed_ms = peewee.BigIntegerField()

    class Meta:
        """Name of the table."""

        table_name = "announcement"


TABLES = [Announcement]


def up(migrator: Any, db: peewee.Database) -> None:
    """Make the table of announcements."""
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES, safe=False)
