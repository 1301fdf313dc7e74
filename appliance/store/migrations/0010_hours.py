"""Business hours: schedules, the calendar, and the night switch."""

from typing import Any

import peewee

READABLE_FROM = 1


class Schedule(peewee.Model):
    """A schedule."""

    id = peewee.TextField(primary_key=True)
    label = peewee.TextField()
    keeps_holidays = peewee.BooleanField()

    class Meta:
        """Name of the table."""

        table_name = "hours_schedule"


class Weekday(peewee.Model):
    """The hours of one weekday of a schedule (0 = Monday)."""

    schedule = peewee.TextField()
    weekday = peewee.IntegerField()
    spans = peewee.TextField()
    lunch = peewee.TextField()

    class Meta:
        """Name of the table; a schedule has each weekday once."""

        table_name = "hours_weekday"
        primary_key = peewee.CompositeKey("schedule", "weekday")


class Instead(peewee.Model):
    """What callers get on one occasion of a schedule."""

    schedule = peewee.TextField()
    occasion = peewee.TextField()
    kind = peewee.TextField()
    target = peewee.TextField()
    announcement = peewee.TextField()

    class Meta:
        """Name of the table; a schedule has each occasion once."""

        table_name = "hours_instead"
        primary_key = peewee.CompositeKey("schedule", "occasion")


class Number(peewee.Model):
    """An own number (stored form) that has a schedule of its own."""

    number = peewee.TextField(primary_key=True)
    schedule = peewee.TextField()

    class Meta:
        """Name of the table."""

        table_name = "hours_number"


class Holiday(peewee.Model):
    """A public holiday, by its day (2026-11-26)."""

    on_day = peewee.TextField(primary_key=True)
    name_ko = peewee.TextField()
    name_en = peewee.TextField()
    origin = peewee.TextField()
    observed = peewee.BooleanField()

    class Meta:
        """Name of the table."""

        table_name = "hours_holiday"


class SpecialDay(peewee.Model):
    """A special day; no spans: closed."""

    on_day = peewee.TextField(primary_key=True)
    name = peewee.TextField()
    spans = peewee.TextField()

    class Meta:
        """Name of the table."""

        table_name = "hours_special_day"


class Night(peewee.Model):
    """The night switch: one row, or none while it was never used."""

    id = peewee.IntegerField(primary_key=True)
    is_on = peewee.BooleanField()
    until_ms = peewee.BigIntegerField()
    since_ms = peewee.BigIntegerField()
    by_whom = peewee.TextField()

    class Meta:
        """Name of the table."""

        table_name = "hours_night"


TABLES = [Schedule, Weekday, Instead, Number, Holiday, SpecialDay, Night]


def up(migrator: Any, db: peewee.Database) -> None:
    """Make the tables of hours."""
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES, safe=False)
