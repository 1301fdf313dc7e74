"""The first page of a new box: the code is asked for, the first admin is made, and there is no second first time."""

from __future__ import annotations

import pytest

from appliance.access.throttle import Pace
from tests.support.panel import ADMIN, PASSWORD, Box, set_up_form

pytestmark = pytest.mark.web


@pytest.mark.parametrize("path", ["/", "/sign-in", "/extensions", "/account"])
async def test_every_page_of_a_new_box_leads_to_the_first_page(box: Box, path: str) -> None:
    page = await (await box.visitor()).get(path)
    assert page.path == "/set-up"
    assert "설정 코드" in page.text


async def test_the_first_page_makes_an_admin_who_is_signed_in_at_once(box: Box) -> None:
    admin = await box.set_up()
    page = await admin.get("/users")
    assert page.status == 200
    assert "박사장" in page.text
    assert "한빛치과" in page.text
    assert box.services.settings.get("office.name") == "한빛치과"


async def test_the_admin_can_sign_in_with_the_password_that_was_chosen(box: Box) -> None:
    await box.set_up()
    again = await box.sign_in(ADMIN, PASSWORD)
    assert (await again.get("/extensions")).path == "/extensions"


async def test_a_wrong_code_is_refused_beside_its_field_and_keeps_what_was_typed(box: Box) -> None:
    visitor = await box.visitor("en")
    page = await visitor.post("/set-up", set_up_form("0000-0000", "en"))
    assert page.status == 422
    assert 'id="code-error"' in page.text
    assert 'value="한빛치과"' in page.text
    assert PASSWORD not in page.text
    assert not box.services.access.set_up_done


async def test_a_code_cannot_be_guessed(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.access.service._PER_PERSON", Pace(first_ms=60_000))  # not over before the last
    visitor = await box.visitor("en")
    for guess in range(12):
        page = await visitor.post("/set-up", set_up_form(f"{guess:04}-0000", "en"))
    assert "econds" in page.text
    right = await visitor.post("/set-up", set_up_form(box.services.access.setup_code(), "en"))
    assert right.status == 422
    assert not box.services.access.set_up_done


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("login", ""),
        ("login", "no blanks allowed"),
        ("name", " "),
        ("password", "short"),
        ("office_name", ""),
        ("time_zone", "Asia/Nowhere"),
        ("area_code", "99"),
    ],
)
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_each_error_stands_beside_its_field(box: Box, field: str, value: str, language: str) -> None:
    other = {"again": value} if field == "password" else {}
    form = set_up_form(box.services.access.setup_code(), language, **{field: value}, **other)
    page = await (await box.visitor(language)).post("/set-up", form)
    assert page.status == 422
    assert f'id="{field}-error"' in page.text


async def test_passwords_that_differ_are_refused(box: Box) -> None:
    form = set_up_form(box.services.access.setup_code(), again="something else again")
    page = await (await box.visitor()).post("/set-up", form)
    assert 'id="again-error"' in page.text


async def test_there_is_no_second_first_time(box: Box) -> None:
    code = box.services.access.setup_code()
    await box.set_up()
    stranger = await box.visitor()
    assert (await stranger.get("/set-up")).path == "/sign-in"
    page = await stranger.post("/set-up", set_up_form(code, login="intruder"))
    assert page.path == "/sign-in"
    assert [user.login for user in await box.services.access.users()] == [ADMIN]


async def test_the_language_switch_at_the_top_turns_the_first_page_to_english(box: Box) -> None:
    visitor = await box.visitor("ko")
    page = await visitor.post("/language", {"language": "en", "next": "/set-up"})
    assert page.path == "/set-up"
    assert "Set-up code" in page.text
    assert 'lang="en"' in page.text


async def test_the_authority_can_be_had_before_anything_else(box: Box) -> None:
    page = await (await box.visitor("en")).get("/certificate")
    assert page.status == 200
    assert "/soribox-ca.crt" in page.text
