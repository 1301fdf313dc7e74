"""The live view in a real browser: what stands there is so, and changes by itself."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from appliance.core.health import Level
from appliance.phones.types import PhonesChanged, TrunkChanged, TrunkView
from sip.api import Registration, TrunkState, TrunkStatus
from tests.support.browser import connected, open_page, seat
from tests.support.cut_off import cut_off
from tests.support.stage import Stage

pytestmark = pytest.mark.web


async def test_a_call_is_seen_from_its_arrival_to_its_end(played: Stage, browser: Browser) -> None:
    page = await open_page(await seat(browser, played, "admin", language="ko"), played)
    calls = page.locator("[data-region=calls]")
    await expect(calls).to_contain_text("진행 중인 통화가 없습니다")
    call = await played.arrive("+821055551234", name="최민서")
    await call.ring("101", "102")
    await expect(calls.locator("tbody tr")).to_contain_text("010-5555-1234")
    await expect(calls.locator("tbody tr")).to_contain_text("벨 울림")
    await expect(page.locator("#phone-101")).to_have_attribute("data-state", "ringing")
    await call.answer("101")
    await expect(calls.locator("tbody tr")).to_contain_text("김하늘 (101)")
    await expect(page.locator("#phone-101")).to_have_attribute("data-state", "talking")
    await expect(page.locator("#phone-101")).to_contain_text("최민서")
    await expect(page.locator("#phone-102")).not_to_have_attribute("data-state", "ringing")
    await call.caller_ends()
    await expect(calls).to_contain_text("진행 중인 통화가 없습니다")


async def test_a_call_out_names_the_customer_also_one_who_is_saved_meanwhile(played: Stage, browser: Browser) -> None:
    await played.customer("최민서", "+821055551234", "한빛전자")
    page = await open_page(await seat(browser, played, "admin"), played)
    known = await played.dial("101", "+821055551234")
    stranger = await played.dial("102", "+82317654321")
    await expect(page.locator(f"#now-{known.id}")).to_contain_text("최민서 한빛전자")
    await expect(page.locator(f"#now-{stranger.id}")).to_contain_text("031-765-4321")
    await played.customer("정우진", "+82317654321")
    await expect(page.locator(f"#now-{stranger.id}")).to_contain_text("정우진")
    await known.ring("101")
    await known.answer("101")
    await expect(page.locator("#phone-101")).to_contain_text("최민서")
    await page.reload()
    await expect(page.locator(f"#now-{known.id}")).to_contain_text("최민서 한빛전자")


async def test_hanging_up_is_asked_about_in_the_page(
    played: Stage, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[tuple[str, str]] = []

    async def hang_up(call: str, by: str) -> None:
        ended.append((call, by))

    monkeypatch.setattr(played.services.calls, "hang_up", hang_up)
    page = await open_page(await seat(browser, played, "admin"), played)
    call = await played.arrive("+821055551234")
    button, dialog = page.locator("[data-hang-up]"), page.locator("#dialog")
    await button.click()
    await expect(dialog).to_contain_text("이 통화를 끊을까요?")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(button).to_be_focused()
    assert ended == []
    await button.click()
    async with page.expect_response("**/hang-up"):
        await dialog.locator(".danger").click()
    assert ended == [(call.id, "관리자")]


async def test_phones_and_trunks_change_by_themselves(played: Stage, browser: Browser) -> None:
    page = await open_page(await seat(browser, played, "haneul"), played)
    phone = page.locator("#phone-101")
    await expect(phone).to_contain_text("등록 안 됨")
    played.edge.registered.append(Registration("101", "c1", "udp:192.0.2.10:5060", "Yealink", 1, 2))
    played.bus.publish(PhonesChanged("101"))
    await expect(phone).to_contain_text("대기")
    played.edge.trunks.append(TrunkStatus(played.trunk, TrunkState.REFUSED, 403, "Forbidden"))
    played.bus.publish(TrunkChanged(TrunkView(played.trunk, "refused", 403, "Forbidden", 1)))
    await expect(page.locator("[data-region=trunks]")).to_contain_text("403 Forbidden")


async def test_health_is_told_in_plain_words(played: Stage, browser: Browser) -> None:
    page = await open_page(await seat(browser, played, "haneul", language="en"), played)
    played.services.health.report("disk", Level.FAILED, "health.disk.failed", free_gb=0)
    await expect(page.locator("[data-region=health]")).to_contain_text("0 GB")


async def test_after_a_break_the_page_is_true_again(played: Stage, browser: Browser) -> None:
    page = await open_page(await seat(browser, played, "haneul"), played)
    async with cut_off(page):
        await expect(page.locator("[data-live-text]")).to_have_text("실시간 연결 안 됨")
        await played.arrive("+821055551234")
    await connected(page)
    await expect(page.locator("[data-region=calls] tbody tr")).to_have_count(1)


async def test_signing_out_elsewhere_is_said_on_the_page(played: Stage, browser: Browser) -> None:
    context = await seat(browser, played, "haneul")
    page = await open_page(context, played)
    (cookie,) = [one for one in await context.cookies() if one["name"].startswith("__Host-soribox")]
    await played.services.access.sign_out(cookie["value"])
    await expect(page.locator("[data-live-signed-out]")).to_be_visible()
