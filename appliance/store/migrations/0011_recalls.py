"""What becomes of callbacks, from what calls they come, and calls that were promised for a time (recalls).

Until now a callback was "open" or "done"; an open one is "new" from now on. No release has known the tables of
callbacks before this step, so that nobody has to read the older words.
"""

from typing import Any

import peewee

READABLE_FROM = 1


class CallbackStep(peewee.Model):
    """One line of the history of a callback: everything but that it was asked for."""

    id = peewee.BigAutoField()
    callback = peewee.BigIntegerField()
    at_ms = peewee.BigIntegerField()
    kind = peewee.TextField()
    who = peewee.TextField()
    phone_call = peewee.TextField()
    about = peewee.TextField()

    class Meta:
        """Name of the table, and its index."""

        table_name = "callback_step"
        indexes = ((("callback", "id"), False),)


class CallbackMark(peewee.Model):
    """The last call of before callbacks came from missed calls: it and those before it are nobody's wish."""

    id = peewee.IntegerField(primary_key=True)
    started_ms = peewee.BigIntegerField()

    class Meta:
        """Name of the table."""

        table_name = "callback_mark"


class Recall(peewee.Model):
    """A call that was promised for a time."""

    id = peewee.BigAutoField()
    at_ms = peewee.BigIntegerField()
    agent = peewee.TextField()
    number = peewee.TextField()
    name = peewee.TextField()
    note = peewee.TextField()
    phone_call = peewee.TextField()
    made_by = peewee.TextField()
    made_ms = peewee.BigIntegerField()
    state = peewee.TextField()
    result = peewee.TextField()
    done_note = peewee.TextField()
    done_by = peewee.TextField()
    done_ms = peewee.BigIntegerField()

    class Meta:
        """Name of the table and its indexes: the open ones are read at once, the others a page at a time."""

        table_name = "recall"
        indexes = ((("state", "at_ms"), False), (("number",), False))


TABLES = [CallbackStep, CallbackMark, Recall]

_TEXTS = ("way", "assignee", "assigned_by", "result", "note", "on_call")
_NUMBERS = ("tries", "last_try_ms", "assigned_ms")


def up(migrator: Any, db: Any) -> None:
    """Add the columns and make the tables; remember which calls were there before."""
    text = peewee.TextField(default="", constraints=[peewee.SQL("DEFAULT ''")])
    number = peewee.BigIntegerField(default=0, constraints=[peewee.SQL("DEFAULT 0")])
    migrator.migrate(
        *(migrator.add_column("callback", name, text) for name in _TEXTS),
        *(migrator.add_column("callback", name, number) for name in _NUMBERS),
        migrator.add_column("callback_ask", "way", text),
        migrator.add_column("phone_call", "callback_way", text),
    )
    db.execute_sql("UPDATE callback SET state = 'new' WHERE state = 'open'")
    db.execute_sql("UPDATE callback SET way = 'asked'")
    db.execute_sql("UPDATE callback_ask SET way = 'asked'")
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES, safe=False)
    db.execute_sql("INSERT INTO callback_mark (id, started_ms) SELECT 1, COALESCE(MAX(started_ms), 0) FROM phone_call")
