"""What Kamailio noted, read back: every kind of note, hostile ones, and ones that nobody can understand."""

from __future__ import annotations

import base64
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sip.api import (
    AloneAnswered,
    AloneCame,
    AloneEnded,
    AloneLost,
    AloneNote,
    AloneRefused,
    AloneRinging,
    CalledFrom,
    Identity,
    Presentation,
    Side,
    Source,
    Transport,
    TrunkPlan,
)
from sip.edge import notes, tables

pytestmark = pytest.mark.unit

PLAN = TrunkPlan("kt", "198.51.100.1", 5060, Transport.UDP, register=False, called_from=CalledFrom.TO)
INVITE = (
    "INVITE sip:trunk-kt@192.0.2.1 SIP/2.0\r\nFrom: <sip:01055551234@x>;tag=1\r\n"
    "To: <sip:0212345678@192.0.2.1>\r\nCall-ID: abc\r\n\r\nv=0\r\n"
)


def armoured(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def row(number: int, **said: object) -> tuple[int, str]:
    given = {"call": armoured("abc"), "at": "1700000000.250999"} | said
    return number, armoured(json.dumps(given))


def came(number: int = 1, sip: str | bytes = INVITE, **more: object) -> tuple[int, str]:
    given = {"what": "came", "came": "1699999999.000100", "rings": "101+102", "kind": "trunk", "trunk": "kt"}
    given |= {"token": "1:2", "extension": "", "address": "udp:198.51.100.1:5060", "ci": "abc", "sip": armoured(sip)}
    return row(number, **(given | more))


def test_a_call_that_came_is_what_the_gate_would_have_told_of_it() -> None:
    note = notes.understand(came(7), {"kt": PLAN})
    assert (note.number, note.at_ms, note.sip_call_id) == (7, 1_699_999_999_000, "abc")
    assert note.what == AloneCame(("101", "102"))
    assert note.call is not None
    assert (note.call.source, note.call.trunk, note.call.called) == (Source.TRUNK, "kt", "0212345678")
    assert note.call.caller == Identity("01055551234")
    assert note.call.arrived_ms == 1_699_999_999_000


def test_a_number_that_is_withheld_stays_so() -> None:
    private = INVITE.replace("Call-ID", "Privacy: id\r\nP-Asserted-Identity: <sip:01055551234@x>\r\nCall-ID")
    note = notes.understand(came(sip=private), {"kt": PLAN})
    assert note.call is not None
    assert note.call.caller == Identity(presentation=Presentation.WITHHELD)


def test_a_call_of_a_trunk_that_was_taken_away_since_is_still_understood() -> None:
    note = notes.understand(came(), {})
    assert note.call is not None
    assert (note.call.trunk, note.call.caller.number) == ("kt", "01055551234")


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"what": "ringing"}, AloneRinging()),
        ({"what": "ringing", "extension": "101"}, AloneRinging("101")),
        ({"what": "answered", "trunk": "kt", "tag": armoured("x;y")}, AloneAnswered(trunk="kt", tag="x;y")),
        (
            {"what": "refused", "code": 486, "by": "called", "reason": armoured("바쁨")},
            AloneRefused(486, Side.CALLED, "바쁨"),
        ),
        ({"what": "ended", "by": "caller", "tag": armoured("t")}, AloneEnded(Side.CALLER, "t")),
        ({"what": "ended", "by": "box"}, AloneEnded(Side.BOX)),
        ({"what": "started", "call": ""}, AloneLost()),
    ],
)
def test_every_kind_of_note_is_understood(said: dict[str, object], what: AloneNote) -> None:
    note = notes.understand(row(3, **said), {})
    assert (note.what, note.at_ms, note.call) == (what, 1_700_000_000_250, None)
    assert note.sip_call_id == ("" if said["what"] == "started" else "abc")


def test_bytes_that_are_no_text_do_no_harm() -> None:
    note = notes.understand(came(sip=INVITE.encode() + b"\xff\xfe", call=armoured(b"a\xff'b")), {})
    assert note.sip_call_id == "a�'b"


def write(folder: Path, *rows: tuple[int, str]) -> None:
    tables.prepare(folder)
    with closing(sqlite3.connect(tables.notes_file(folder))) as base, base:
        base.executemany("INSERT INTO note (id, said) VALUES (?, ?)", rows)


def test_notes_are_read_in_their_order_and_one_that_nobody_understands_hides_no_other(tmp_path: Path) -> None:
    broken = [(2, "!"), (3, armoured("[]")), (4, armoured('{"what": "sung"}')), row(5, what="ended", by="nobody")]
    write(tmp_path, row(9, what="ringing"), *broken, came(1))
    assert [note.number for note in notes.read(tmp_path, {}, 0)] == [1, 9]
    assert [note.number for note in notes.read(tmp_path, {}, 1)] == [9]
    assert notes.read(tmp_path, {}, 9) == ()


def test_many_that_nobody_understands_do_not_hide_what_comes_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "_AT_ONCE", 2)
    write(tmp_path, *((number, "!") for number in range(1, 8)), row(8, what="ringing"))
    assert [note.number for note in notes.read(tmp_path, {}, 0)] == [8]


def next_number(file: Path) -> int:
    with closing(sqlite3.connect(file)) as base, base:
        base.execute("DELETE FROM note")
        base.execute("INSERT INTO note (said) VALUES ('x')")
        return int(base.execute("SELECT id FROM note").fetchone()[0])


def test_the_file_is_for_its_owner_alone_and_gives_no_number_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tables.notes_file(tmp_path)
    tables.prepare(tmp_path)
    assert file.stat().st_mode & 0o077 == 0
    first = next_number(file)
    tables.prepare(tmp_path)
    assert next_number(file) == first + 1
    file.unlink()
    later = first + 100
    monkeypatch.setattr("time.time", lambda: later)
    tables.prepare(tmp_path)
    assert next_number(file) > later


def test_a_damaged_file_is_put_aside_and_keeps_nobody_from_starting(tmp_path: Path) -> None:
    file = tables.notes_file(tmp_path)
    parts = [file, file.with_name("alone.db-wal")]
    for part in parts:
        part.write_bytes(b"no database at all " * 500)
    tables.prepare(tmp_path)
    assert notes.read(tmp_path, {}, 0) == ()
    assert file.with_name("alone.db.damaged").exists()
