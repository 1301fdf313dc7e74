"""The admin's way through the panel in a real Chromium, in both languages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from appliance.access.throttle import Pace
from appliance.access.types import UserDraft
from appliance.lines.types import LinesChanged
from appliance.phones.types import PhonesChanged
from sip.api import Registration
from tests.support.panel import ADMIN, PASSWORD, Box

pytestmark = pytest.mark.web

LANGUAGES = ("ko", "en")


@pytest.fixture
async def page(box: Box, browser: Browser) -> AsyncIterator[Page]:
    """A window in front of the new box. Whatever a page's scripts get wrong fails the test."""
    context = await browser.new_context(
        ignore_https_errors=True, locale="ko-KR", viewport={"width": 1366, "height": 768}, base_url=box.url
    )
    wrong: list[str] = []
    opened = await context.new_page()
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    yield opened
    await context.close()
    assert not wrong


async def signed_in(page: Page, box: Box, language: str) -> None:
    """Set the box up without the browser and sign in with it."""
    await box.set_up(language)
    await page.goto("/sign-in")
    await page.fill("[name=login]", ADMIN)
    await page.fill("[name=password]", PASSWORD)
    await page.press("[name=password]", "Enter")
    await page.wait_for_selector(".user-menu")
    user = await box.services.access.user_by_login(ADMIN)
    await box.services.access.set_preferences(user.id, language=language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_new_box_is_set_up_in_one_page(box: Box, page: Page, language: str) -> None:
    await page.goto("/")
    await page.click(f".languages button[value={language}]")
    await expect(page.locator("html")).to_have_attribute("lang", language)
    await page.fill("[name=code]", "1111-1111")
    for name, value in (
        ("name", "박사장"), ("login", "boss"), ("password", PASSWORD), ("again", PASSWORD), ("office_name", "한빛치과"),
    ):  # fmt: skip
        await page.fill(f"[name={name}]", value)
    await page.select_option("select[name=language]", language)
    await page.select_option("[name=area_code]", "051")
    await page.click("form.form [type=submit]")
    await expect(page.locator("#code-error")).to_be_visible()
    await expect(page.locator("[name=office_name]")).to_have_value("한빛치과")
    await page.fill("[name=code]", box.services.access.setup_code())
    await page.fill("[name=password]", PASSWORD)
    await page.fill("[name=again]", PASSWORD)
    await page.click("form.form [type=submit]")
    await expect(page.locator(".user-menu summary")).to_contain_text("박사장")
    await expect(page.locator(".brand")).to_contain_text("한빛치과")
    assert box.services.settings.get("office.area_code") == "051"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_extension_is_added_in_the_dialog_and_its_phone_appears_by_itself(
    box: Box, page: Page, language: str
) -> None:
    await signed_in(page, box, language)
    await page.goto("/extensions")
    await page.click("a[href='/extensions/add'] >> nth=0")
    await expect(page.locator("#dialog [name=name]")).to_be_focused()
    await page.fill("#dialog [name=number]", "119")
    await page.fill("#dialog [name=name]", "접수창구")
    await page.click("#dialog [type=submit]")
    await expect(page.locator("#dialog #number-error")).to_be_visible()
    await expect(page.locator("#dialog [name=name]")).to_have_value("접수창구")
    await expect(page.locator("#dialog [name=number]")).to_be_focused()
    await page.fill("#dialog [name=number]", "101")
    await page.press("#dialog [name=number]", "Enter")
    await expect(page.locator("#fact-password")).to_be_visible()
    await page.goto("/extensions")
    await page.wait_for_selector("html[data-live-state=on]")
    now = box.services.clock.now_ms()
    box.edge.phones = (Registration("101", "c", "udp:192.0.2.31:5060", "Yealink SIP-T46U", now, now + 60_000),)
    box.services.bus.publish(PhonesChanged("101"))
    await expect(page.locator("#extension-table")).to_contain_text("Yealink SIP-T46U")


async def test_escape_and_cancel_close_the_dialog_and_give_the_focus_back(box: Box, page: Page) -> None:
    await signed_in(page, box, "ko")
    await page.goto("/users")
    opener = page.locator("a[href='/users/add']")
    await opener.click()
    await expect(page.locator("#dialog [name=name]")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#dialog")).to_be_hidden()
    await expect(opener).to_be_focused()
    await opener.press("Enter")
    await page.click("#dialog [data-close]")
    await expect(page.locator("#dialog")).to_be_hidden()


async def test_a_double_click_on_add_makes_one_user(box: Box, page: Page) -> None:
    await signed_in(page, box, "ko")
    await page.goto("/users/add")
    await page.fill("[name=name]", "김민지")
    await page.fill("[name=login]", "minji")
    await page.dblclick("form.form [type=submit]")
    await expect(page.locator("#fact-password")).to_be_visible()
    assert len(await box.services.access.users()) == 2


async def test_a_user_with_a_made_password_chooses_an_own_one_first(box: Box, page: Page) -> None:
    await box.set_up()
    new = await box.services.access.add_user(UserDraft("minji", "김민지"))
    await page.goto("/calls")
    await page.fill("[name=login]", "minji")
    await page.fill("[name=password]", new.password)
    await page.click("form.form [type=submit]")
    await expect(page).to_have_url(box.url + "/account/password")
    await page.fill("[name=old]", new.password)
    await page.fill("[name=new]", "own words of minji")
    await page.fill("[name=again]", "own words of minji")
    await page.click("form.form [type=submit]")
    await expect(page.locator(".user-menu summary")).to_contain_text("김민지")


async def test_the_seconds_to_wait_count_down(box: Box, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.access.service._PER_PERSON", Pace(first_ms=60_000))
    await box.set_up("en")
    visitor = await box.visitor()
    for _ in range(5):
        await visitor.post("/sign-in", {"login": ADMIN, "password": "wrong password"})
    await page.goto("/sign-in")
    await page.fill("[name=login]", ADMIN)
    await page.fill("[name=password]", "wrong password")
    await page.click("form.form [type=submit]")
    told = page.locator("[data-wait]")
    before = await told.text_content() or ""
    assert any(letter.isdigit() for letter in before)
    await expect(told).not_to_have_text(before)


async def test_the_colours_follow_the_choice_at_once(box: Box, page: Page) -> None:
    await signed_in(page, box, "ko")
    ground = (
        "getComputedStyle(document.body).backgroundColor + getComputedStyle(document.documentElement).backgroundColor"
    )
    light = await page.evaluate(ground)
    await page.click(".user-menu summary")
    await page.click(".themes button[value=dark]")
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert await page.evaluate(ground) != light


async def test_only_the_parts_that_fit_the_choice_are_shown(box: Box, page: Page) -> None:
    await signed_in(page, box, "ko")
    await box.services.lines.add_extension("101", "접수창구")
    await page.goto("/groups/main")
    members = page.locator("input[name=members]")
    await expect(members).to_be_hidden()
    await page.check("input[name=who][value=chosen]")
    await expect(members).to_be_visible()


async def test_lists_stay_true_while_somebody_else_works(box: Box, page: Page) -> None:
    await signed_in(page, box, "ko")
    await page.goto("/extensions")
    await page.wait_for_selector("html[data-live-state=on]")
    await box.services.lines.add_extension("101", "새로 생긴 자리")
    box.services.bus.publish(LinesChanged("extensions"))
    await expect(page.locator("#extension-table")).to_contain_text("새로 생긴 자리")
