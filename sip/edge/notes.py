"""What the edge has noted of calls that it handled alone, read from the file that Kamailio writes. Knows no connection.

Each row is a JSON object, armoured in base64 so that nothing a caller writes is ever part of a command; `alone.cfg.in`
makes them, and that file and this one are two halves of one thing. The file is the truth: Kamailio's messages only say
"look again".
"""

from __future__ import annotations

import base64
import json
import logging
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sip.api import (
    AloneAnswered,
    AloneCame,
    AloneEnded,
    AloneLost,
    AloneNote,
    AloneRefused,
    AloneRinging,
    Note,
    Side,
    TrunkPlan,
)
from sip.edge import gate, tables

log = logging.getLogger(__name__)

_AT_ONCE = 200

_Said = Mapping[str, Any]


def read(folder: Path, trunks: Mapping[str, TrunkPlan], after: int) -> tuple[Note, ...]:
    """Return the next notes above a number, none when there are none. Touches the disk: call it from a thread.

    Raises sqlite3.Error.
    """
    while rows := _rows(folder, after):
        if found := tuple(note for row in rows if (note := _note(row, trunks))):
            return found
        after = rows[-1][0]
    return ()


def _rows(folder: Path, after: int) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(f"file:{tables.notes_file(folder)}?mode=ro", uri=True)) as base:
        query = "SELECT id, said FROM note WHERE id > ? ORDER BY id LIMIT ?"
        return base.execute(query, (after, _AT_ONCE)).fetchall()


def _note(row: tuple[int, str], trunks: Mapping[str, TrunkPlan]) -> Note | None:
    try:
        return understand(row, trunks)
    except (ValueError, KeyError, TypeError):  # one that nobody can read must not hide those behind it
        log.exception("a note of Kamailio cannot be understood: %d", row[0])
        return None


def understand(row: tuple[int, str], trunks: Mapping[str, TrunkPlan]) -> Note:
    """Return what a row says. Raises ValueError, KeyError and TypeError for what Kamailio would not write."""
    number, armoured = row
    said = json.loads(base64.b64decode(armoured))
    what = _WHAT[said["what"]](said)
    moment = _ms(said["at"])
    if not isinstance(what, AloneCame):
        return Note(number, moment, _plain(said.get("call", "")), what)
    came = _ms(said["came"])
    call = gate.incoming(said | {"ci": _plain(said["call"])}, trunks, came)
    return Note(number, came, call.sip_call_id, what, call)


def _came(said: _Said) -> AloneNote:
    return AloneCame(tuple(extension for extension in said["rings"].split("+") if extension))


def _ringing(said: _Said) -> AloneNote:
    return AloneRinging(said.get("extension", ""), said.get("trunk", ""))


def _answered(said: _Said) -> AloneNote:
    return AloneAnswered(said.get("extension", ""), said.get("trunk", ""), _plain(said["tag"]))


def _refused(said: _Said) -> AloneNote:
    return AloneRefused(int(said["code"]), Side(said["by"]), _plain(said["reason"]), said.get("trunk", ""))


def _ended(said: _Said) -> AloneNote:
    return AloneEnded(Side(said["by"]), _plain(said.get("tag", "")))


_WHAT: dict[str, Callable[[_Said], AloneNote]] = {
    "came": _came,
    "ringing": _ringing,
    "answered": _answered,
    "refused": _refused,
    "ended": _ended,
    "started": lambda _: AloneLost(),
}


def _plain(armoured: str) -> str:
    return base64.b64decode(armoured).decode(errors="replace")


def _ms(moment: str) -> int:
    """Return milliseconds for the seconds since 1970 that Kamailio writes ("1700000000.123456")."""
    seconds, _, fraction = moment.partition(".")
    return int(seconds) * 1000 + int(fraction[:3].ljust(3, "0"))
