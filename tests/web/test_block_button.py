"""The block button in a real browser over real call control: by keys, by mouse, from the pop; never by accident."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from appliance.calls.call import Reason, Result
from tests.support.browser import open_page, seat
from tests.support.exchange import Exchange
from tests.support.guarding import heard_it, is_told, says_something

pytestmark = pytest.mark.web


async def talking(office: Exchange, browser: Browser, path: str = "/customers") -> tuple[Page, str]:
    await says_something(office)
    page = await open_page(await seat(browser, office, "haneul"), office, path)
    call = await office.call_in()
    await office.pick_up("101")
    await expect(page.locator(".bar-call")).to_have_attribute("data-phase", "talking")
    return page, call


async def stand_still(page: Page) -> None:
    """Let no time pass for the button until `sure`: on a slow machine the next key may come late."""
    await page.evaluate("performance.now = ((at) => () => at)(performance.now())")


async def sure(page: Page) -> None:
    """Let the moment pass in which nothing is confirmed, and the last announcement be over here, too."""
    await expect(page.locator("[data-protect-go]")).to_be_enabled()
    await page.evaluate("performance.now = ((at) => () => at)(performance.now() + 450)")


async def test_an_agent_warns_twice_and_terminates_by_keys(office: Exchange, browser: Browser) -> None:
    page, call = await talking(office, browser)
    panel, bar = page.locator("[data-protect]"), page.locator(".bar-call")
    await stand_still(page)
    await page.keyboard.press("Alt+x")
    await expect(panel).to_be_visible()
    await page.keyboard.press("Enter")  # too soon to be meant
    await expect(panel).to_be_visible()
    await sure(page)
    await page.keyboard.press("Enter")
    await expect(page.locator(".bar-playing")).to_contain_text("1차 경고 안내")
    await heard_it(office, call, "1차 경고 안내")
    await expect(page.locator(".bar-stage")).to_contain_text("1차 경고")
    await office.until(lambda: office.caller_hears(call) == {"101"})
    await page.keyboard.press("Alt+x")  # the next stage is what is offered
    await expect(page.locator("[data-protect-does]")).to_have_text("2차 경고 보내기")
    await sure(page)
    await page.keyboard.press("Enter")
    await heard_it(office, call, "2차 경고 안내")
    await expect(page.locator(".bar-stage")).to_contain_text("2차 경고")
    await page.keyboard.press("Alt+x")
    await page.keyboard.press("3")  # a threat, not abuse
    await expect(page.locator("[data-protect-does]")).to_have_text("지금 강제 종료")
    await sure(page)
    await page.keyboard.press("Enter")
    await expect(bar).to_have_attribute("data-phase", "terminating")
    await office.until(lambda: office.hears("101") == set())
    await heard_it(office, call, "협박 종료 안내")
    await expect(bar).to_have_count(0)
    row = await office.services.calls.call(call)
    assert (row.result, [(one.stage, one.reason) for one in row.warned]) == (
        Result.TERMINATED,
        [(1, "abuse"), (2, "abuse"), (3, "threat")],
    )
    await expect(page.locator("[data-own-state]")).to_contain_text("보호 휴식")


async def test_nothing_is_done_by_accident(office: Exchange, browser: Browser) -> None:
    page, call = await talking(office, browser)
    button, panel = page.locator("#bar-protect"), page.locator("[data-protect]")
    await button.dblclick()
    await expect(panel).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    await page.keyboard.press("Alt+x")
    await sure(page)
    await page.keyboard.press("Alt+x")  # the same key again only closes it
    await expect(panel).to_be_hidden()
    await stand_still(page)
    await button.click()
    await page.locator("[data-protect-go]").click()  # at once: it stood under the mouse
    await expect(panel).to_be_visible()
    await page.mouse.click(300, 500)
    await expect(panel).to_be_hidden()
    assert office.caller_hears(call) == {"101"}
    assert not office.only_call.warned


async def test_by_mouse_the_reason_and_the_stage_are_chosen(office: Exchange, browser: Browser) -> None:
    page, call = await talking(office, browser)
    await page.locator("#bar-protect").click()
    await page.get_by_role("radio", name="협박").click()
    await page.get_by_role("radio", name="강제 종료").click()
    await sure(page)
    await page.locator("[data-protect-go]").click()
    await is_told(office, call, "협박 종료 안내")
    await expect(page.locator("#bar-protect")).to_have_attribute("aria-disabled", "true")
    office.voice.hang_up(call, "caller")  # first
    await expect(page.locator(".bar-call")).to_have_count(0)
    assert (await office.services.calls.call(call)).result is Result.TERMINATED


@pytest.mark.parametrize("patience", [0.0, 5.0])  # seconds: the card comes before the store has answered, or after
async def test_the_pop_shows_what_is_remembered_and_has_the_button(
    office: Exchange, browser: Browser, monkeypatch: pytest.MonkeyPatch, patience: float
) -> None:
    monkeypatch.setattr("web.pop_board.PATIENCE_SECONDS", patience)
    page, call = await talking(office, browser)
    await office.services.calls.desk.warn("101", call, 2, Reason.ABUSE, "haneul")
    await heard_it(office, call, "2차 경고 안내")
    await expect(page.locator(".pop .pop-guard")).to_contain_text("2차 경고(폭언)")
    await office.ends_call("caller")
    await expect(page.locator(".bar-call")).to_have_count(0)
    again = await office.call_in()
    await expect(page.locator(f"#pop-{again} .pop-guard")).to_contain_text("2차 경고(폭언)")
    await expect(page.locator(f"#pop-{again} .pop-guard")).to_be_visible()
    await expect(page.locator(f"#pop-{again} [data-opens=protect]")).to_have_count(0)  # it only rings
    await office.pick_up("101")
    await expect(page.locator(".bar-remembered")).to_contain_text("2차 경고")
    await page.locator(f"#pop-{again} [data-opens=protect]").click()
    await expect(page.locator("[data-protect-remembered]")).to_contain_text("2차 경고(폭언)")
    await expect(page.locator("[data-protect-does]")).to_have_text("지금 강제 종료")  # the next stage
    await sure(page)
    await page.keyboard.press("Enter")
    await is_told(office, again, "종료 안내")
