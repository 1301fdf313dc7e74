"""Analog lines, how their devices are read, and on which line a call came."""

from typing import Any

import peewee

READABLE_FROM = 1


class AnalogLine(peewee.Model):
    """A telephone line that a caller-ID device watches."""

    id = peewee.BigAutoField()
    name = peewee.TextField()
    number = peewee.TextField()
    area_code = peewee.TextField()
    ring_group = peewee.TextField()
    device = peewee.TextField()
    channel = peewee.IntegerField()
    tells = peewee.BooleanField()

    class Meta:
        """Name of the table and its index: a device's channel is one line."""

        table_name = "analog_line"
        indexes = ((("device", "channel"), True),)


class AnalogDevice(peewee.Model):
    """What the admin wants of a device."""

    device = peewee.TextField(primary_key=True)
    excluded = peewee.BooleanField()
    by_hand = peewee.BooleanField()
    dialect = peewee.TextField()
    speed = peewee.IntegerField()

    class Meta:
        """Name of the table."""

        table_name = "analog_device"


TABLES = (AnalogLine, AnalogDevice)


def up(migrator: Any, db: peewee.Database) -> None:
    """Create the tables, and the column of the table of calls."""
    text = peewee.TextField(default="", constraints=[peewee.SQL("DEFAULT ''")])
    migrator.migrate(migrator.add_column("phone_call", "line", text))
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES)
