"""What the edge is told, table by table."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from sip.api import Credential, Fallback, Transport, TrunkPlan
from sip.edge import knowledge, tables
from sip.edge.knowledge import Place

pytestmark = pytest.mark.unit

PLACE = Place("192.0.2.2", 5060)
FOUND = {"sip.carrier.example": ("198.51.100.1", "198.51.100.2")}


def plan(**more: object) -> TrunkPlan:
    values: dict[str, object] = {
        "trunk": "kt",
        "host": "sip.carrier.example",
        "port": 5060,
        "transport": Transport.UDP,
        "register": True,
        "username": "070",
        "secret": "open sesame",
    }
    return TrunkPlan(**(values | more))  # type: ignore[arg-type]  # fields by their names


def test_a_trunk_is_reached_at_its_address_under_its_name() -> None:
    table = knowledge.trunk_table([plan()], FOUND, PLACE)
    assert table["kt/next"] == "sip:198.51.100.1:5060"
    assert table["kt/uri"] == table["kt/host"] == "sip.carrier.example"
    assert table["kt/main"] == "070"


def test_port_and_transport_of_a_trunk_are_kept() -> None:
    table = knowledge.trunk_table([plan(port=5070, transport=Transport.TCP)], FOUND, PLACE)
    assert table["kt/next"] == "sip:198.51.100.1:5070;transport=tcp"
    assert table["kt/uri"] == "sip.carrier.example:5070;transport=tcp"
    assert table["kt/socket"] == "tcp:192.0.2.2:5060"


def test_a_known_realm_turns_the_password_into_a_digest() -> None:
    table = knowledge.trunk_table([plan(realm="carrier")], FOUND, PLACE)
    assert table["kt/secret"] == hashlib.md5(b"070:carrier:open sesame").hexdigest()
    assert table["kt/ha1"] == "1"
    (account,) = knowledge.accounts([plan(realm="carrier")], FOUND, PLACE)
    assert account.password == ""


def test_a_trunk_whose_name_is_not_found_yet_is_left_out() -> None:
    assert knowledge.trunk_table([plan(host="new.example")], FOUND, PLACE) == {}
    assert knowledge.accounts([plan(host="new.example")], FOUND, PLACE) == ()


def test_every_address_of_a_trunk_is_its_own_and_accounts_at_one_address_are_told_apart() -> None:
    table = knowledge.source_table([plan(addresses=("203.0.113.9",)), plan(trunk="lg")], FOUND)
    assert table["198.51.100.2"] == table["203.0.113.9"] == "kt"
    assert table["198.51.100.1/trunk-lg"] == "lg"


def test_the_fallback_says_who_rings_and_which_way_out() -> None:
    table = knowledge.fallback_table(Fallback(("101", "102"), ("kt", "lg"), ("112",), ("101",)))
    assert table == {"ring": "101+102", "local/101": "1", "emergency/112": "1", "trunk/0": "kt", "trunk/1": "lg"}


def test_tables_that_are_not_given_stay_as_they_are_and_nobody_else_reads_them(tmp_path: Path) -> None:
    tables.prepare(tmp_path)
    tables.write(tmp_path, {"cred": knowledge.credentials_table([Credential("101", "ha1")])}, ())
    tables.write(tmp_path, {"fallback": {"ring": "101"}})
    tables.prepare(tmp_path)
    read = tables.read(tmp_path)
    assert (read["cred"], read["fallback"]) == ({"101": "ha1"}, {"ring": "101"})
    for file in (tables.tables_file(tmp_path), tables.location_file(tmp_path)):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
