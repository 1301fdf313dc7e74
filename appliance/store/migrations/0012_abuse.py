"""Warnings in calls, what is remembered of them, the block list, and which announcements stand for the box's own."""

from typing import Any

import peewee

READABLE_FROM = 1


class AbuseIncident(peewee.Model):
    """One warning, or the end of a call."""

    id = peewee.BigAutoField()
    phone_call = peewee.TextField()
    at_ms = peewee.BigIntegerField()
    number = peewee.TextField()
    stage = peewee.IntegerField()
    reason = peewee.TextField()
    extension = peewee.TextField()
    login = peewee.TextField()
    made_by = peewee.TextField()
    said = peewee.TextField()
    seen_ms = peewee.BigIntegerField()

    class Meta:
        """Name of the table and its indexes: a caller's newest are asked for, and a warning is noted once."""

        table_name = "abuse_incident"
        indexes = ((("phone_call", "at_ms", "stage"), True), (("number", "at_ms"), False), (("at_ms",), False))


class AbuseBlock(peewee.Model):
    """An entry of the block list; one that was taken back stays, for the record."""

    id = peewee.BigAutoField()
    kind = peewee.TextField()
    pattern = peewee.TextField()
    reason = peewee.TextField()
    action = peewee.TextField()
    announcement = peewee.TextField()
    made_by = peewee.TextField()
    since_ms = peewee.BigIntegerField()
    until_ms = peewee.BigIntegerField()
    removed_ms = peewee.BigIntegerField()
    removed_by = peewee.TextField()
    hits = peewee.IntegerField()
    last_ms = peewee.BigIntegerField()

    class Meta:
        """Name of the table and its index."""

        table_name = "abuse_block"
        indexes = ((("removed_ms",), False),)


class AbuseWording(peewee.Model):
    """The office's own announcement in the place of one of the box's."""

    id = peewee.TextField(primary_key=True)
    announcement = peewee.TextField()

    class Meta:
        """Name of the table."""

        table_name = "abuse_wording"


TABLES = [AbuseIncident, AbuseBlock, AbuseWording]


def up(migrator: Any, db: peewee.Database) -> None:
    """Make the tables, and add the column of warnings to calls."""
    text = peewee.TextField(default="", constraints=[peewee.SQL("DEFAULT ''")])
    migrator.migrate(migrator.add_column("phone_call", "warned", text))
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES, safe=False)
