"""Extensions, trunks, numbers and groups: what is entered, what is kept, what is refused."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.calls.ports import Group, Line, Member, Phone, TrunkRules
from appliance.core.errors import Conflict, InvalidInput, NotFound, Unavailable
from appliance.lines.directory import LinesDirectory
from appliance.lines.service import REALM, Lines
from appliance.lines.types import Extension, LinesChanged, OwnNumber, RingGroup, Trunk
from tests.support.office_store import Store, opened

pytestmark = pytest.mark.unit

KT = Trunk("", "KT", "register", "sip.example.com", username="0255501000", realm="example.com")
OFFICE = OwnNumber("02-555-0100", "대표번호", "kt", "main")


async def with_trunk(store: Store) -> Lines:
    await store.lines.add_trunk(KT, "s3cret-of-the-trunk")
    await store.lines.add_number(OFFICE)
    return store.lines


# Extensions


async def test_a_new_extension_can_prove_itself_with_the_password_it_was_given(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        new = await store.lines.add_extension("201", "안내")
        expected = hashlib.md5(f"201:{REALM}:{new.password}".encode()).hexdigest()
        assert store.lines.credentials() == (("201", expected),)
        assert len(new.password) == 16
        assert not set(new.password) & set("0Oo1lI")
        assert store.published == [LinesChanged("extensions")]


async def test_lines_are_the_same_after_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = await with_trunk(store)
        await lines.add_extension("201", "안내", "02-555-0100")
        await lines.change_group(RingGroup("main", "모두", False, ("201",), 20))
        before, credentials, secrets = lines.snapshot(), lines.credentials(), lines.trunk_secrets()
    async with opened(tmp_path) as store:
        assert store.lines.snapshot() == before
        assert store.lines.credentials() == credentials
        assert store.lines.trunk_secrets() == secrets == {"kt": "s3cret-of-the-trunk"}


async def test_a_disabled_extension_cannot_register(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        new = await store.lines.add_extension("201", "안내")
        await store.lines.change_extension(replace(new.extension, enabled=False))
        assert store.lines.credentials() == ()


async def test_a_renewed_password_replaces_the_old_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        old = await store.lines.add_extension("201", "안내")
        before = store.lines.credentials()
        new = await store.lines.renew_password("201")
        assert new.password != old.password
        assert store.lines.credentials() != before
        with pytest.raises(NotFound):
            await store.lines.renew_password("999")


@pytest.mark.parametrize("number", ["1", "12345", "02", "2a", "", "112", "119", "114", "182", "1339", "109"])
async def test_a_number_that_cannot_be_an_extension_is_refused(tmp_path: Path, number: str) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(InvalidInput) as refused:
            await store.lines.add_extension(number, "안내")
        assert refused.value.field == "number"


@pytest.mark.parametrize("number", ["10", "100", "101", "102", "108", "201", "1001", "9999"])
async def test_usual_extensions_are_accepted(tmp_path: Path, number: str) -> None:
    async with opened(tmp_path) as store:
        assert (await store.lines.add_extension(f" {number} ", "안내")).extension.number == number


async def test_an_extension_exists_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        tries = (store.lines.add_extension("201", name) for name in ("안내", "경리"))
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert [type(result).__name__ for result in results] == ["NewExtension", "Conflict"]
        assert store.lines.snapshot().extensions == (Extension("201", "안내"),)


async def test_an_extension_shows_only_a_number_of_the_office(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = await with_trunk(store)
        new = await lines.add_extension("201", "안내", "02-555-0100")
        assert new.extension.shown_number == "+8225550100"
        for other in ("02-555-0199", "112", "hello"):
            with pytest.raises(InvalidInput) as refused:
                await lines.change_extension(replace(new.extension, shown_number=other))
            assert refused.value.field == "shown_number"


# Trunks


async def test_a_trunks_password_is_not_readable_in_the_database(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await with_trunk(store)
    with closing(sqlite3.connect(tmp_path / "soribox.db")) as database:
        assert "s3cret-of-the-trunk" not in "\n".join(database.iterdump())
    assert (tmp_path / "trunk.key").stat().st_mode & 0o077 == 0


async def test_with_the_key_of_another_box_the_password_must_be_entered_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await with_trunk(store)
    (tmp_path / "trunk.key").unlink()
    async with opened(tmp_path) as store:
        assert store.lines.trunk_secrets() == {"kt": ""}
        with pytest.raises(InvalidInput) as refused:
            await store.lines.change_trunk(await store.lines.trunk("kt"))
        assert refused.value.field == "password"
        await store.lines.change_trunk(await store.lines.trunk("kt"), "entered again")
        assert store.lines.trunk_secrets() == {"kt": "entered again"}


async def test_changing_a_trunk_keeps_its_password(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = await with_trunk(store)
        await lines.change_trunk(replace(await lines.trunk("kt"), port=5080))
        assert (await lines.trunk("kt")).port == 5080
        assert lines.trunk_secrets() == {"kt": "s3cret-of-the-trunk"}


async def test_trunk_ids_are_short_and_safe_whatever_the_name(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        names = ("KT", "KT", "LG U+ <sip>", "에스케이", "에스케이")
        made = [await store.lines.add_trunk(replace(KT, name=name), "password") for name in names]
        assert [trunk.id for trunk in made] == ["kt", "kt2", "lgusip", "trunk", "trunk2"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "KT!"),
        ("name", ""),
        ("kind", "magic"),
        ("host", ""),
        ("host", "sip.example.com:5060"),
        ("host", "sip:sip.example.com"),
        ("host", "exa mple.com"),
        ("host", '";drop'),
        ("host", "300.1.2.3"),
        ("host", "-a.example"),
        ("port", 0),
        ("port", 70000),
        ("transport", "sctp"),
        ("username", ""),
        ("username", 'a"b'),
        ("auth_username", "a b"),
        ("realm", "a;b"),
        ("expires", 5),
        ("addresses", ("192.0.2.1", "sip.example.com")),
        ("called_from", "guess"),
        ("international_prefixes", ("0a",)),
        ("main_number", "112"),
        ("channels", -1),
    ],
)
async def test_a_wrong_field_of_a_trunk_is_named(tmp_path: Path, field: str, value: Any) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(InvalidInput) as refused:
            await store.lines.add_trunk(replace(KT, **{field: value}), "password")
        assert refused.value.field == field


async def test_a_trunk_that_registers_needs_a_password_and_one_by_address_does_not(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(InvalidInput) as refused:
            await store.lines.add_trunk(KT)
        assert refused.value.field == "password"
        by_address = Trunk("", "LGU", "address", "192.0.2.10", addresses=("192.0.2.11", "2001:db8::1"))
        assert (await store.lines.add_trunk(by_address)).host == "192.0.2.10"


async def test_a_trunk_in_use_stays(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = await with_trunk(store)
        with pytest.raises(Conflict):
            await lines.remove_trunk("kt")
        await lines.remove_number("+8225550100")
        await lines.remove_trunk("kt")
        assert await lines.trunks() == ()


async def test_the_preferred_trunk_comes_first(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for name in ("a", "b", "c"):
            await store.lines.add_trunk(replace(KT, name=name), "password")
        await store.lines.prefer_trunk("c")
        assert [trunk.id for trunk in await store.lines.trunks()] == ["c", "a", "b"]


# Numbers and groups


@pytest.mark.parametrize(
    ("entered", "stored"),
    [
        ("02-555-0100", "+8225550100"),
        ("1588-1234", "+8215881234"),
        ("070 1234 5678", "+827012345678"),
        ("555-0100", "+8225550100"),
    ],
)
async def test_numbers_are_kept_in_one_form_however_they_are_written(tmp_path: Path, entered: str, stored: str) -> None:
    async with opened(tmp_path) as store:
        await store.lines.add_trunk(KT, "password")
        assert (await store.lines.add_number(replace(OFFICE, number=entered))).number == stored
        with pytest.raises(Conflict):
            await store.lines.add_number(replace(OFFICE, number=stored))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "112"),
        ("number", "+81312345678"),
        ("number", ""),
        ("label", " "),
        ("trunk", "none"),
        ("group", "none"),
    ],
)
async def test_a_wrong_field_of_a_number_is_named(tmp_path: Path, field: str, value: Any) -> None:
    async with opened(tmp_path) as store:
        await store.lines.add_trunk(KT, "password")
        with pytest.raises(InvalidInput) as refused:
            await store.lines.add_number(replace(OFFICE, **{field: value}))
        assert refused.value.field == field


async def test_removing_a_number_takes_it_from_extensions_that_showed_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = await with_trunk(store)
        await lines.add_extension("201", "안내", "02-555-0100")
        await lines.remove_number("+8225550100")
        assert (await lines.extension("201")).shown_number == ""
        assert store.published[-2:] == [LinesChanged("numbers"), LinesChanged("extensions")]


async def test_the_main_group_is_there_from_the_start_and_stays(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        assert [(group.id, group.everyone) for group in await store.lines.groups()] == [("main", True)]
        with pytest.raises(Conflict):
            await store.lines.remove_group("main")


async def test_members_keep_their_order_and_must_exist(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for number in ("201", "202", "203"):
            await store.lines.add_extension(number, number)
        sales = await store.lines.add_group(RingGroup("", "Sales", False, ("203", "201", "203")))
        assert (sales.id, sales.members) == ("sales", ("203", "201"))
        with pytest.raises(InvalidInput) as refused:
            await store.lines.change_group(replace(sales, members=("201", "999")))
        assert refused.value.field == "members"
        assert store.lines.snapshot().groups[-1] == sales


async def test_an_extension_leaves_its_groups_but_never_an_empty_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for number in ("201", "202"):
            await store.lines.add_extension(number, number)
        await store.lines.change_group(RingGroup("main", "모두", False, ("201", "202")))
        await store.lines.remove_extension("201")
        assert store.lines.snapshot().groups[0].members == ("202",)
        with pytest.raises(Conflict):
            await store.lines.remove_extension("202")


async def test_what_could_not_be_stored_is_not_shown(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        other = sqlite3.connect(tmp_path / "soribox.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            await store.lines.add_extension("201", "안내")
        assert store.lines.snapshot().extensions == ()
        assert store.published == []
        other.execute("ROLLBACK")
        other.close()
        await store.lines.add_extension("201", "안내")
        assert [e.number for e in store.lines.snapshot().extensions] == ["201"]


# What call control sees


async def test_routing_sees_the_lines_as_they_are(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        lines = await with_trunk(store)
        await lines.add_extension("201", "안내", "02-555-0100")
        off = await lines.add_extension("202", "창고")
        await lines.change_extension(replace(off.extension, enabled=False))
        source = LinesDirectory(lines, store.settings)
        seen = source.directory()
        assert seen.phones == {"201": Phone("201", "안내", "+8225550100", True)}
        assert seen.lines == {"+8225550100": Line("+8225550100", "대표번호", "kt", "main")}
        assert seen.trunks == {"kt": TrunkRules("kt", "KT", ("00",), False, "", 0)}
        assert seen.groups == {"main": Group("main", "전체", ("201",), 30, members=(Member("201"),))}
        assert (seen.default_group, seen.area_code, seen.rules.parking_places) == ("main", "02", 5)
        assert source.directory() is seen, "nothing changed"
        await store.settings.set(**{"office.area_code": "051"})
        assert source.directory().area_code == "051"
        await store.settings.set(**{"calls.parking_places": 8})
        assert source.directory().rules.parking_places == 8
