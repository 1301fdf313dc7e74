"""The three small SQLite files of the edge: what the core leaves for Kamailio, and what Kamailio keeps for the two.

`tables.db` is written here only and read by Kamailio (at its start and on `htable.reload`), so that the edge knows
phones, trunks and fallback even when it starts while the core is dead. `location.db` (who is registered) and
`alone.db` (what became of calls that it handled alone) are written by Kamailio only. They hold passwords, their
digests, and who calls whom: they are readable by their owner alone. Everything here may touch the disk: call it from a
thread.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

HTABLES = ("known", "cred", "source", "trunk", "fallback")

# Kamailio 5.6, modules/htable: key_type and value_type 0 = string; expires 0 = never.
_HTABLE = """CREATE TABLE IF NOT EXISTS {name} (
    id INTEGER PRIMARY KEY, key_name TEXT NOT NULL, key_type INTEGER NOT NULL DEFAULT 0,
    value_type INTEGER NOT NULL DEFAULT 0, key_value TEXT NOT NULL, expires INTEGER NOT NULL DEFAULT 0)"""

_VERSION = "CREATE TABLE IF NOT EXISTS version (table_name TEXT NOT NULL UNIQUE, table_version INTEGER NOT NULL)"

# modules/uac, table version 5.
_UACREG = """CREATE TABLE IF NOT EXISTS uacreg (id INTEGER PRIMARY KEY, l_uuid TEXT NOT NULL, l_username TEXT NOT NULL,
    l_domain TEXT NOT NULL, r_username TEXT NOT NULL, r_domain TEXT NOT NULL, realm TEXT NOT NULL,
    auth_username TEXT NOT NULL, auth_password TEXT NOT NULL, auth_ha1 TEXT NOT NULL, auth_proxy TEXT NOT NULL,
    expires INTEGER NOT NULL, flags INTEGER NOT NULL DEFAULT 0, reg_delay INTEGER NOT NULL DEFAULT 0,
    contact_addr TEXT NOT NULL DEFAULT '', socket TEXT NOT NULL DEFAULT '')"""

# modules/usrloc, table version 9.
_LOCATION = """CREATE TABLE IF NOT EXISTS location (id INTEGER PRIMARY KEY, ruid TEXT NOT NULL UNIQUE DEFAULT '',
    username TEXT NOT NULL DEFAULT '', domain TEXT, contact TEXT NOT NULL DEFAULT '', received TEXT, path TEXT,
    expires TIMESTAMP NOT NULL, q REAL NOT NULL DEFAULT 1.0, callid TEXT NOT NULL DEFAULT '', cseq INTEGER NOT NULL
    DEFAULT 1, last_modified TIMESTAMP NOT NULL, flags INTEGER NOT NULL DEFAULT 0, cflags INTEGER NOT NULL DEFAULT 0,
    user_agent TEXT NOT NULL DEFAULT '', socket TEXT, methods INTEGER, instance TEXT,
    reg_id INTEGER NOT NULL DEFAULT 0, server_id INTEGER NOT NULL DEFAULT 0,
    connection_id INTEGER NOT NULL DEFAULT 0, keepalive INTEGER NOT NULL DEFAULT 0,
    partition INTEGER NOT NULL DEFAULT 0)"""

_LOCATION_ATTRS = """CREATE TABLE IF NOT EXISTS location_attrs (id INTEGER PRIMARY KEY, ruid TEXT NOT NULL DEFAULT '',
    username TEXT NOT NULL DEFAULT '', domain TEXT, aname TEXT NOT NULL DEFAULT '', atype INTEGER NOT NULL DEFAULT 0,
    avalue TEXT NOT NULL DEFAULT '', last_modified TIMESTAMP NOT NULL)"""

# Ours: what the edge notes of calls that it handles alone. No number is ever given twice, not even by a new file: they
# begin with the second in which it was made.
_NOTE = "CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY AUTOINCREMENT, said TEXT NOT NULL)"
_FIRST_NUMBER = "INSERT INTO sqlite_sequence (name, seq) VALUES ('note', ?)"


@dataclass(frozen=True)
class TrunkAccount:
    """A registration that Kamailio keeps up at a trunk: one row of `uacreg`. `name` is the user of our Contact."""

    name: str
    username: str
    domain: str
    realm: str
    auth_username: str
    password: str
    ha1: str
    proxy: str
    expires: int
    contact: str
    socket: str


def prepare(folder: Path) -> None:
    """Make `folder` with its files, empty where they are not there yet. Keeps what is in them."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _create(tables_file(folder), [*(_HTABLE.format(name=name) for name in HTABLES), _UACREG], {"uacreg": 5})
    _create(location_file(folder), [_LOCATION, _LOCATION_ATTRS], {"location": 9, "location_attrs": 1})
    try:
        _create_notes(notes_file(folder))
    except sqlite3.OperationalError:  # locked, or a full disk
        raise
    except sqlite3.DatabaseError:  # damaged: what cannot be read must not keep the phones from ringing
        _put_aside(notes_file(folder))
        _create_notes(notes_file(folder))


def tables_file(folder: Path) -> Path:
    """Return the file that the core writes."""
    return folder / "tables.db"


def location_file(folder: Path) -> Path:
    """Return the file in which Kamailio keeps registrations."""
    return folder / "location.db"


def notes_file(folder: Path) -> Path:
    """Return the file in which Kamailio notes the calls that it handles alone."""
    return folder / "alone.db"


def write(
    folder: Path, htables: Mapping[str, Mapping[str, str]], accounts: Iterable[TrunkAccount] | None = None
) -> None:
    """Replace the given tables in `tables.db`, all or nothing and durably; the others stay. Raises sqlite3.Error."""
    with closing(sqlite3.connect(tables_file(folder))) as base, base:
        base.execute("BEGIN IMMEDIATE")
        for name in HTABLES:
            if name in htables:
                base.execute(f"DELETE FROM {name}")  # noqa: S608 - a constant
                base.executemany(
                    f"INSERT INTO {name} (key_name, key_value) VALUES (?, ?)",  # noqa: S608 - a constant
                    htables[name].items(),
                )
        if accounts is not None:
            _write_accounts(base, accounts)


def _write_accounts(base: sqlite3.Connection, accounts: Iterable[TrunkAccount]) -> None:
    base.execute("DELETE FROM uacreg")
    base.executemany(
        "INSERT INTO uacreg (l_uuid, l_username, l_domain, r_username, r_domain, realm, auth_username, auth_password,"
        " auth_ha1, auth_proxy, expires, contact_addr, socket) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(a.name, a.username, a.domain, a.username, a.domain, a.realm, a.auth_username, a.password),
                *(a.ha1, a.proxy, a.expires, a.contact, a.socket),
            )
            for a in accounts
        ],
    )


def read(folder: Path) -> dict[str, dict[str, str]]:
    """Return the htables as they are on disk; empty ones where nothing was ever written."""
    with closing(sqlite3.connect(tables_file(folder))) as base:
        return {
            name: dict(base.execute(f"SELECT key_name, key_value FROM {name}"))  # noqa: S608 - a constant
            for name in HTABLES
        }


def _create_notes(file: Path) -> None:
    _create(file, [_NOTE], {})
    with closing(sqlite3.connect(file)) as base, base:
        if not base.execute("SELECT 1 FROM sqlite_sequence").fetchone():
            base.execute(_FIRST_NUMBER, (int(time.time()),))


def _put_aside(file: Path) -> None:
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
        if (part := file.with_name(name)).exists():
            part.rename(file.with_name(f"{name}.damaged"))


def _create(file: Path, statements: Iterable[str], versions: Mapping[str, int]) -> None:
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(file)) as base:
        # WAL: the reader of the other side never has to wait for a writer
        base.execute("PRAGMA journal_mode=WAL")
        for statement in (*statements, _VERSION):
            base.execute(statement)
        base.executemany("INSERT OR IGNORE INTO version VALUES (?, ?)", versions.items())
        base.commit()
