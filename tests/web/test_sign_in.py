"""Signing in and out: cookies, throttling, links, forced passwords, languages and colours."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from yarl import URL

from appliance.access.throttle import Pace
from appliance.access.types import Role, UserDraft
from appliance.core.errors import Unavailable
from tests.support.panel import ADMIN, PASSWORD, Box

pytestmark = pytest.mark.web


@pytest.mark.parametrize("path", ["/", "/extensions", "/account", "/calls?direction=in"])
async def test_a_stranger_is_sent_to_the_sign_in_page_and_comes_back_afterwards(box: Box, path: str) -> None:
    await box.set_up()
    stranger = await box.visitor()
    page = await stranger.get(path)
    assert page.path.startswith("/sign-in")
    wanted = re.search(r'name="next" value="([^"]*)"', page.text)
    assert wanted
    signed_in = await stranger.post(
        "/sign-in", {"login": ADMIN, "password": PASSWORD, "next": wanted[1].replace("&amp;", "&")}
    )
    assert signed_in.path == path


async def test_signing_in_never_leads_to_another_site(box: Box) -> None:
    await box.set_up()
    for wanted in ("https://example.com/", "//example.com/", "/\\example.com", "javascript:alert(1)"):
        page = await (await box.visitor()).post("/sign-in", {"login": ADMIN, "password": PASSWORD, "next": wanted})
        assert page.path == "/"


async def test_the_session_cookie_is_locked_to_this_host_and_to_https(box: Box) -> None:
    await box.set_up()
    visitor = await box.visitor()
    async with visitor.session.post(
        box.url + "/sign-in",
        data={"login": ADMIN, "password": PASSWORD},
        headers={"Origin": box.url},
        allow_redirects=False,
    ) as response:
        cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-soribox-")
    for wanted in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/"):
        assert wanted in cookie
    assert "Domain" not in cookie
    assert "Max-Age" not in cookie
    assert "expires" not in cookie.lower()


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_wrong_password_and_an_unknown_login_get_the_same_words(box: Box, language: str) -> None:
    await box.set_up()
    pages = [
        await (await box.visitor(language)).post("/sign-in", {"login": login, "password": "wrong password"})
        for login in (ADMIN, "nobody")
    ]
    assert [page.status for page in pages] == [422, 422]
    told = [re.search(r'role="alert">([^<]*)', page.text) for page in pages]
    assert told[0]
    assert told[1]
    assert told[0][1] == told[1][1]


async def test_too_many_attempts_are_told_the_seconds_to_wait(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.access.service._PER_PERSON", Pace(first_ms=60_000))  # not over before the last
    await box.set_up()
    visitor = await box.visitor("en")
    for _ in range(12):
        page = await visitor.post("/sign-in", {"login": ADMIN, "password": "wrong password"})
    assert page.status == 429
    seconds = int(page.headers["Retry-After"])
    assert seconds > 0
    assert f'data-wait="{seconds}"' in page.text
    assert f"{seconds} seconds" in page.text
    right = await visitor.post("/sign-in", {"login": ADMIN, "password": PASSWORD})
    assert right.status == 429


async def test_empty_fields_are_told_beside_them_and_cost_no_attempt(box: Box) -> None:
    await box.set_up()
    page = await (await box.visitor()).post("/sign-in", {"login": "", "password": ""})
    assert 'id="login-error"' in page.text
    assert 'id="password-error"' in page.text


async def test_signing_out_ends_the_session_in_the_box_too(box: Box) -> None:
    admin = await box.set_up()
    kept = admin.session.cookie_jar.filter_cookies(URL(box.url))
    assert (await admin.post("/sign-out")).path == "/sign-in"
    thief = await box.visitor()
    page = await thief.get("/users", Cookie="; ".join(f"{name}={cookie.value}" for name, cookie in kept.items()))
    assert page.path.startswith("/sign-in")


async def test_signing_out_takes_the_cookie_although_nothing_can_be_stored(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await box.set_up()
    kept = admin.session.cookie_jar.filter_cookies(URL(box.url))

    async def full(work: Callable[[], object]) -> object:
        raise Unavailable("store.disk_full")

    monkeypatch.setattr(box.services.access._sessions._database, "write", full)
    page = await admin.post("/sign-out")
    assert (page.status, page.path) == (200, "/sign-in")
    assert not [name for name in admin.session.cookie_jar.filter_cookies(URL(box.url)) if name.startswith("__Host-")]
    thief = await box.visitor()
    page = await thief.get("/users", Cookie="; ".join(f"{name}={cookie.value}" for name, cookie in kept.items()))
    assert page.path.startswith("/sign-in")


async def test_a_link_signs_in_once_and_only_after_a_click(box: Box) -> None:
    await box.set_up()
    token = await box.services.access.make_sign_in_link(ADMIN)
    preview = await (await box.visitor("en")).get(f"/sign-in/link/{token}")
    assert preview.status == 200
    visitor = await box.visitor("en")
    assert (await visitor.post(f"/sign-in/link/{token}")).path == "/"
    second = await (await box.visitor("en")).post(f"/sign-in/link/{token}")
    assert second.status == 403
    assert 'role="alert"' in second.text


async def test_a_first_password_must_be_changed_before_anything_else(box: Box) -> None:
    await box.set_up()
    new = await box.services.access.add_user(UserDraft("minji", "김민지", Role.AGENT, language="ko"))
    visitor = await box.sign_in("minji", new.password)
    page = await visitor.get("/customers")
    assert page.path == "/account/password"
    assert "새 비밀번호를 정해" in page.text
    fields = {"old": new.password, "new": "own words of minji", "again": "own words of minji"}
    assert (await visitor.post("/account/password", fields)).path == "/"
    assert (await visitor.get("/customers")).path == "/customers"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"old": "not my password"}, "old"),
        ({"new": "short", "again": "short"}, "new"),
        ({"again": "something else"}, "again"),
    ],
)
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_password_that_cannot_be_used_is_refused_beside_its_field(
    box: Box, changed: dict[str, object], field: str, language: str
) -> None:
    admin = await box.set_up(language)
    fields = {"old": PASSWORD, "new": "quite another sentence", "again": "quite another sentence"} | changed
    page = await admin.post("/account/password", fields)
    assert page.status == 422
    assert f'id="{field}-error"' in page.text


async def test_a_new_password_ends_the_sessions_elsewhere_and_keeps_this_one(box: Box) -> None:
    here = await box.set_up()
    there = await box.sign_in(ADMIN, PASSWORD)
    fields = {"old": PASSWORD, "new": "quite another sentence", "again": "quite another sentence"}
    page = await here.post("/account/password", fields)
    assert page.path == "/"
    assert "비밀번호를 변경했습니다" in page.text
    assert (await there.get("/users")).path.startswith("/sign-in")
    assert (await here.get("/users")).path == "/users"


async def test_language_and_colours_are_kept_for_the_user(box: Box) -> None:
    admin = await box.set_up("ko")
    await admin.post("/account", {"language": "en", "theme": "dark"})
    elsewhere = await box.sign_in(ADMIN, PASSWORD, "ko")
    page = await elsewhere.get("/account")
    assert 'lang="en"' in page.text
    assert 'data-theme="dark"' in page.text
    page = await elsewhere.post("/account/theme", {"theme": "light", "next": "/help"})
    assert page.path == "/help"
    assert 'data-theme="light"' in page.text
    page = await elsewhere.post("/account", {"language": "ko", "theme": "auto"})
    assert 'data-theme="auto"' in page.text
    assert 'lang="ko"' in page.text


async def test_a_made_up_language_is_refused(box: Box) -> None:
    admin = await box.set_up()
    page = await admin.post("/account", {"language": "xx", "theme": "dark"})
    assert page.status == 422
    assert 'id="language-error"' in page.text
