"""Who took part in a call one after the other, whether another call has swallowed it, and how well it was heard."""

from typing import Any

import peewee

READABLE_FROM = 1


def up(migrator: Any, db: peewee.Database) -> None:
    """Add the columns to the table of calls; those of before have one part, which their other columns tell."""
    text = peewee.TextField(default="", constraints=[peewee.SQL("DEFAULT ''")])
    number = peewee.IntegerField(default=0, constraints=[peewee.SQL("DEFAULT 0")])
    migrator.migrate(
        migrator.add_column("phone_call", "parts", text),
        migrator.add_column("phone_call", "talked", text),
        migrator.add_column("phone_call", "joined_to", text),
        migrator.add_column("phone_call", "mos_hundredths", number),
    )
