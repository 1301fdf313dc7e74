"""The SIP Call-ID of each call, by which the edge names the calls that it handled alone."""

from typing import Any

import peewee

READABLE_FROM = 1


def up(migrator: Any, db: peewee.Database) -> None:
    """Add the column to the table of calls. Calls of before have none: the edge tells nothing of those."""
    name = peewee.TextField(default="", constraints=[peewee.SQL("DEFAULT ''")])
    migrator.migrate(
        migrator.add_column("phone_call", "sip_call_id", name),
        migrator.add_index("phone_call", ("sip_call_id",), False),
    )
