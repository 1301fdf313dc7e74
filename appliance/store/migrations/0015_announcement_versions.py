"""Versions of announcements, the voice of spoken ones, a number for phones; pauses of recordings; people of keys."""

from typing import Any

import peewee

READABLE_FROM = 1


class AnnouncementVersion(peewee.Model):
    """What an announcement was before it was changed. Its file is removed only with it."""

    id = peewee.BigAutoField()
    announcement = peewee.TextField()
    version = peewee.IntegerField()
    at_ms = peewee.BigIntegerField()
    made_by = peewee.TextField()
    source = peewee.TextField()
    language = peewee.TextField()
    text = peewee.TextField()
    said = peewee.TextField()
    voice = peewee.TextField()
    speed = peewee.IntegerField()
    duration_ms = peewee.BigIntegerField()
    size = peewee.BigIntegerField()
    file = peewee.TextField()

    class Meta:
        """Name of the table and its index: each version is there once."""

        table_name = "announcement_version"
        indexes = ((("announcement", "version"), True),)


def up(migrator: Any, db: peewee.Database) -> None:
    """Make the table, and add what announcements and calls have now."""
    pauses = peewee.TextField(default="", constraints=[peewee.SQL("DEFAULT ''")])
    migrator.migrate(migrator.add_column("phone_call", "pauses", pauses))
    login = peewee.TextField(default="", constraints=[peewee.SQL("DEFAULT ''")])
    migrator.migrate(migrator.add_column("api_key", "login", login))
    for name in ("voice", "said", "changed_by"):
        text = peewee.TextField(default="", constraints=[peewee.SQL("DEFAULT ''")])
        migrator.migrate(migrator.add_column("announcement", name, text))
    for name, value in (("dial", 0), ("version", 1)):
        number = peewee.IntegerField(default=value, constraints=[peewee.SQL(f"DEFAULT {value}")])
        migrator.migrate(migrator.add_column("announcement", name, number))
    with db.bind_ctx([AnnouncementVersion]):
        db.create_tables([AnnouncementVersion], safe=False)
