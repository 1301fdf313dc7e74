"""What every table stands on. Knows no feature; `Database.open` says which database the tables live in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from peewee import DatabaseProxy, Model
from peewee import __exception_wrapper__ as drivers_errors  # type: ignore[attr-defined]  # mypy knows no such name

database = DatabaseProxy()

_VALUES_AT_ONCE = 30_000  # SQLite takes 32,766 in one statement


class BaseModel(Model):
    """Parent of all models. Use models only inside functions given to `Database.read` and `Database.write`."""

    class Meta:
        """Binds every table to the database that is open."""

        database = database
        legacy_table_names = False


def plain_rows(query: Any) -> list[Any]:
    """Run a select and return its rows as tuples: for many rows, several times faster than models."""
    return list(query.tuples())


def insert_all(model: type[BaseModel], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert many rows of a table with an automatic `id`; return their ids in order. For use in a write."""
    ids: list[int] = []
    step = _VALUES_AT_ONCE // len(rows[0]) if rows else 1
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        result = model.insert_many(some).execute()
        if isinstance(result, int):  # SQLite tells the last one; one writer makes them consecutive
            ids.extend(range(result - len(some) + 1, result + 1))
        else:
            ids.extend(int(row[0]) for row in result)
    return ids


def insert_plain(model: type[BaseModel], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert many rows whose values the driver understands as they are, as fast as it can. For use in a write."""
    names = ", ".join(f'"{column}"' for column in columns)
    places = ", ".join(database.param for _ in columns)
    table = model._meta.table_name  # noqa: SLF001 - how peewee names it
    with drivers_errors:
        database.cursor().executemany(f'INSERT INTO "{table}" ({names}) VALUES ({places})', rows)  # noqa: S608
