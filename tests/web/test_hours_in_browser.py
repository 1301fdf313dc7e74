"""The page of hours in a real Chromium: an admin sets hours and asks what callers would get; the night switch lives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest
from playwright.async_api import Browser, Page, expect

from appliance.calls.events import CallArrived, CallChanged
from appliance.calls.ports import OverflowKind
from appliance.hours.types import Holiday, Occasion, Span
from tests.support.browser import connected, open_page, seat
from tests.support.stage import Stage

pytestmark = pytest.mark.web


async def opened(played: Stage, browser: Browser, language: str, path: str) -> AsyncIterator[Page]:
    """Open a page. Whatever its scripts get wrong fails the test."""
    context = await seat(browser, played, "admin", language=language)
    page = await open_page(context, played, path)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    yield page
    await context.close()
    assert not [said for said in wrong if "422" not in said]  # a form that is refused is meant to be


@pytest.fixture(params=["ko", "en"])
async def page(request: pytest.FixtureRequest, played: Stage, browser: Browser) -> AsyncIterator[Page]:
    """The page of hours, in each language."""
    christmas = Holiday(date(2026, 12, 25), "기독탄신일", "Christmas Day")
    await played.services.hours.renew_holidays((christmas,), (2026,))
    async for page in opened(played, browser, str(request.param), "/hours?month=2026-12"):
        yield page


async def test_an_admin_sets_hours_and_sees_what_a_caller_would_get(played: Stage, page: Page) -> None:
    hours = played.services.hours
    await page.click(".force button")
    await expect(page.locator(".force")).to_have_class("card force on")
    assert hours.in_force

    await page.click("[data-schedule=usual] .moves a")
    await page.fill("[name=open_mon]", "8:30-12, 13-17:30")
    await page.fill("[name=lunch_mon]", "")
    await expect(page.locator("[name=extension_lunch]")).to_be_hidden()
    await page.select_option("[name=kind_lunch]", "extension")
    await page.select_option("[name=extension_lunch]", "101")
    await expect(page.locator("[name=announcement_lunch]")).to_be_hidden()
    await page.select_option("[name=kind_after_hours]", "callback")
    await expect(page.locator("[name=announcement_after_hours]")).to_be_visible()
    await page.click(".buttons [type=submit]")
    await expect(page.locator("[data-schedule=usual]")).to_be_visible()
    usual = hours.kept.schedules[0]
    assert usual.week[0].spans == (Span(510, 720), Span(780, 1050))
    assert usual.instead_of(Occasion.AFTER_HOURS).kind is OverflowKind.CALLBACK

    await connected(page)  # what is asked there is asked by a script
    answer = page.locator("#what .answer")
    await page.fill("[name=day]", "2026-11-24")
    await page.fill("[name=time]", "12:15")
    await expect(answer).to_contain_text("12:00–13:00")
    await expect(answer).to_contain_text("101 김하늘")
    await page.fill("[name=day]", "2026-11-23")
    await expect(answer).to_contain_text("08:30–12:00, 13:00–17:30")
    await page.fill("[name=day]", "2026-12-25")
    await expect(answer).to_contain_text("기독탄신일" if await _korean(page) else "Christmas Day")


async def test_a_day_of_the_calendar_is_changed_in_the_dialog(played: Stage, page: Page) -> None:
    await page.click("a[href='/hours/days/2026-12-24']")
    await expect(page.locator("#dialog [name=spans]")).to_be_hidden()
    await page.check("#dialog [name=what][value=other]")
    await page.fill("#dialog [name=name]", "Half day")
    await page.fill("#dialog [name=spans]", "half past nine")
    await page.click("#dialog [type=submit]")
    await expect(page.locator("#dialog #spans-error")).to_contain_text("half past nine")
    await page.fill("#dialog [name=spans]", "9-12")
    await page.click("#dialog [type=submit]")
    await expect(page.locator(".day.special")).to_contain_text("Half day")
    await expect(page.locator(".day.special")).to_contain_text("09:00–12:00")
    await connected(page)
    await page.click("a[href='/hours/days/2026-12-25']")
    await page.check("#dialog [name=what][value=work]")
    await page.click("#dialog [type=submit]")
    await expect(page.locator(".day.holiday")).to_have_count(0)
    assert not played.services.hours.kept.calendar.holidays[date(2026, 12, 25)].observed


async def test_the_night_switch_is_turned_in_the_header_and_shown_in_every_tab(
    played: Stage, browser: Browser, page: Page
) -> None:
    async for other in opened(played, browser, "en", "/calls"):
        await expect(other.locator(".night")).not_to_have_class("night on")
        await page.click("header .night")
        await page.check("#dialog [name=how][value=time]")
        await page.fill("#dialog [name=until]", "23:58")
        await page.click("#dialog [type=submit]")
        await expect(page.locator("header .night.on")).to_contain_text("23:58")
        await expect(other.locator("header .night.on")).to_contain_text("until 23:58")
        await connected(page)
        await played.services.hours.switch_night(False, "101")
        await expect(page.locator("header .night.on")).to_have_count(0)
        await expect(other.locator("header .night.on")).to_have_count(0)
        await played.services.hours.switch_night(True, "101")
        period = page.locator("[data-schedule=usual] .tag").first
        await expect(period).to_have_text("야간 전환" if await _korean(page) else "Night")


async def test_a_caller_who_only_hears_that_the_office_is_closed_brings_no_card(
    played: Stage, browser: Browser
) -> None:
    page = await open_page(await seat(browser, played, "haneul"), played)
    first = await played.arrive("+821055551234")
    await expect(page.locator(".pop")).to_have_count(1)
    played.bus.publish(CallArrived(replace(first.view, id="closed", closed=True)))
    played.bus.publish(CallChanged(replace(first.view, id="closed", closed=True)))
    await played.arrive("+82317654321")
    await expect(page.locator(".pop")).to_have_count(2)


async def _korean(page: Page) -> bool:
    return await page.locator("html").get_attribute("lang") == "ko"
