"""What is known of caller-ID devices from before, and whether the admin lets one be asked what it is."""

from typing import Any

import peewee

READABLE_FROM = 1


class AnalogDeviceMemory(peewee.Model):
    """How a device spoke last, and how often it was mended."""

    device = peewee.TextField(primary_key=True)
    dialect = peewee.TextField()
    speed = peewee.IntegerField()
    lines = peewee.IntegerField()
    info = peewee.TextField()
    hooks = peewee.BooleanField()
    answers = peewee.BooleanField()
    refused = peewee.IntegerField()
    mended = peewee.IntegerField()
    mended_ms = peewee.BigIntegerField()
    title = peewee.TextField()

    class Meta:
        """Name of the table."""

        table_name = "analog_device_memory"


def up(migrator: Any, db: peewee.Database) -> None:
    """Create the table, and the column of what is wanted of devices."""
    ask = peewee.BooleanField(default=False, constraints=[peewee.SQL("DEFAULT FALSE")])
    migrator.migrate(migrator.add_column("analog_device", "ask", ask))
    with db.bind_ctx((AnalogDeviceMemory,)):
        db.create_tables((AnalogDeviceMemory,))
