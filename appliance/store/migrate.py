"""Brings the tables of an opened database up to date, all or nothing. Knows no feature.

The steps are files in `migrations/`, run by peewee's own runner (decision 0003). Around it stands what an appliance
needs: a copy of the file before anything is changed, one transaction over all steps, and a clear refusal of a
database that a newer release has changed beyond what this one can read.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import peewee
from playhouse.migrations import Migration, Runner

from appliance.core.errors import Unavailable
from appliance.store.engine import Engine, connect
from appliance.store.failures import explain

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
COPIES_KEPT = 2


class _ReadableFrom(peewee.Model):
    """The oldest step that a release must know to work with this database; one row."""

    id = peewee.IntegerField(primary_key=True)
    step = peewee.IntegerField()

    class Meta:
        """Bound by `migrate` alone."""

        table_name = "schema_readable_from"


def migrate(engine: Engine, folder: Path = MIGRATIONS) -> list[str]:
    """Apply all steps that are missing and return their names. Opens and closes this thread's connection.

    Raises Unavailable: "store.too_new" for a database that needs a newer release, "store.migration_failed" when a
    step could not be done; in both cases the database is as it was before.
    """
    connect(engine)
    try:
        with _ReadableFrom.bind_ctx(engine.db):
            return _bring_up_to_date(engine, folder)
    except peewee.PeeweeException as error:
        raise explain(error) from error
    finally:
        engine.db.close()


def _bring_up_to_date(engine: Engine, folder: Path) -> list[str]:
    runner = Runner(engine.db, str(folder))
    known = runner.migrations()
    applied = set(runner.applied())
    _refuse_too_new(known, applied)
    missing = [step for step in known if step.name not in applied]
    if not missing:
        return []
    if engine.file is not None and applied:
        _copy(engine.file, engine.file.with_name(f"{engine.file.name}.before-{missing[0].idx:04}"))
    try:
        with _all_or_nothing(engine):
            done: list[str] = runner.up()
            _remember_readers(known)
    except Exception as error:  # a step may raise anything; the office must be told plainly, and nothing is changed
        raise Unavailable("store.migration_failed") from error
    log.info("database brought up to date: %s", ", ".join(done))
    return done


def _refuse_too_new(known: list[Migration], applied: set[str]) -> None:
    """Raise when a newer release made changes that we cannot work with; changes that only add are no hindrance."""
    if applied <= {step.name for step in known}:
        return
    needed = _ReadableFrom.get_by_id(1).step
    newest = max((step.idx for step in known), default=0)
    if newest < needed:
        raise Unavailable("store.too_new")
    log.warning("the database was used by a newer release; it can still be read")


def _remember_readers(known: list[Migration]) -> None:
    needed = max(int(step.load().READABLE_FROM) for step in known)
    _ReadableFrom.create_table()
    _ReadableFrom.delete().execute()
    _ReadableFrom.insert(id=1, step=needed).execute()


@contextmanager
def _all_or_nothing(engine: Engine) -> Iterator[None]:
    """One transaction over everything inside; SQLite's tables may be rebuilt, so references are checked at its end."""
    sqlite = engine.file is not None
    if sqlite:
        engine.execute("PRAGMA foreign_keys = 0")
    engine.execute(engine.begin_write)
    try:
        with engine.peewee_knows():
            yield
        if sqlite and (broken := engine.execute("PRAGMA foreign_key_check").fetchall()):
            raise peewee.IntegrityError(f"references broken in {sorted({row[0] for row in broken})}")
        engine.execute("COMMIT")
    except BaseException:  # whatever happened, nothing may stay half done
        engine.execute("ROLLBACK")
        raise


def _copy(file: Path, copy: Path) -> None:
    """Keep the database as it is now beside itself, safely on the disk. Older copies make room."""
    unfinished = copy.with_name(copy.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        os.close(os.open(unfinished, os.O_CREAT | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(unfinished)) as target:
            source.backup(target)
        _sync(unfinished)
        unfinished.replace(copy)
        _sync(copy.parent)
    except (sqlite3.Error, OSError) as error:
        unfinished.unlink(missing_ok=True)
        raise Unavailable("store.no_copy") from error
    copies = sorted(file.parent.glob(f"{file.name}.before-[0-9][0-9][0-9][0-9]"))
    for old in copies[:-COPIES_KEPT]:
        old.unlink()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
