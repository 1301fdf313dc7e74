"""Recordings."""

from typing import Any

import peewee

READABLE_FROM = 1


class Recording(peewee.Model):
    """The recording of one call."""

    phone_call = peewee.TextField(primary_key=True)
    state = peewee.TextField()
    failure = peewee.TextField()
    path = peewee.TextField()
    source = peewee.TextField()
    tracks = peewee.TextField()
    duration_ms = peewee.BigIntegerField()
    size = peewee.BigIntegerField()
    sha256 = peewee.TextField()
    caller_peaks = peewee.BlobField()
    agent_peaks = peewee.BlobField()
    left_out = peewee.TextField()
    noted_ms = peewee.BigIntegerField()
    ready_ms = peewee.BigIntegerField()

    class Meta:
        """Name of the table; what is not finished is looked for at every start."""

        table_name = "recording"
        indexes = ((("source",), False),)


TABLES = [Recording]


def up(migrator: Any, db: peewee.Database) -> None:
    """Make the table of recordings."""
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES, safe=False)
