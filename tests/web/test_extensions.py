"""The page of extensions: adding, changing, passwords shown once, removing, phones as they come and go."""

from __future__ import annotations

import re

import pytest

from appliance.access.types import Role, UserDraft
from appliance.phones.types import PhonesChanged
from sip.api import Registration
from tests.support.panel import Box, Visitor

pytestmark = pytest.mark.web


async def add(visitor: Visitor, number: str = "101", name: str = "접수창구", **other: object) -> str:
    """Add an extension through the page; return the password that is shown."""
    page = await visitor.post(
        "/extensions/add", {"number": number, "name": name, "may_call_out": "on", "once": f"add {number}", **other}
    )
    assert page.status == 200, page.text
    shown = re.search(r'id="fact-password">([^<]+)<', page.text)
    assert shown
    return shown[1]


async def test_a_new_extension_shows_all_one_types_into_a_phone(box: Box) -> None:
    admin = await box.set_up()
    page = await admin.post("/extensions/add", {"number": "101", "name": "접수창구", "may_call_out": "on"})
    assert page.path.startswith("/extensions/101/settings?made=")
    for name, value in (("server", "192.0.2.7"), ("port", "5060"), ("user", "101")):
        assert f'id="fact-{name}">{value}<' in page.text
    assert re.search(r'id="fact-password">\S{12,}<', page.text)
    assert "접수창구" in (await admin.get("/extensions")).text


async def test_a_password_is_shown_again_on_reload_but_to_nobody_else_and_never_later(box: Box) -> None:
    admin = await box.set_up()
    page = await admin.post("/extensions/add", {"number": "101", "name": "접수창구"})
    shown = re.search(r'id="fact-password">([^<]+)<', page.text)
    assert shown
    assert shown[1] in (await admin.get(page.path)).text
    other = await box.sign_in("boss", "a quiet morning at the desk")
    assert shown[1] not in (await other.get(page.path)).text
    assert shown[1] not in (await admin.get("/extensions/101/settings")).text


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"number": "", "name": "x"}, "number"),
        ({"number": "12345", "name": "x"}, "number"),
        ({"number": "119", "name": "x"}, "number"),
        ({"number": "1a", "name": "x"}, "number"),
        ({"number": "101", "name": "  "}, "name"),
        ({"number": "101", "name": "x" * 100}, "name"),
        ({"number": "101", "name": "x", "shown_number": "+8210"}, "shown_number"),
    ],
)
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_an_error_stands_beside_its_field_and_keeps_the_rest(
    box: Box, fields: dict[str, object], wrong: str, language: str
) -> None:
    admin = await box.set_up(language)
    page = await admin.post("/extensions/add", fields)
    assert page.status == 422
    assert f'id="{wrong}-error"' in page.text
    assert f'value="{fields["number"]}"' in page.text
    assert not await box.services.lines.extensions()


async def test_a_number_that_is_taken_is_refused_beside_it(box: Box) -> None:
    admin = await box.set_up()
    await add(admin)
    page = await admin.post("/extensions/add", {"number": "101", "name": "다른 자리", "once": "another form"})
    assert page.status == 422
    assert 'id="number-error"' in page.text


async def test_the_same_form_sent_twice_makes_one_extension_and_leads_to_the_same_page(box: Box) -> None:
    admin = await box.set_up()
    fields: dict[str, object] = {"number": "101", "name": "접수창구", "once": "the same form"}
    first = await admin.post("/extensions/add", fields)
    second = await admin.post("/extensions/add", fields)
    assert (second.status, second.path) == (200, first.path)
    assert len(await box.services.lines.extensions()) == 1


async def test_a_refused_form_can_be_sent_again(box: Box) -> None:
    admin = await box.set_up()
    fields: dict[str, object] = {"number": "119", "name": "접수창구", "once": "one form"}
    assert (await admin.post("/extensions/add", fields)).status == 422
    assert (await admin.post("/extensions/add", fields | {"number": "101"})).status == 200


async def test_the_next_free_number_is_proposed(box: Box) -> None:
    admin = await box.set_up()
    await add(admin, "101")
    await add(admin, "102")
    assert 'name="number" type="text" value="103"' in (await admin.get("/extensions/add")).text


async def test_an_extension_is_renamed_and_switched_off(box: Box) -> None:
    admin = await box.set_up()
    await add(admin)
    page = await admin.post("/extensions/101", {"name": "원장실"})
    assert page.path == "/extensions"
    assert "저장했습니다" in page.text
    assert "저장했습니다" not in (await admin.get("/extensions")).text
    changed = await box.services.lines.extension("101")
    assert (changed.name, changed.may_call_out, changed.enabled) == ("원장실", False, False)


async def test_a_new_password_replaces_the_old_one(box: Box) -> None:
    admin = await box.set_up()
    old = await add(admin)
    before = box.services.lines.credentials("soribox")
    page = await admin.post("/extensions/101/password")
    new = re.search(r'id="fact-password">([^<]+)<', page.text)
    assert new
    assert new[1] != old
    assert box.services.lines.credentials("soribox") != before


async def test_removing_asks_first(box: Box) -> None:
    admin = await box.set_up()
    await add(admin)
    asked = await admin.get("/extensions/101/remove")
    assert "접수창구" in asked.text
    assert await box.services.lines.extensions()
    page = await admin.post("/extensions/101/remove")
    assert page.path == "/extensions"
    assert not await box.services.lines.extensions()


async def test_an_extension_that_is_gone_is_a_page_that_says_so(box: Box) -> None:
    admin = await box.set_up()
    for path in ("/extensions/777", "/extensions/777/remove", "/extensions/777/settings"):
        assert (await admin.get(path)).status == 404


async def test_the_list_shows_phones_users_and_nothing_that_was_not_measured(box: Box) -> None:
    admin = await box.set_up()
    await add(admin, "101")
    await add(admin, "102", "김민지")
    await box.services.access.add_user(UserDraft("minji", "민지 상담원", Role.AGENT, "102"))
    now = box.services.clock.now_ms()
    phone = Registration("101", "sip:101@192.0.2.31", "udp:192.0.2.31:5060", "Yealink SIP-T46U", now - 120_000, now)
    box.edge.phones = (phone,)
    page = await admin.get("/extensions")
    assert "Yealink SIP-T46U" in page.text
    assert "udp:192.0.2.31:5060" in page.text
    assert "민지 상담원" in page.text
    assert page.text.count("등록된 전화기 없음") == 1
    box.edge.phones = ()
    box.services.bus.publish(PhonesChanged("101"))
    assert "Yealink" not in (await admin.get("/extensions/table")).text


async def test_inside_the_dialog_only_the_form_travels_and_success_leads_on(box: Box) -> None:
    admin = await box.set_up()
    dialog = {"HX-Request": "true", "HX-Target": "dialog-body"}
    page = await admin.get("/extensions/add", **dialog)
    assert "<html" not in page.text
    assert "<form" in page.text
    refused = await admin.post("/extensions/add", {"number": "", "name": ""}, **dialog)
    assert refused.status == 422
    assert "<html" not in refused.text
    done = await admin.post("/extensions/add", {"number": "101", "name": "접수창구"}, **dialog)
    assert done.status == 204
    assert done.headers["HX-Redirect"].startswith("/extensions/101/settings?made=")
