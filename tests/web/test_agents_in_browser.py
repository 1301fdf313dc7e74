"""Seats and states in a real browser: with the keyboard, in every tab, and without reloading."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.async_api import Browser, expect

from appliance.access.permissions import PERMISSIONS
from appliance.agents.types import By, Source
from appliance.phones.types import PhonesChanged
from sip.api import Registration
from tests.support.browser import connected, open_page, seat
from tests.support.stage import PASSWORD, Stage

pytestmark = pytest.mark.web

CALLER = "+821055551234"
BOSS = By(Source.ADMIN, "admin")


def registered(played: Stage, *extensions: str) -> None:
    """Let phones be there, so that their desks are ready."""
    for number in extensions:
        played.edge.registered.append(Registration(number, f"c{number}", "udp:192.0.2.10:5060", "Yealink", 1, 2))
        played.bus.publish(PhonesChanged(number))


async def sit(played: Stage, login: str, extension: str, take_over: bool = False) -> None:
    user = await played.services.access.user_by_login(login)
    await played.services.agents.sit(user, extension, By(Source.AGENT, login), take_over=take_over)


async def test_the_sign_in_offers_the_phone_and_the_pop_follows_it(played: Stage, browser: Browser) -> None:
    registered(played, "101", "103")
    context = await browser.new_context(ignore_https_errors=True, locale="ko-KR")
    page = await context.new_page()
    await page.goto(played.address + "/sign-in")
    extension = page.locator("[name=extension]")
    await page.get_by_label("전화 없이").check()
    await expect(extension).to_be_hidden()
    await page.get_by_label("전화와 함께").check()
    await page.locator("[name=login]").fill("haneul")
    await page.locator("[name=password]").fill(PASSWORD)
    await extension.fill("103")
    await page.keyboard.press("Enter")
    await connected(page)
    own = page.locator("[data-own-state]")
    await expect(own).to_contain_text("103")
    await expect(own).to_contain_text("대기")
    await played.dial("103", CALLER)
    await expect(page.locator(".pop")).to_have_attribute("data-phase", "calling")


async def test_a_state_is_chosen_by_key_and_shows_in_every_tab_and_after_a_reload(
    played: Stage, browser: Browser
) -> None:
    registered(played, "101")
    context = await seat(browser, played, "haneul")
    page, other = await open_page(context, played, "/customers"), await open_page(context, played, "/calls")
    await expect(page.locator("[data-own-state]")).to_contain_text("101")  # they sat down by themselves
    await page.locator("[name=text]").focus()
    await page.keyboard.press("F4")
    await expect(page.locator(".own-kind[aria-current]")).to_be_focused()
    await page.keyboard.press("4")
    for tab in (page, other):
        await expect(tab.locator("[data-own-state] summary")).to_contain_text("점심")
    await expect(page.locator("[data-own-menu]")).not_to_have_attribute("open", "")
    await page.keyboard.press("F4")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(other.locator("[data-own-state] summary")).to_contain_text("자리비움")
    await page.reload()
    await expect(page.locator("[data-own-state] summary")).to_contain_text("자리비움")
    await page.keyboard.press("F4")
    await page.locator("[name=why]").fill("우체국")
    await page.keyboard.press("Enter")  # a reason for the state that one is in
    await expect(page.locator("[data-own-state] summary")).to_have_attribute("title", "내 상태 (F4) · 우체국")
    assert played.services.agents.view("101").kind.key == "away"


async def test_whoever_loses_their_phone_is_told_at_once_and_pops_come_to_the_other(
    played: Stage, browser: Browser
) -> None:
    registered(played, "101", "102")
    haneul = await open_page(await seat(browser, played, "haneul"), played, "/customers")
    doyun = await open_page(await seat(browser, played, "doyun"), played, "/account")
    await doyun.locator(".seat-buttons a", has_text="자리 바꾸기").click()
    await doyun.locator(".seat", has_text="101").click()
    dialog = doyun.locator("#dialog")
    await expect(dialog).to_contain_text("김하늘님이 앉아 있습니다")
    await dialog.locator(".danger").click()
    await expect(doyun.locator("[data-own-state]")).to_contain_text("101")
    await expect(haneul.locator(".own-lost")).to_contain_text("박도윤님이 내 자리를 넘겨받았습니다")
    await expect(haneul.locator("[data-own-state]")).to_contain_text("전화 없음")
    await connected(haneul)
    await played.dial("101", CALLER)
    await expect(doyun.locator(".pop")).to_be_visible()
    await expect(haneul.locator(".pop")).to_have_count(0)
    await haneul.locator(".own-lost").get_by_text("확인").click()
    await expect(haneul.locator(".own-lost")).to_have_count(0)


async def test_after_a_call_one_is_asked_and_may_go_on_working(played: Stage, browser: Browser) -> None:
    registered(played, "101")
    await played.services.settings.set(**{"agents.after_call": "asked"})
    page = await open_page(await seat(browser, played, "haneul"), played, "/customers")
    for button, state in (("후처리 계속", "후처리"), ("대기", "대기")):
        call = await played.arrive(CALLER)
        await call.ring("101")
        await call.answer("101")
        await call.caller_ends()
        asked = page.locator(".own-ask")
        await asked.get_by_text(button, exact=True).click()
        await expect(asked).to_have_count(0)
        await expect(page.locator("[data-own-state] summary")).to_contain_text(state)
        await played.services.agents.choose("101", "ready", "", BOSS)
    await played.services.settings.set(**{"agents.after_call": "timed", "agents.after_call_seconds": 300})
    call = await played.dial("101", CALLER)
    await call.ring()
    await call.answer("101")
    await call.caller_ends()
    await expect(page.locator("[data-until]")).to_contain_text("4:5")


async def test_colleagues_are_seen_as_they_are_and_found_while_one_types(played: Stage, browser: Browser) -> None:
    registered(played, "101", "102", "103")
    await played.customer("최민서", CALLER)
    await sit(played, "doyun", "102")
    page = await open_page(await seat(browser, played, "haneul"), played, "/colleagues")
    doyun = page.locator("#colleague-102")
    await expect(doyun).to_contain_text("대기")
    await played.services.agents.choose("102", "lunch", "", By(Source.AGENT, "doyun"))
    await expect(doyun).to_contain_text("점심")
    call = await played.arrive(CALLER)
    await call.ring("102")
    await expect(doyun.locator(".phone-cell")).to_contain_text("벨 울림")
    await call.answer("102")
    await expect(doyun.locator(".phone-cell")).to_contain_text("통화 중")
    await expect(doyun.locator(".phone-cell")).to_contain_text("최민서")
    await page.keyboard.press("/")
    await page.keyboard.type("점심")
    await expect(page.locator("[data-words]:visible")).to_have_count(1)
    await call.caller_ends()  # what comes over the channel keeps to what was searched
    await expect(doyun.locator(".phone-cell")).to_contain_text("등록됨")
    await expect(page.locator("[data-words]:visible")).to_have_count(1)
    await page.keyboard.type("x")
    await expect(page.locator("[data-none]")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-words]:visible")).to_have_count(3)
    played.edge.registered.clear()
    played.bus.publish(PhonesChanged("103"))
    await expect(page.locator("#colleague-103 .phone-cell")).to_contain_text("등록 안 됨")


async def test_with_whom_a_colleague_talks_is_for_those_who_may_see_calls(
    played: Stage, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(played, "101", "102")
    monkeypatch.setitem(PERMISSIONS, "calls.see_all", replace(PERMISSIONS["calls.see_all"], roles=frozenset()))
    page = await open_page(await seat(browser, played, "haneul"), played, "/colleagues")
    call = await played.dial("102", CALLER)
    await call.ring()
    await call.answer("102")
    cell = page.locator("#colleague-102 .phone-cell")
    await expect(cell).to_contain_text("통화 중")
    await expect(cell).not_to_contain_text("010-5555-1234")


async def test_the_live_view_shows_states_over_which_calls_are_shown(played: Stage, browser: Browser) -> None:
    registered(played, "101", "102")
    await sit(played, "doyun", "102")
    page = await open_page(await seat(browser, played, "haneul", language="en"), played)
    phone = page.locator("#phone-102")
    await played.services.agents.choose("102", "meeting", "", By(Source.AGENT, "doyun"))
    await expect(phone).to_contain_text("Meeting")
    await expect(phone).to_have_attribute("data-state", "busy")
    call = await played.dial("102", CALLER)
    await call.ring()
    await call.answer("102")
    await expect(phone).to_contain_text("Talking")
    await call.caller_ends()
    await expect(phone).to_contain_text("Meeting")


async def test_a_phone_that_stays_away_is_told_to_whoever_sits_there(played: Stage, browser: Browser) -> None:
    await played.services.settings.set(**{"agents.unregistered_seconds": 1})
    page = await open_page(await seat(browser, played, "haneul"), played, "/customers")
    own = page.locator("[data-own-state]")
    await expect(own).to_contain_text("응답 없음")
    await expect(own.locator("summary")).to_have_attribute("title", "내 상태 (F4) · 전화기가 등록되어 있지 않음")
    registered(played, "101")
    await expect(own).to_contain_text("대기")
