"""The pages of users, office settings and health."""

from __future__ import annotations

import re

import pytest

from appliance.access.types import Role, UserDraft
from appliance.core.health import Level
from tests.support.panel import ADMIN, PASSWORD, Box

pytestmark = pytest.mark.web

FORM: dict[str, object] = {"login": "minji", "name": "김민지", "role": "agent", "extension": "101", "language": "ko"}


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_new_user_gets_a_password_that_is_shown_once_and_works(box: Box, language: str) -> None:
    admin = await box.set_up(language)
    await box.services.lines.add_extension("101", "자리")
    page = await admin.post("/users/add", FORM)
    shown = re.search(r'id="fact-password">([^<]+)<', page.text)
    assert shown
    assert f'id="fact-address">{box.url}<' in page.text
    minji = await box.sign_in("minji", shown[1])
    assert (await minji.get("/")).path == "/account/password"
    assert "김민지" in (await admin.get("/users")).text


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"login": ""}, "login"),
        ({"login": "no blanks"}, "login"),
        ({"login": ADMIN}, "login"),
        ({"name": ""}, "name"),
        ({"role": "king"}, "role"),
        ({"extension": "abc"}, "extension"),
        ({"language": "xx"}, "language"),
    ],
)
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_each_error_stands_beside_its_field(
    box: Box, changed: dict[str, object], field: str, language: str
) -> None:
    admin = await box.set_up(language)
    page = await admin.post("/users/add", FORM | changed)
    assert page.status == 422
    assert f'id="{field}-error"' in page.text
    assert len(await box.services.access.users()) == 1


async def test_one_extension_belongs_to_one_person(box: Box) -> None:
    admin = await box.set_up()
    await admin.post("/users/add", FORM)
    page = await admin.post("/users/add", FORM | {"login": "seoyeon"})
    assert page.status == 422
    assert 'id="extension-error"' in page.text


async def test_a_user_is_changed(box: Box) -> None:
    admin = await box.set_up()
    user = (await box.services.access.add_user(UserDraft("minji", "김민지"), PASSWORD)).user
    page = await admin.post(f"/users/{user.id}", FORM | {"name": "김민지 팀장", "role": "admin"})
    assert page.path == "/users"
    changed = await box.services.access.user(user.id)
    assert (changed.name, changed.role, changed.extension) == ("김민지 팀장", Role.ADMIN, "101")


async def test_switching_a_user_off_signs_them_out_and_keeps_them(box: Box) -> None:
    admin = await box.set_up()
    agent = await box.agent()
    user = await box.services.access.user_by_login("agent")
    assert "김민지" in (await admin.get(f"/users/{user.id}/disable")).text
    assert (await admin.post(f"/users/{user.id}/disable")).path == "/users"
    assert (await agent.get("/customers")).path.startswith("/sign-in")
    assert "김민지" in (await admin.get("/users")).text
    assert (await admin.post(f"/users/{user.id}/enable")).path == "/users"
    assert not (await box.services.access.user(user.id)).disabled


async def test_a_reset_password_works_once_and_must_be_changed(box: Box) -> None:
    admin = await box.set_up()
    agent = await box.agent()
    user = await box.services.access.user_by_login("agent")
    page = await admin.post(f"/users/{user.id}/password")
    shown = re.search(r'id="fact-password">([^<]+)<', page.text)
    assert shown
    assert (await agent.get("/customers")).path.startswith("/sign-in")
    assert (await (await box.sign_in("agent", shown[1])).get("/customers")).path == "/account/password"
    assert shown[1] not in (await admin.get(f"/users/{user.id}/password")).text


async def test_the_last_admin_cannot_be_made_an_agent_or_switched_off(box: Box) -> None:
    admin = await box.set_up()
    me = await box.services.access.user_by_login(ADMIN)
    page = await admin.post(f"/users/{me.id}", FORM | {"login": ADMIN, "role": "agent", "extension": ""})
    assert page.status == 422
    assert (await admin.post(f"/users/{me.id}/disable")).status == 422
    assert (await box.services.access.user(me.id)).role is Role.ADMIN


@pytest.mark.parametrize("path", ["/users/999", "/users/x", "/users/999/password"])
async def test_a_user_who_is_not_there_is_a_page_that_says_so(box: Box, path: str) -> None:
    assert (await (await box.set_up()).get(path)).status == 404


async def test_settings_are_kept_and_shown(box: Box) -> None:
    admin = await box.set_up()
    fields: dict[str, object] = {
        "office_name": "새 이름 치과",
        "language": "en",
        "time_zone": "Asia/Tokyo",
        "area_code": "051",
        "recordings_format": "small",
    }
    page = await admin.post("/settings", fields)
    assert page.path == "/settings"
    assert "새 이름 치과" in page.text
    assert box.services.settings.get("office.area_code") == "051"
    assert box.services.settings.get("office.time_zone") == "Asia/Tokyo"
    assert box.services.settings.get("recordings.format") == "small"
    assert 'name="recordings_format" value="small" checked' in page.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("office_name", ""),
        ("office_name", "x" * 90),
        ("time_zone", "Mars"),
        ("language", "xx"),
        ("area_code", "7"),
        ("recordings_format", "mp3"),
    ],
)
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_each_setting_that_cannot_be_is_refused_beside_it_and_nothing_is_kept(
    box: Box, field: str, value: str, language: str
) -> None:
    admin = await box.set_up(language)
    fields = {"office_name": "새 이름", "language": "ko", "time_zone": "Asia/Seoul", "area_code": "02"}
    fields["recordings_format"] = "small"
    page = await admin.post("/settings", {**fields, field: value})
    assert page.status == 422
    assert f'id="{field}-error"' in page.text
    assert box.services.settings.get("office.name") == "한빛치과"


@pytest.mark.parametrize(("language", "words"), [("ko", "확인이 필요한 항목이 1개"), ("en", "1 need attention")])
async def test_health_shows_the_worst_first_in_words(box: Box, language: str, words: str) -> None:
    admin = await box.set_up(language)
    box.services.health.report("disk", Level.DEGRADED, "health.disk.degraded", free_gb=3)
    page = await admin.get("/health")
    assert words in page.text
    parts = re.findall(r'<i class="dot (\w+)" aria-hidden="true"></i>(?!\n)', page.text)
    assert parts[0] == "wait"
    assert set(parts[1:]) == {"ok"}
    box.services.health.report("disk", Level.OK, "health.disk.ok", free_gb=30)
    assert 'class="verdict ok"' in (await admin.get("/health/list")).text
