"""What callers were sent while they were told something, which calls are kept as evidence, and what was exported."""

from typing import Any

import peewee

READABLE_FROM = 1


class RecordingSent(peewee.Model):
    """What a caller was sent while an announcement was played to them."""

    phone_call = peewee.TextField()
    name = peewee.TextField()
    started_ms = peewee.BigIntegerField()
    source = peewee.TextField()
    path = peewee.TextField()
    duration_ms = peewee.BigIntegerField()
    size = peewee.BigIntegerField()
    sha256 = peewee.TextField()

    class Meta:
        """Name of the table; a call has one track of a name."""

        table_name = "recording_sent"
        primary_key = peewee.CompositeKey("phone_call", "name")


class EvidenceHold(peewee.Model):
    """Why a call is kept, until when, and who let it go."""

    id = peewee.BigAutoField()
    phone_call = peewee.TextField()
    since_ms = peewee.BigIntegerField()
    until_ms = peewee.BigIntegerField()
    made_by = peewee.TextField()
    reason = peewee.TextField()
    clock = peewee.TextField()
    released_ms = peewee.BigIntegerField()
    released_by = peewee.TextField()
    released_for = peewee.TextField()

    class Meta:
        """Name of the table and its index."""

        table_name = "evidence_hold"
        indexes = ((("phone_call", "id"), False),)


class EvidenceExport(peewee.Model):
    """One package that was made of a call."""

    id = peewee.TextField(primary_key=True)
    phone_call = peewee.TextField()
    at_ms = peewee.BigIntegerField()
    made_by = peewee.TextField()
    reason = peewee.TextField()
    language = peewee.TextField()
    size = peewee.BigIntegerField()
    sha256 = peewee.TextField()
    removed_ms = peewee.BigIntegerField()

    class Meta:
        """Name of the table and its index."""

        table_name = "evidence_export"
        indexes = ((("phone_call", "at_ms"), False),)


TABLES = [RecordingSent, EvidenceHold, EvidenceExport]


def up(migrator: Any, db: peewee.Database) -> None:
    """Make the tables, and let recordings say when they begin."""
    number = peewee.BigIntegerField(default=0, constraints=[peewee.SQL("DEFAULT 0")])
    migrator.migrate(migrator.add_column("recording", "started_ms", number))
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES, safe=False)
