"""Who is registered, read from the file that Kamailio writes through. Knows no connection.

Events of the edge only say "look again": the file is the truth, so nothing is missed while nobody listens.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from sip.api import Registration, RegistrationGone
from sip.edge import tables

_COLUMNS = "SELECT username, contact, received, user_agent, expires, last_modified FROM location"
_JULIAN_1970 = 2440587.5
_Key = tuple[str, str]


class Registrations:
    """The phones that are registered now, by extension and contact."""

    def __init__(self) -> None:
        self._known: dict[_Key, Registration] = {}
        self._gone: set[_Key] = set()  # since the file was last begun to be read

    def look(self) -> None:
        """Take note that the file is about to be read: whoever goes from now on has gone, whatever was read of them."""
        self._gone.clear()

    def all(self) -> tuple[Registration, ...]:
        """Return everyone, in the order of extensions."""
        return tuple(sorted(self._known.values(), key=lambda r: (r.extension, r.since_ms, r.contact)))

    def found(
        self, rows: Iterable[Registration], extension: str | None = None
    ) -> list[Registration | RegistrationGone]:
        """Take over what the file says (of one extension, or of all); returns what is news."""
        now = {key: row for row in rows if (key := (row.extension, row.contact)) not in self._gone}
        gone = [key for key in self._known if extension in (None, key[0]) and key not in now]
        news: list[Registration | RegistrationGone] = [event for key in gone if (event := self.gone(*key))]
        for key, row in now.items():
            before = self._known.get(key)
            after = row if before is None else _older(before, row)
            self._known[key] = after
            if before != after:
                news.append(after)
        return news

    def gone(self, extension: str, contact: str) -> RegistrationGone | None:
        """Forget one; None when it was not known."""
        self._gone.add((extension, contact))
        return RegistrationGone(extension, contact) if self._known.pop((extension, contact), None) else None


def read(folder: Path, extension: str | None = None) -> list[Registration]:
    """Return the rows that have not expired. Touches the disk: call it from a thread. Raises sqlite3.Error."""
    condition, values = ("", ()) if extension is None else (" WHERE username = ?", (extension,))
    with closing(sqlite3.connect(f"file:{tables.location_file(folder)}?mode=ro", uri=True)) as base:
        rows = base.execute(_COLUMNS + condition, values).fetchall()
    return [found for row in rows if (found := _registration(*row)).expires_ms > time.time() * 1000]


def address_of(uri: str) -> str:
    """Return "udp:192.0.2.10:5060" for the SIP URI from which a phone registered."""
    host_and_port, _, parameters = uri.partition(";")
    host_and_port = host_and_port.removeprefix("sips:").removeprefix("sip:").rpartition("@")[2]
    found = [p.partition("=")[2] for p in parameters.split(";") if p.lower().startswith("transport=")]
    return f"{found[0].lower() if found else 'udp'}:{host_and_port}"


def _registration(
    extension: str, contact: str, received: str | None, agent: str, expires: float, modified: float
) -> Registration:
    return Registration(
        extension=extension,
        contact=contact,
        address=address_of(received or contact),
        agent=agent or "",
        since_ms=_moment(modified),
        expires_ms=_moment(expires),
    )


def _older(before: Registration, row: Registration) -> Registration:
    return Registration(row.extension, row.contact, row.address, row.agent, before.since_ms, row.expires_ms)


def _moment(julian_day: float) -> int:
    """Return milliseconds since 1970 for a moment as modules/db_sqlite writes it."""
    return round((julian_day - _JULIAN_1970) * 86_400) * 1000
