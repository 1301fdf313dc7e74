"""The dialog in a real browser: it holds back the page behind it, but never a call that comes in."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from appliance.access.types import Role, UserDraft
from tests.support.browser import open_page, seat
from tests.support.stage import Stage

pytestmark = pytest.mark.web

STRANGER = "+82317654321"


async def admin_with_a_phone(played: Stage, browser: Browser, path: str, width: int = 1366) -> Page:
    """Open a page as the admin, who has extension 103 in this office."""
    await played.services.access.change_user(
        played.admin.user.id, UserDraft("admin", "관리자", Role.ADMIN, "103", "ko")
    )
    return await open_page(await seat(browser, played, "admin", width=width), played, path)


@pytest.mark.parametrize("width", [1366, 1920])
async def test_a_call_during_a_dialog_can_be_seen_and_worked_on(played: Stage, browser: Browser, width: int) -> None:
    page = await admin_with_a_phone(played, browser, "/extensions", width)
    await page.locator(".page-head [data-dialog]").click()
    dialog, name = page.locator("#dialog"), page.locator("#dialog [name=name]")
    await name.fill("접수창구")
    await played.arrive(STRANGER)
    pop = page.locator(".pop")
    await expect(pop).to_be_visible()
    await expect(name).to_be_focused()
    there, beside = await pop.bounding_box(), await dialog.bounding_box()
    assert there
    assert beside
    assert beside["x"] + beside["width"] <= there["x"]  # neither covers the other

    await page.keyboard.press("F2")
    await page.keyboard.type("정우진")
    await pop.locator("[data-pop-save]").click()
    await expect(pop.locator(".pop-who")).to_contain_text("정우진")
    await pop.locator("[name=memo]").focus()
    await page.keyboard.press("Escape")
    await expect(name).to_be_focused()  # back to where F2 was pressed; the dialog is still there
    await expect(name).to_have_value("접수창구")


async def test_the_page_behind_a_dialog_rests_and_comes_back(played: Stage, browser: Browser) -> None:
    page = await admin_with_a_phone(played, browser, "/extensions")
    opener = page.locator(".page-head [data-dialog]")
    await opener.click()
    dialog = page.locator("#dialog")
    await expect(dialog).to_be_visible()
    await page.locator(".menu a").first.evaluate("link => link.focus()")
    await expect(page.locator(".menu a").first).not_to_be_focused()
    await page.mouse.click(220, 700)
    await expect(dialog).to_be_hidden()
    await expect(opener).to_be_focused()


async def test_neither_a_click_beside_the_dialog_nor_escape_throws_away_what_was_typed(
    played: Stage, browser: Browser
) -> None:
    page = await admin_with_a_phone(played, browser, "/extensions")
    await page.locator(".page-head [data-dialog]").click()
    name = page.locator("#dialog [name=name]")
    await name.fill("접수창구")
    await page.mouse.click(220, 700)
    await expect(name).to_have_value("접수창구")
    await page.keyboard.press("Escape")
    await expect(name).to_have_value("접수창구")
    await page.locator("#dialog [data-close]").first.click()
    await expect(page.locator("#dialog")).to_be_hidden()
