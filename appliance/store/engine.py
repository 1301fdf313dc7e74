"""From a database URL to connections: SQLite or PostgreSQL. The one place where the two differ. Knows no feature."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peewee
from playhouse import db_url

from appliance.core.errors import InvalidInput, Unavailable
from appliance.store.failures import explain

_SQLITE = "sqlite:///"
_POSTGRES = ("postgresql://", "postgres://")


@dataclass(frozen=True)
class Engine:
    """One kind of database, ready to connect. peewee keeps one connection for each thread that uses `db`."""

    db: peewee.Database
    begin_write: str
    reads_only: str  # makes the connection refuse to write
    file: Path | None  # where an SQLite database lives

    def execute(self, sql: str) -> Any:
        """Run one statement on this thread's connection."""
        return self.db.execute_sql(sql)  # type: ignore[no-untyped-call]  # peewee has no types

    @contextmanager
    def peewee_knows(self) -> Iterator[None]:
        """Tell peewee that a transaction is open, so that `atomic()` inside makes a savepoint."""
        self.db.push_transaction(self)
        try:
            yield
        finally:
            self.db.pop_transaction()  # type: ignore[no-untyped-call]  # peewee has no types


def engine_for(url: str, busy_seconds: float) -> Engine:
    """Prepare the database of `url`; nothing is opened yet. `busy_seconds`: how long to wait for a lock.

    Raises InvalidInput for a URL nobody can open, Unavailable when the driver for it is not installed.
    """
    if url.startswith(_SQLITE) and len(url) > len(_SQLITE):
        return _sqlite(Path(url.removeprefix(_SQLITE)), busy_seconds)
    if url.startswith(_POSTGRES):
        return _postgres(url, busy_seconds)
    raise InvalidInput("database", "store.bad_url")


def _sqlite(file: Path, busy_seconds: float) -> Engine:
    pragmas = {
        "journal_mode": "wal",
        "synchronous": "full",  # a commit is on the disk, not only in the system's cache, when it returns
        "foreign_keys": 1,
        "journal_size_limit": 64 * 1024 * 1024,
        "cache_size": -8_000,  # KiB for each connection, taken only as needed
    }
    db = peewee.SqliteDatabase(str(file), pragmas=pragmas, timeout=busy_seconds)
    return Engine(db, "BEGIN IMMEDIATE", "PRAGMA query_only = 1", file)


def _postgres(url: str, busy_seconds: float) -> Engine:
    try:
        import psycopg  # type: ignore[import-not-found]  # noqa: F401 - only there when the office runs on PostgreSQL
    except ImportError as error:
        raise Unavailable("store.no_driver") from error
    given = db_url.parse(url, unquote_password=True, unquote_user=True)
    options = f"-c lock_timeout={int(busy_seconds * 1000)} -c synchronous_commit=on -c timezone=UTC"
    db = peewee.PostgresqlDatabase(**given, prefer_psycopg3=True, connect_timeout=10, options=options)
    return Engine(db, "BEGIN", "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", None)


def connect(engine: Engine) -> None:
    """Open this thread's connection. Raises Unavailable."""
    if engine.file is not None and not engine.file.exists():
        engine.file.parent.mkdir(parents=True, exist_ok=True)
        # Made here so that nobody else on the machine can read it; SQLite gives its companions the same mode.
        os.close(os.open(engine.file, os.O_CREAT | os.O_RDWR, 0o600))
    try:
        engine.db.connect(reuse_if_open=True)
    except peewee.PeeweeException as error:
        raise explain(error) from error


def reconnect_if_lost(engine: Engine) -> bool:
    """Drop this thread's connection when it broke (a server was restarted), so that the next use opens a new one.

    Returns whether it was dropped.
    """
    if engine.db.is_connection_usable():
        return False
    engine.db.close()
    return True
