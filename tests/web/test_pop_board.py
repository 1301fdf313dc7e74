"""Cards that come late all the same: for whom a call concerns later on, and of whom the store tells in disorder."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, expect

from appliance.calls.call import Direction
from appliance.crm.types import Customer
from sip.api import Extensions
from tests.support.browser import open_page, seat
from tests.support.stage import MAIN_NUMBER, Stage

pytestmark = pytest.mark.web

CALLER = "+821055551234"


async def test_a_call_pops_where_it_comes_to_after_it_rang_where_nobody_looks(played: Stage, browser: Browser) -> None:
    page = await open_page(await seat(browser, played, "haneul"), played, "/customers")
    elsewhere = (Direction.IN, CALLER, "", "shown", MAIN_NUMBER, MAIN_NUMBER, "", "", Extensions(("103",)), 0)
    call = await played._begin(*elsewhere)
    await call.ring("103")
    await expect(page.locator(".pop")).to_have_count(0)
    await call.ring("101")
    await expect(page.locator(".pop .pop-who")).to_contain_text("010-5555-1234")


async def test_a_customer_saved_while_the_store_is_asked_is_on_the_card(
    played: Stage, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await open_page(await seat(browser, played, "haneul"), played, "/customers")
    customers, asked, answers = played.services.customers, asyncio.Event(), asyncio.Event()
    ask = customers.for_number

    async def late(number: str) -> Customer | None:
        found = await ask(number)
        if not asked.is_set():
            asked.set()
            await answers.wait()
        return found

    monkeypatch.setattr(customers, "for_number", late)
    call = await played.arrive(CALLER)
    await asked.wait()
    await played.customer("최민서", CALLER)
    await expect(page.locator(".pop .pop-who")).to_contain_text("최민서")
    answers.set()  # with what was true before
    await call.ring("101")
    await call.answer("101")
    await expect(page.locator(".pop")).to_have_attribute("data-phase", "talking")
    await expect(page.locator(".pop .pop-who")).to_contain_text("최민서")
