"""Agents: where people sit, the state of each desk and its history, and the kinds of states."""

from typing import Any

import peewee

READABLE_FROM = 1


class AgentKind(peewee.Model):
    """A kind of state that the office has made or changed."""

    key = peewee.TextField(primary_key=True)
    ko = peewee.TextField()
    en = peewee.TextField()
    colour = peewee.TextField()
    working = peewee.BooleanField()
    direct_calls = peewee.BooleanField()
    position = peewee.IntegerField()
    retired = peewee.BooleanField()

    class Meta:
        """Name of the table."""

        table_name = "agent_kind"


class AgentSeat(peewee.Model):
    """Where a person is who has signed in; without an extension they are without a phone."""

    account = peewee.IntegerField(primary_key=True)
    extension = peewee.TextField(null=True, unique=True)
    since_ms = peewee.BigIntegerField()
    session = peewee.TextField()
    chosen = peewee.BooleanField()
    lost_to = peewee.TextField()

    class Meta:
        """Name of the table."""

        table_name = "agent_seat"


class AgentDesk(peewee.Model):
    """A desk as it is now."""

    extension = peewee.TextField(primary_key=True)
    kind = peewee.TextField()
    since_ms = peewee.BigIntegerField()
    until_ms = peewee.BigIntegerField()
    why = peewee.TextField()
    source = peewee.TextField()
    who = peewee.TextField()
    missed = peewee.IntegerField()
    free_since_ms = peewee.BigIntegerField()
    talks = peewee.IntegerField()
    day = peewee.TextField()

    class Meta:
        """Name of the table."""

        table_name = "agent_desk"


class AgentChange(peewee.Model):
    """One line of the history of desks. Refers to nobody, so that it outlives whoever it speaks of."""

    id = peewee.BigAutoField()
    at_ms = peewee.BigIntegerField()
    extension = peewee.TextField()
    account = peewee.IntegerField()
    login = peewee.TextField()
    from_kind = peewee.TextField()
    to_kind = peewee.TextField()
    why = peewee.TextField()
    source = peewee.TextField()
    who = peewee.TextField()

    class Meta:
        """Name of the table and its indexes: times are summed by desk, by person and by day."""

        table_name = "agent_change"
        indexes = (
            (("extension", "at_ms"), False),
            (("account", "at_ms"), False),
            (("at_ms",), False),
            (("to_kind",), False),
        )


TABLES = [AgentKind, AgentSeat, AgentDesk, AgentChange]


def up(migrator: Any, db: peewee.Database) -> None:
    """Make the tables of agents."""
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES, safe=False)
