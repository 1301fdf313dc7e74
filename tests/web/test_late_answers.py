"""An answer that comes late changes nothing that is newer: a list, one's own state, a part that follows the channel."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Browser, Page, Route, expect

from appliance.lines.types import OwnNumber
from appliance.phones.types import PhonesChanged
from sip.api import Registration
from tests.support.browser import open_page, seat
from tests.support.exchange import Exchange
from tests.support.stage import Stage

pytestmark = pytest.mark.web

MINSEO, THIRD = "+821055551234", "+821011112222"


class Late:
    """The first answer of an address: it is made at once, and comes when it is let go."""

    def __init__(self) -> None:
        self.made = asyncio.Event()
        self._let_go = asyncio.Event()

    async def hold(self, page: Page, address: re.Pattern[str]) -> None:
        """Hold the next answer of `address`."""
        await page.route(address, self._held, times=1)

    async def _held(self, route: Route) -> None:
        answer = await route.fetch()
        self.made.set()
        await self._let_go.wait()
        await route.fulfill(response=answer)

    async def comes(self, page: Page, address: re.Pattern[str]) -> None:
        """Let it go, and wait until the page has dealt with it: it hears of a later answer then."""
        async with page.expect_response(address):
            self._let_go.set()
        await page.evaluate("fetch('/agents/own-state').then((answer) => answer.text())")


def registers(played: Stage, number: str) -> None:
    played.edge.registered.append(Registration(number, f"c{number}", "udp:192.0.2.10:5060", "Yealink", 1, 2))
    played.bus.publish(PhonesChanged(number))


async def test_a_list_that_was_asked_for_with_other_filters_does_not_come_back(played: Stage, browser: Browser) -> None:
    await played.wants_callback(MINSEO)
    page = await open_page(await seat(browser, played, "haneul"), played, "/callbacks")
    late, address = Late(), re.compile("/callbacks$")
    await late.hold(page, address)
    await played.wants_callback(THIRD)
    await late.made.wait()
    await page.locator("[name=text]").fill("5555")
    await expect(page).to_have_url(re.compile("text=5555"))
    async with page.expect_response(re.compile("text=5555")):  # it looks again, with what was chosen
        await late.comes(page, address)
    await expect(page.locator("#work-list tr[data-item]")).to_have_count(1)


async def test_a_menu_that_was_opened_again_stays_open(played: Stage, browser: Browser) -> None:
    registers(played, "101")
    page = await open_page(await seat(browser, played, "haneul"), played, "/customers")
    late, address, menu = Late(), re.compile("/agents/state$"), page.locator("[data-own-menu]")
    await late.hold(page, address)
    await page.keyboard.press("F4")
    await page.keyboard.press("4")
    await late.made.wait()
    await expect(menu.locator("summary")).to_contain_text("점심")
    await expect(menu).not_to_have_attribute("open", "")
    await page.keyboard.press("F4")
    await late.comes(page, address)
    await expect(menu).to_have_attribute("open", "")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(menu.locator("summary")).to_contain_text("자리비움")


async def test_a_part_does_not_become_what_it_was_before(played: Stage, browser: Browser) -> None:
    page = await open_page(await seat(browser, played, "admin"), played, "/extensions")
    late, address = Late(), re.compile("/extensions/table$")
    await late.hold(page, address)
    registers(played, "101")
    await late.made.wait()
    registers(played, "102")
    row = page.locator("#extension-table tr", has_text="박도윤")
    await expect(row).to_contain_text("Yealink")
    await late.comes(page, address)
    await expect(row).to_contain_text("Yealink")


async def test_what_is_being_chosen_in_the_list_of_the_bar_stays_when_a_call_comes(
    office: Exchange, browser: Browser
) -> None:
    await office.services.lines.add_number(OwnNumber("+82317654321", "영업", office.trunk, "main"))
    page = await open_page(await seat(browser, office, "haneul"), office, "/calls")
    await page.keyboard.press("F8")
    await page.keyboard.type("0212349999")
    await expect(page.locator("[role=option]")).to_have_attribute("data-to", "+82212349999")
    choice = page.locator("[data-dial-shown]")
    await choice.focus()
    await office.call_in()
    await expect(page.locator(".bar-call")).to_have_attribute("data-phase", "ringing")
    await page.evaluate("fetch('/agents/own-state').then((answer) => answer.text())")
    await expect(choice).to_be_focused()
