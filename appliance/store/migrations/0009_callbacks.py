"""Who is to be called back, and in which calls they asked for it."""

from typing import Any

import peewee

READABLE_FROM = 1


class Callback(peewee.Model):
    """A number that is or was to be called back."""

    id = peewee.BigAutoField()
    number = peewee.TextField()
    name = peewee.TextField()
    ring_group = peewee.TextField()
    state = peewee.TextField()
    asked = peewee.IntegerField()
    first_ms = peewee.BigIntegerField()
    last_ms = peewee.BigIntegerField()
    phone_call = peewee.TextField()
    done_ms = peewee.BigIntegerField()
    done_by = peewee.TextField()
    done_call = peewee.TextField()

    class Meta:
        """Name of the table and its indexes: the open ones are read at once, the others a page at a time."""

        table_name = "callback"
        indexes = ((("state", "id"), False), (("number",), False))


class CallbackAsk(peewee.Model):
    """A call in which somebody asked to be called back."""

    phone_call = peewee.TextField(primary_key=True)
    callback = peewee.BigIntegerField()
    at_ms = peewee.BigIntegerField()

    class Meta:
        """Name of the table."""

        table_name = "callback_ask"


TABLES = [Callback, CallbackAsk]


def up(migrator: Any, db: peewee.Database) -> None:
    """Make the tables of callbacks."""
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES, safe=False)
