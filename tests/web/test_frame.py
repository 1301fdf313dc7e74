"""What surrounds every page: permissions, forged requests, security headers, errors, sizes, the menu."""

from __future__ import annotations

import gzip
import re

import pytest
from aiohttp import ClientSession

from appliance.access.permissions import PERMISSIONS
from appliance.i18n.catalog import LANGUAGES, catalogue
from tests.support.panel import ADMIN, PASSWORD, Box
from web.guard import ANYONE, SIGNED_IN
from web.pages.health import PARTS
from web.routes import ROUTES
from web.static_files import STATIC

pytestmark = pytest.mark.web

PAGES = ("/extensions", "/groups", "/numbers", "/trunks", "/users", "/settings", "/health", "/help", "/account")


def test_every_route_names_a_permission_that_exists() -> None:
    assert not [route for route in ROUTES if route.permission not in {ANYONE, SIGNED_IN, *PERMISSIONS}]


def test_every_part_that_has_a_name_is_shown_by_it_on_the_health_page() -> None:
    named = {key.removeprefix("health.part.") for key in catalogue("en") if key.startswith("health.part.")}
    assert named - {"other"} == set(PARTS)


def test_only_the_way_in_and_the_certificate_are_open_to_anyone() -> None:
    opened = {route.path for route in ROUTES if route.permission == ANYONE}
    assert opened == {
        "/certificate", "/language", "/live", "/rescue", "/set-up", "/sign-in", "/sign-in/link/{token}", "/sign-out",
        "/soribox-ca.crt",
    }  # fmt: skip


def test_no_route_is_there_twice() -> None:
    lines = [(route.method, route.path) for route in ROUTES]
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_menu_entry_has_a_text_and_a_section(language: str) -> None:
    texts = catalogue(language)
    assert not [r.menu for r in ROUTES if r.menu and (r.menu not in texts or r.section not in texts)]


@pytest.mark.parametrize(
    "path", [*PAGES, "/", "/calls", "/customers", "/extensions/add", "/users/add", "/account/password"]
)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_opens_in_both_languages_and_is_small(box: Box, path: str, language: str) -> None:
    admin = await box.set_up(language)
    page = await admin.get(path)
    assert page.status == 200
    assert f'<html lang="{language}"' in page.text
    assert not re.search(r">[a-z_]+\.[a-z_.]+<", page.text), "a catalogue key shows instead of its text"
    assert len(gzip.compress(page.text.encode())) < 20_000


def test_everything_a_browser_loads_for_a_page_is_below_100_kb() -> None:
    files = [path for path in STATIC.rglob("*") if path.is_file()]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 80_000


async def test_nobody_gets_in_without_signing_in(box: Box) -> None:
    await box.set_up()
    stranger = await box.visitor()
    for route in ROUTES:
        if route.permission == ANYONE:
            continue
        path = re.sub(r"\{\w+\}", "1", route.path)
        page = await (stranger.get(path) if route.method == "GET" else stranger.post(path))
        assert page.path.startswith("/sign-in"), f"{route.method} {path}"


async def test_an_agent_sees_neither_the_pages_nor_the_menu_of_an_admin(box: Box) -> None:
    await box.set_up()
    agent = await box.agent()
    home = await agent.get("/help")
    for route in ROUTES:
        if route.permission not in ("lines.manage", "users.manage", "settings.manage"):
            continue
        path = re.sub(r"\{\w+\}", "1", route.path)
        page = await (agent.get(path) if route.method == "GET" else agent.post(path))
        assert page.status == 403, f"{route.method} {path}"
        assert f'href="{path}"' not in home.text
    assert "권한이 없습니다" in page.text


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", ""])
async def test_what_another_site_makes_the_browser_send_is_refused(box: Box, origin: str) -> None:
    admin = await box.set_up("en")
    page = await admin.post("/settings", {"office_name": "Hacked"}, Origin=origin)
    assert page.status == 403
    assert box.services.settings.get("office.name") == "한빛치과"


async def test_a_request_with_the_cookie_but_without_an_origin_is_refused(box: Box) -> None:
    admin = await box.set_up("en")
    async with admin.session.post(box.url + "/sign-out") as response:
        assert response.status == 403


async def test_another_site_cannot_sign_somebody_in_as_somebody_else(box: Box) -> None:
    await box.set_up()
    visitor = await box.visitor()
    page = await visitor.post("/sign-in", {"login": ADMIN, "password": PASSWORD}, Origin="https://evil.example")
    assert page.status == 403


async def test_another_site_cannot_open_the_live_channel(box: Box) -> None:
    admin = await box.set_up()
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    page = await admin.get("/live", Origin="https://evil.example", **upgrade)
    assert page.status == 403


@pytest.mark.parametrize("path", ["/sign-in", "/extensions", "/nowhere", "/static/css/base.css", "/static/nowhere"])
async def test_every_answer_has_the_security_headers(box: Box, path: str) -> None:
    headers = (await (await box.set_up()).get(path)).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers  # not on unusual ports: it would lock others out


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_has_a_script_or_a_style_of_its_own(box: Box, path: str) -> None:
    page = await (await box.set_up()).get(path)
    assert not re.search(r"<script(?![^>]*\bsrc=)", page.text)
    assert not re.search(r"<style|\sstyle=|\son\w+=\"", page.text)


async def test_pages_are_not_kept_by_the_browser_and_files_are(box: Box) -> None:
    admin = await box.set_up()
    page = await admin.get("/extensions")
    assert page.headers["Cache-Control"] == "no-store"
    found = re.search(r'href="(/static/css/base\.css\?v=\w+)"', page.text)
    assert found
    file = await admin.get(found[1])
    assert "immutable" in file.headers["Cache-Control"]
    again = await admin.get(found[1], **{"If-None-Match": file.headers["ETag"]})
    assert again.status == 304


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd", "/static/.gitignore"]
)
async def test_nothing_but_the_panels_own_files_is_served(box: Box, path: str) -> None:
    assert (await (await box.set_up()).get(path)).status == 404


@pytest.mark.parametrize(("language", "words"), [("ko", "찾으시는 화면이 없습니다"), ("en", "There is no such page")])
async def test_an_unknown_address_is_a_page_in_the_visitors_language(box: Box, language: str, words: str) -> None:
    page = await (await box.set_up(language)).get("/nowhere")
    assert page.status == 404
    assert words in page.text


async def test_a_fault_in_a_page_is_told_without_a_trace(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = await box.set_up("en")

    def broken() -> None:
        raise RuntimeError("secret inner words")

    monkeypatch.setattr(box.services.health, "reports", broken)
    page = await admin.get("/health")
    assert page.status == 500
    assert "Something went wrong" in page.text
    assert "secret" not in page.text


async def test_what_was_entered_is_never_markup(box: Box) -> None:
    admin = await box.set_up()
    await box.services.settings.set(**{"office.name": "<script>alert(1)</script>"})
    page = await admin.get("/help")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


async def test_the_plain_port_leads_to_https_and_offers_the_authority(box: Box) -> None:
    async with ClientSession() as plain:
        async with plain.get(box.plain_url + "/calls?direction=in", allow_redirects=False) as response:
            assert response.status == 307
            assert response.headers["Location"] == box.url + "/calls?direction=in"
        async with plain.post(box.plain_url + "/sign-in", data={"login": "x"}, allow_redirects=False) as response:
            assert response.status == 405
        async with plain.get(box.plain_url + "/soribox-ca.crt") as response:
            body = await response.read()
            assert response.headers["Content-Type"] == "application/x-x509-ca-cert"
            assert body.startswith(b"-----BEGIN CERTIFICATE-----")
