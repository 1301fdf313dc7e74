"""Calls and their timelines."""

from typing import Any

import peewee

READABLE_FROM = 1


class PhoneCall(peewee.Model):
    """One call as lists show it."""

    id = peewee.TextField(primary_key=True)
    direction = peewee.TextField()
    state = peewee.TextField()
    over = peewee.BooleanField()
    handed_over = peewee.BooleanField()
    caller_number = peewee.TextField()
    caller_name = peewee.TextField()
    presentation = peewee.TextField()
    called_number = peewee.TextField()
    far_number = peewee.TextField()
    trunk = peewee.TextField()
    number = peewee.TextField()
    ring_group = peewee.TextField()
    extensions = peewee.TextField()
    extension = peewee.TextField()
    started_ms = peewee.BigIntegerField()
    ringing_ms = peewee.BigIntegerField()
    answered_ms = peewee.BigIntegerField()
    ended_ms = peewee.BigIntegerField()
    result = peewee.TextField()
    cause = peewee.TextField()
    ended_by = peewee.TextField()

    class Meta:
        """Name of the table and its indexes: the log is read by time, the pop asks for a number's last call."""

        table_name = "phone_call"
        indexes = (
            (("started_ms", "id"), False),
            (("far_number", "started_ms"), False),
            (("handed_over",), False),
        )


class CallHappening(peewee.Model):
    """One line of a call's timeline."""

    phone_call = peewee.TextField()
    place = peewee.IntegerField()
    at_ms = peewee.BigIntegerField()
    what = peewee.TextField()

    class Meta:
        """Name of the table; a call's line has one place."""

        table_name = "call_happening"
        primary_key = peewee.CompositeKey("phone_call", "place")


TABLES = [PhoneCall, CallHappening]


def up(migrator: Any, db: peewee.Database) -> None:
    """Make the tables of call control."""
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES, safe=False)
