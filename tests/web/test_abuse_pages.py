"""The pages against callers who do not behave: the block list, the register, wordings; who may, and what is refused."""

from __future__ import annotations

import re

import pytest
from aiohttp import FormData
from playwright.async_api import Browser, expect

from appliance.calls.call import Reason
from tests.support.browser import open_page, seat
from tests.support.exchange import Exchange
from tests.support.guarding import heard_it, says_something
from tests.support.panel import Box, Visitor

pytestmark = pytest.mark.web

ENTRY = {"kind": "number", "pattern": "010-5555-1234", "reason": "반복 폭언", "action": "announcement"}


async def add(admin: Visitor, **other: str) -> int:
    return (await admin.post("/blocks/add", ENTRY | other)).status


async def test_a_number_is_blocked_unblocked_and_blocked_again(box: Box) -> None:
    admin = await box.set_up()
    page = await admin.get("/blocks")
    assert "차단한 번호가 없습니다" in page.text
    assert (await admin.post("/blocks/add", ENTRY | {"until": "2099-12-31"})).path == "/blocks"
    page = await admin.get("/blocks")
    assert "010-5555-1234" in page.text
    assert "2099-12-31" in page.text
    (entry,) = box.services.abuse.blocks.all()
    assert (entry.by, entry.reason) == ("boss", "반복 폭언")
    assert (await admin.post(f"/blocks/{entry.id}/remove")).status == 200
    assert box.services.abuse.blocks.all() == ()
    assert "boss 님이" in (await admin.get("/blocks")).text
    assert (await admin.post(f"/blocks/{entry.id}/restore")).status == 200
    assert box.services.abuse.blocking("+821055551234", withheld=False) is not None
    noted = [entry.what for entry in await box.services.access.entries(limit=10)]
    assert noted.count("blocks_changed") == 3


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"pattern": "112"}, "긴급 번호는 차단할 수 없습니다"),
        ({"pattern": ""}, "전화번호를 확인해 주세요"),
        ({"kind": "prefix", "pattern": "07"}, "3자리 이상"),
        ({"until": "2001-01-01"}, "이미 지난 날짜"),
        ({"until": "soon"}, "날짜를 확인해 주세요"),
        ({"kind": "everybody"}, 'class="error"'),
    ],
)
async def test_what_cannot_be_blocked_is_said_beside_its_field(box: Box, fields: dict[str, str], told: str) -> None:
    admin = await box.set_up()
    answer = await admin.post("/blocks/add", ENTRY | fields)
    assert answer.status == 422
    assert told in answer.text
    assert box.services.abuse.blocks.all() == ()


async def test_the_list_goes_out_and_in_as_a_file(box: Box) -> None:
    admin = await box.set_up()
    await add(admin)
    exported = await admin.get("/blocks/export")
    assert exported.headers["Content-Disposition"].startswith("attachment")
    assert "010-5555-1234" in exported.text
    sent = FormData()
    sent.add_field("file", "010-5555-0001,욕설\n010-5555-1234\n", filename="blocks.csv", content_type="text/csv")
    headers = admin.headers | {"Origin": admin.url}
    async with admin.session.post(admin.url + "/blocks/import", data=sent, headers=headers) as answer:
        assert answer.status == 200
        assert "1건을 차단 목록에 넣었습니다" in await answer.text()
    bad = FormData()
    bad.add_field("file", "119\n", filename="blocks.csv", content_type="text/csv")
    async with admin.session.post(admin.url + "/blocks/import", data=bad, headers=headers) as answer:
        assert answer.status == 422
        assert "긴급 번호는" in await answer.text()
    assert len(box.services.abuse.blocks.all()) == 2


async def test_settings_are_kept_and_an_end_before_its_notice_is_refused(box: Box) -> None:
    admin = await box.set_up("en")
    fields = {
        "warned_days": "30",
        "rest_minutes": "15",
        "keep_days": "365",
        "long_notice_minutes": "20",
        "long_end_minutes": "30",
    }
    assert (await admin.post("/abuse/settings", fields)).path == "/abuse/wordings"
    settings = box.services.settings
    assert [settings.get(f"calls.{name}") for name in ("warned_days", "long_end_minutes", "warned_apart")] == [
        30,
        30,
        False,
    ]
    assert settings.get("agents.rest_minutes") == 15
    refused = await admin.post("/abuse/settings", fields | {"long_end_minutes": "20"})
    assert refused.status == 422
    assert "must come after the notice" in refused.text
    page = await admin.get("/abuse/wordings")
    assert len(re.findall(r'name="announcement"', page.text)) == 28
    chosen = await admin.post("/abuse/wordings/abuse_1", {"language": "ko", "announcement": "nothing"})
    assert chosen.status == 422


@pytest.mark.parametrize("path", ["/abuse", "/abuse/wordings", "/blocks", "/blocks/add", "/blocks/export"])
async def test_an_agent_has_no_business_there(box: Box, path: str) -> None:
    await box.set_up()
    agent = await box.agent()
    assert (await agent.get(path)).status == 403


async def test_the_admin_is_told_at_once_and_the_notice_goes_when_it_was_looked_at(
    office: Exchange, browser: Browser
) -> None:
    await says_something(office)
    page = await open_page(await seat(browser, office, "admin"), office, "/customers")
    notice = page.locator("[data-abuse-notice]")
    await expect(notice).to_be_empty()
    call = await office.call_in()
    await office.pick_up("101")
    await office.talks("101")
    await office.services.calls.desk.terminate("101", call, Reason.THREAT, "haneul")
    await heard_it(office, call, "협박 종료 안내")
    await expect(notice).to_contain_text("강제 종료된 통화가 1건")
    await notice.get_by_role("link").click()
    await expect(page.locator("tr.fresh")).to_contain_text("010-5555-1234")
    await expect(page.locator(".abuse-counts")).to_contain_text("김하늘")
    await page.reload()
    await expect(page.locator("[data-abuse-notice]")).to_be_empty()
    await page.get_by_role("link", name="차단", exact=True).click()
    await expect(page.locator("#dialog [name=pattern]")).to_have_value("+821055551234")
    await page.locator("#dialog button[type=submit]").click()
    await expect(page.locator("main")).to_contain_text("차단했습니다")
