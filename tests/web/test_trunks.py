"""The pages of trunks, numbers and ring groups."""

from __future__ import annotations

import re

import pytest

from appliance.lines.types import OwnNumber, RingGroup, Trunk
from sip.api import TrunkState, TrunkStatus
from tests.support.panel import Box

pytestmark = pytest.mark.web

FORM: dict[str, object] = {
    "name": "KT 대표회선",
    "kind": "register",
    "host": "sip.carrier.example",
    "port": "5060",
    "transport": "udp",
    "username": "07012345678",
    "password": "carrier's own secret",
    "expires": "120",
    "called_from": "request",
    "international_prefixes": "00, 00700",
    "main_number": "02-1234-5678",
    "channels": "4",
    "trusted": "on",
    "enabled": "on",
}


async def test_a_trunk_is_added_with_everything_that_was_entered(box: Box) -> None:
    admin = await box.set_up()
    page = await admin.post("/trunks/add", FORM)
    assert page.path == "/trunks"
    assert "KT 대표회선" in page.text
    (trunk,) = await box.services.lines.trunks()
    assert trunk.international_prefixes == ("00", "00700")
    assert (trunk.main_number, trunk.channels, trunk.trusted) == ("+8221234567" + "8", 4, True)
    assert box.services.lines.trunk_secrets() == {trunk.id: "carrier's own secret"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("host", ""),
        ("host", "not a host!"),
        ("kind", "other"),
        ("username", ""),
        ("username", "a b"),
        ("password", ""),
        ("port", "0"),
        ("port", "many"),
        ("expires", "5"),
        ("channels", "-1"),
        ("main_number", "119"),
        ("addresses", "300.1.1.1"),
        ("international_prefixes", "x"),
        ("called_from", "nowhere"),
        ("transport", "pigeon"),
    ],
)
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_each_error_of_a_trunk_stands_beside_its_field(box: Box, field: str, value: str, language: str) -> None:
    admin = await box.set_up(language)
    page = await admin.post("/trunks/add", FORM | {field: value})
    assert page.status == 422
    assert f'id="{field}-error"' in page.text
    assert "secret" not in page.text
    assert not await box.services.lines.trunks()


async def test_an_error_among_the_seldom_needed_fields_opens_them(box: Box) -> None:
    admin = await box.set_up()
    assert '<details class="more">' in (await admin.post("/trunks/add", FORM | {"host": ""})).text
    assert '<details class="more" open>' in (await admin.post("/trunks/add", FORM | {"port": "0"})).text


async def test_an_empty_password_keeps_the_one_there_is(box: Box) -> None:
    admin = await box.set_up()
    await admin.post("/trunks/add", FORM)
    (trunk,) = await box.services.lines.trunks()
    shown = await admin.get(f"/trunks/{trunk.id}")
    assert "secret" not in shown.text
    page = await admin.post(f"/trunks/{trunk.id}", FORM | {"password": "", "name": "KT"})
    assert page.path == "/trunks"
    assert (await box.services.lines.trunk(trunk.id)).name == "KT"
    assert box.services.lines.trunk_secrets()[trunk.id] == "carrier's own secret"


@pytest.mark.parametrize(
    ("state", "ko", "en"),
    [
        (TrunkState.REGISTERED, "등록됨", "Registered"),
        (TrunkState.REFUSED, "등록 거절됨", "Refused"),
        (TrunkState.UNREACHABLE, "응답 없음", "No answer"),
        (TrunkState.REGISTERING, "등록 중", "Registering"),
    ],
)
async def test_the_list_shows_the_measured_state(box: Box, state: TrunkState, ko: str, en: str) -> None:
    admin = await box.set_up("ko")
    trunk = await box.services.lines.add_trunk(Trunk("", "KT", "register", "192.0.2.9", username="070"), "secret")
    box.edge.trunks = (TrunkStatus(trunk.id, state, 403, "Forbidden: wrong account"),)
    page = await admin.get("/trunks")
    assert ko in page.text
    assert ("403 Forbidden: wrong account" in page.text) == (state is not TrunkState.REGISTERED)
    await admin.post("/account", {"language": "en", "theme": "auto"})
    assert en in (await admin.get("/trunks/table")).text


async def test_a_trunk_nobody_has_measured_is_not_called_good(box: Box) -> None:
    admin = await box.set_up()
    await box.services.lines.add_trunk(Trunk("", "KT", "register", "192.0.2.9", username="070"), "secret")
    page = await admin.get("/trunks")
    assert "확인 중" in page.text
    assert "등록됨" not in page.text


async def test_another_trunk_is_tried_first_after_a_click(box: Box) -> None:
    admin = await box.set_up()
    for name in ("first", "second"):
        await box.services.lines.add_trunk(Trunk("", name, "address", "192.0.2.9"))
    await admin.post("/trunks/second/prefer")
    assert [trunk.name for trunk in await box.services.lines.trunks()] == ["second", "first"]


async def test_a_trunk_with_numbers_cannot_be_removed_and_says_why(box: Box) -> None:
    admin = await box.set_up()
    trunk = await box.services.lines.add_trunk(Trunk("", "KT", "address", "192.0.2.9"))
    await box.services.lines.add_number(OwnNumber("02-1234-5678", "대표번호", trunk.id, "main"))
    page = await admin.post(f"/trunks/{trunk.id}/remove")
    assert page.status == 422
    assert 'class="alert"' in page.text
    assert await box.services.lines.trunks()
    await box.services.lines.remove_number("+82212345678")
    assert (await admin.post(f"/trunks/{trunk.id}/remove")).path == "/trunks"
    assert not await box.services.lines.trunks()


async def test_a_number_is_added_as_people_write_it_and_shown_so(box: Box) -> None:
    admin = await box.set_up()
    trunk = await box.services.lines.add_trunk(Trunk("", "KT", "address", "192.0.2.9"))
    assert 'href="/trunks/add"' not in (await admin.get("/numbers")).text
    page = await admin.post(
        "/numbers/add", {"number": "02 1234 5678", "label": "대표번호", "trunk": trunk.id, "group": "main"}
    )
    assert page.path == "/numbers"
    assert "02-1234-5678" in page.text
    (number,) = await box.services.lines.numbers()
    assert number.number == "+82212345678"
    changed = {"number": "02-1234-5678", "label": "예약", "trunk": trunk.id, "group": "main"}
    assert (await admin.post("/numbers/%2B82212345678", changed)).path == "/numbers"
    assert (await box.services.lines.numbers())[0].label == "예약"
    assert (await admin.get("/numbers/%2B82212345678/remove")).status == 200
    assert (await admin.post("/numbers/%2B82212345678/remove")).path == "/numbers"
    assert not await box.services.lines.numbers()
    assert (await admin.get("/numbers/%2B82212345678")).status == 404


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"number": "12"}, "number"), ({"number": ""}, "number"), ({"label": ""}, "label"),
     ({"trunk": "none"}, "trunk"), ({"group": "none"}, "group")],
)  # fmt: skip
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_each_error_of_a_number_stands_beside_its_field(
    box: Box, changed: dict[str, object], field: str, language: str
) -> None:
    admin = await box.set_up(language)
    trunk = await box.services.lines.add_trunk(Trunk("", "KT", "address", "192.0.2.9"))
    fields = {"number": "02-1234-5678", "label": "대표번호", "trunk": trunk.id, "group": "main"} | changed
    page = await admin.post("/numbers/add", fields)
    assert page.status == 422
    assert f'id="{field}-error"' in page.text


async def test_without_a_trunk_the_page_of_numbers_leads_to_trunks(box: Box) -> None:
    page = await (await box.set_up()).get("/numbers")
    assert 'href="/trunks/add"' in page.text


async def test_the_main_group_rings_everyone_or_those_chosen(box: Box) -> None:
    admin = await box.set_up()
    for number in ("101", "102", "103"):
        await box.services.lines.add_extension(number, f"자리 {number}")
    fields: dict[str, object] = {"label": "전체", "who": "chosen", "members": ["101", "103"], "ring_seconds": "20"}
    assert (await admin.post("/groups/main", fields)).path == "/groups"
    (main,) = await box.services.lines.groups()
    assert main == RingGroup("main", "전체", False, ("101", "103"), 20)
    shown = await admin.get("/groups/main")
    chosen = re.findall(r'<input[^>]*name="(\w+)"[^>]* checked', shown.text)
    assert sorted(chosen) == ["members", "members", "strategy", "who"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"label": ""}, "label"), ({"members": []}, "members"), ({"members": ["999"]}, "members"),
     ({"ring_seconds": "1"}, "ring_seconds"), ({"ring_seconds": "x"}, "ring_seconds"), ({"who": "?"}, "who")],
)  # fmt: skip
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_each_error_of_a_group_stands_beside_its_field(
    box: Box, changed: dict[str, object], field: str, language: str
) -> None:
    admin = await box.set_up(language)
    await box.services.lines.add_extension("101", "자리")
    fields = {"label": "전체", "who": "chosen", "members": ["101"], "ring_seconds": "20"} | changed
    page = await admin.post("/groups/main", fields)
    assert page.status == 422
    assert f'id="{field}-error"' in page.text


async def test_a_group_is_added_and_removed_but_the_main_one_stays(box: Box) -> None:
    admin = await box.set_up()
    await box.services.lines.add_extension("101", "자리")
    fields: dict[str, object] = {"label": "sales", "who": "chosen", "members": ["101"], "ring_seconds": "20"}
    assert (await admin.post("/groups/add", fields)).path == "/groups"
    assert (await admin.post("/groups/sales/remove")).path == "/groups"
    assert (await admin.post("/groups/main/remove")).status == 422
    assert [group.id for group in await box.services.lines.groups()] == ["main"]
