"""How groups look for somebody and what their callers meet; forwards; which own numbers may be chosen on a call out."""

from typing import Any

import peewee

READABLE_FROM = 1


class CallForward(peewee.Model):
    """Where an extension's or an own number's calls go on. `owner` is either; they are told apart by their form."""

    owner = peewee.TextField()
    id = peewee.TextField()
    occasion = peewee.TextField()
    target = peewee.TextField()
    after_seconds = peewee.IntegerField()
    weekdays = peewee.TextField()
    from_minute = peewee.IntegerField()
    to_minute = peewee.IntegerField()
    enabled = peewee.BooleanField()

    class Meta:
        """Name of the table; of each kind and schedule there is one."""

        table_name = "call_forward"
        primary_key = peewee.CompositeKey("owner", "id")


TABLES = [CallForward]


def _text(default: str = "") -> peewee.Field:
    return peewee.TextField(default=default, constraints=[peewee.SQL(f"DEFAULT '{default}'")])


def _whole(default: int) -> peewee.Field:
    return peewee.IntegerField(default=default, constraints=[peewee.SQL(f"DEFAULT {default}")])


def _flag(default: bool) -> peewee.Field:
    return peewee.BooleanField(default=default, constraints=[peewee.SQL(f"DEFAULT {str(default).lower()}")])


def up(migrator: Any, db: peewee.Database) -> None:
    """Add columns whose defaults do what was done before, and the table of forwards."""
    columns = {
        "ring_group": {
            "strategy": _text("all"),
            "rounds": _whole(1),
            "queue": _flag(False),
            "queue_seconds": _whole(120),
            "queue_limit": _whole(0),
            "announce_seconds": _whole(30),
            "offers_callback": _flag(False),
            "music": _text(),
            "overflow_kind": _text("hang_up"),
            "overflow_target": _text(),
        },
        "ring_group_member": {"priority": _whole(1)},
        "extension": {"may_forward_out": _flag(True), "pickup_group": _text()},
        "own_number": {"may_be_shown": _flag(True)},
    }
    for table, added in columns.items():
        for name, field in added.items():
            migrator.migrate(migrator.add_column(table, name, field))
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES, safe=False)
