"""The editor of voice menus in a real Chromium: an admin builds a menu of two levels, mends it, and tries it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from appliance.access.types import Role, UserDraft
from appliance.menus.types import Kind, Step
from tests.support.browser import connected, open_page, seat
from tests.support.exchange import Exchange

pytestmark = pytest.mark.web


@pytest.fixture
async def page(office: Exchange, browser: Browser) -> AsyncIterator[Page]:
    """The list of menus, open to an admin who sits at 103. Whatever its scripts get wrong fails the test."""
    access = office.services.access
    admin = await access.user_by_login("admin")
    await access.change_user(admin.id, UserDraft("admin", admin.name, Role.ADMIN, "103", "ko"))
    for name in ("인사말", "배송 안내", "오시는 길"):
        office.has_announcement(name.replace(" ", ""), name)
    context = await seat(browser, office, "admin", language="ko", theme="dark")
    opened = await open_page(context, office, "/menus")
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    yield opened
    await context.close()
    assert not wrong


async def choose(page: Page, way: str) -> None:
    """Press a link that opens the dialog, on a page that has just been shown and may still be reading its scripts."""
    await connected(page)
    await page.click(f"main a[href$='{way}']")


async def add(page: Page, after: str, slot: str, kind: str, name: str, **fields: str) -> None:
    """Let a step follow the one of a name, in the dialog."""
    await connected(page)  # only scripts open the dialog
    await page.locator(".node", has_text=after).first.locator("a[href$='/add']").click()
    await page.select_option("#dialog [name=slot]", slot)
    await fill(page, kind, name, **fields)
    await expect(page.locator(".node b", has_text=name)).to_be_visible()


async def fill(page: Page, kind: str, name: str, **fields: str) -> None:
    await page.select_option("#dialog [name=kind]", kind)
    await page.fill("#dialog [name=name]", name)
    for field, value in fields.items():
        await page.select_option(f"#dialog [name={field}]", value)
    await page.click("#dialog [type=submit]")


async def no_overflow(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


async def test_an_admin_builds_a_menu_of_two_levels_and_tries_it(office: Exchange, page: Page) -> None:
    await page.click(".page-head a[href='/menus/add']")
    await page.fill("#dialog [name=label]", "메인 메뉴")
    await page.keyboard.press("Enter")
    await expect(page.locator("#content h1")).to_have_text("메인 메뉴")
    await page.click("[data-publish]")
    await expect(page.locator(".alert")).to_contain_text("들려줄 멘트를 고르세요")
    await expect(page.locator(".node.wrong .problem")).to_have_count(2)  # at the step itself

    await choose(page, "/steps/s1")
    await fill(page, "choice", "메인 메뉴", announcement="인사말")
    await expect(page.locator(".node").first).to_contain_text("인사말")
    await add(page, "메인 메뉴", "1", "choice", "배송 문의", announcement="배송안내")
    await add(page, "배송 문의", "1", "end", "오시는 길", announcement="오시는길")
    await add(page, "배송 문의", "0", "step", "처음으로", target_step="s1")
    await add(page, "메인 메뉴", "timeout", "group", "상담원 연결", target_group="main")
    await expect(page.locator(".fine")).to_be_visible()
    await no_overflow(page)
    await page.click("[data-publish]")
    await expect(page.locator(".tag.ok", has_text="버전 1")).to_be_visible()
    menu = office.services.menus.all()[0]
    assert menu.root is not None
    assert [(one.slot, one.step.kind) for one in menu.root.branches] == [("1", Kind.CHOICE), ("timeout", Kind.GROUP)]

    await choose(page, "/test")
    await page.click("#dialog [type=submit]")
    await office.until(lambda: office.live() and office.live()[0].menu_path == ("메인 메뉴",))
    office.voice.press(office.only_call.id, "called", "1")
    await office.until(lambda: office.only_call.menu_path == ("메인 메뉴", "배송 문의"))
    call = office.only_call.id
    office.voice.press(call, "called", "0")
    await office.until(lambda: office.only_call.menu_path == ("메인 메뉴",))
    office.voice.hang_up(call, "called")
    await office.until(lambda: not office.live())
    row = await office.services.calls.call(call)
    assert (row.test, row.wants_callback) == (True, False)


async def test_steps_are_moved_and_removed_and_an_older_version_comes_back(office: Exchange, page: Page) -> None:
    menus = office.services.menus
    made = await menus.add("안내")
    await menus.change_step(made.id, Step("s1", Kind.CHOICE, "안내", announcement="인사말"))
    await menus.add_step(made.id, "s1", "1", Step("", Kind.GROUP, "상담", "main"))
    await menus.publish(made.id, "admin")
    await page.goto(f"{office.address}/menus/{made.id}")
    await page.locator(".node a[href$='/steps/s2/move']").click()
    await page.select_option("#dialog [name=place]", "s1/5")
    await page.click("#dialog [type=submit]")
    await expect(page.locator(".node .slot.key")).to_have_text("5")
    await expect(page.locator(".tag.wait")).to_be_visible()  # callers do not hear that yet
    await page.click("[data-publish]")
    await expect(page.locator(".versions li")).to_have_count(2)
    await page.click(".versions a[href$='/versions/1']")
    await expect(page.locator(".node .slot.key")).to_have_text("1")
    await page.click("form[action$='/restore'] button")
    await expect(page.locator(".tag.ok", has_text="버전 3")).to_be_visible()
    await choose(page, "/steps/s2/remove")
    await page.click("#dialog [type=submit]")
    await expect(page.locator(".node")).to_have_count(1)
    await expect(page.locator(".problem-list")).to_contain_text("누를 번호가 없습니다")
