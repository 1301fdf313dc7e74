"""Which sound card hears an analog line, how loud, and whether the line is recorded."""

from typing import Any

import peewee

READABLE_FROM = 1


def up(migrator: Any, db: peewee.Database) -> None:
    """Add the columns of a line's sound."""

    def default(value: str) -> list[Any]:
        return [peewee.SQL(f"DEFAULT {value}")]

    columns = {
        "card": peewee.TextField(default="", constraints=default("''")),
        "side": peewee.IntegerField(default=1, constraints=default("1")),
        "gain_db": peewee.IntegerField(default=0, constraints=default("0")),
        "recorded": peewee.TextField(default="automatic", constraints=default("'automatic'")),
        "listens": peewee.BooleanField(default=False, constraints=default("FALSE")),
    }
    migrator.migrate(*(migrator.add_column("analog_line", name, field) for name, field in columns.items()))
