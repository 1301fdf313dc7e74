"""Whether numbers are dialled on an analog line, and what is dialled before them."""

from typing import Any

import peewee

READABLE_FROM = 1


def up(migrator: Any, db: peewee.Database) -> None:
    """Add the columns."""
    prefix = peewee.TextField(default="", constraints=[peewee.SQL("DEFAULT ''")])
    dials = peewee.BooleanField(default=True, constraints=[peewee.SQL("DEFAULT TRUE")])
    migrator.migrate(
        migrator.add_column("analog_line", "prefix", prefix),
        migrator.add_column("analog_line", "dials", dials),
    )
