"""Turns what the database driver raises into errors a person can read. Knows no feature and no query."""

from __future__ import annotations

import peewee

from appliance.core.errors import Conflict, SoriboxError, Unavailable

# https://www.sqlite.org/rescode.html: primary result codes
_SQLITE_BUSY = 5
_SQLITE_LOCKED = 6
_SQLITE_READONLY = 8
_SQLITE_CORRUPT = 11
_SQLITE_FULL = 13
_SQLITE_NOTADB = 26

_SQLITE_KEYS = {
    _SQLITE_BUSY: "store.locked",
    _SQLITE_LOCKED: "store.locked",
    _SQLITE_READONLY: "store.read_only",
    _SQLITE_CORRUPT: "store.damaged",
    _SQLITE_FULL: "store.disk_full",
    _SQLITE_NOTADB: "store.damaged",
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES_KEYS = {
    "53100": "store.disk_full",
    "55P03": "store.locked",
    "25006": "store.read_only",
    "40P01": "store.locked",
}


def explain(error: peewee.PeeweeException) -> SoriboxError:
    """Return the error to hand to whoever asked. The driver's own error stays its cause, for the log."""
    broken_rule = isinstance(error, peewee.IntegrityError)
    told: SoriboxError = Conflict("store.conflict") if broken_rule else Unavailable(_key(error))
    told.__cause__ = error
    return told


def _key(error: peewee.PeeweeException) -> str:
    driver = error.__cause__ or error.__context__
    code = getattr(driver, "sqlite_errorcode", None)
    if isinstance(code, int):
        # The extended code carries the primary one in its low byte.
        return _SQLITE_KEYS.get(code & 0xFF, "store.failed")
    return _POSTGRES_KEYS.get(str(getattr(driver, "sqlstate", "")), "store.failed")
