"""Customers in a real browser: found as you type, several numbers, nobody's change is lost."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from appliance.core.errors import NotFound
from appliance.crm.types import CustomerDraft
from tests.support.browser import open_page, seat
from tests.support.stage import Stage

pytestmark = pytest.mark.web

KNOWN = "+821055551234"


async def test_customers_are_found_while_one_types(played: Stage, browser: Browser) -> None:
    await played.customer("최민서", KNOWN, "한빛전자")
    await played.customer("오세훈", "+821044440001", "대성기계")
    page = await open_page(await seat(browser, played, "haneul"), played, "/customers")
    shown = page.locator("#customer-list tbody tr")
    for text, name in (("최민", "최민서"), ("대성", "오세훈"), ("5555", "최민서")):
        await page.locator("main [name=text]").fill(text)
        await expect(shown).to_have_count(1)
        await expect(shown).to_contain_text(name)
    await page.locator("main [name=text]").fill("없는 이름")
    await expect(page.locator("#customer-list")).to_contain_text("맞는 고객이 없습니다")


async def test_a_customer_is_added_with_several_numbers_and_their_calls_stand_beside(
    played: Stage, browser: Browser
) -> None:
    call = await played.arrive(KNOWN)
    await call.give_up()
    page = await open_page(await seat(browser, played, "haneul"), played, f"/calls/{call.id}")
    await page.locator(".page-head >> text=고객 등록").click()
    numbers = page.locator("main [name=numbers]")
    await expect(numbers).to_have_value("010-5555-1234")
    await page.locator("main [name=name]").fill("정우진")
    await page.locator("[data-add-number]").click()
    await numbers.nth(1).fill("02-555-1212")
    await page.locator("[data-customer] button[type=submit]").first.click()
    await expect(page.locator(".notice")).to_contain_text("정우진")
    saved = await played.services.customers.for_number("+8225551212")
    assert saved is not None
    assert saved.numbers == (KNOWN, "+8225551212")
    await expect(page.locator(f"#call-{call.id}")).to_contain_text("부재중")


async def test_a_wrong_number_is_told_beside_its_field_and_nothing_typed_is_lost(
    played: Stage, browser: Browser
) -> None:
    page = await open_page(await seat(browser, played, "haneul"), played, "/customers/new")
    await page.locator("main [name=name]").fill("정우진")
    await page.locator("main [name=numbers]").fill("전화 없음")
    await page.locator("[data-customer] button[type=submit]").first.click()
    await expect(page.locator(".numbers .error")).to_contain_text("올바른 전화번호가 아닙니다")
    await expect(page.locator("main [name=name]")).to_have_value("정우진")


async def test_when_two_people_edit_a_card_both_values_are_kept(played: Stage, browser: Browser) -> None:
    customer = await played.customer("최민서", KNOWN, "한빛전자", "기존 메모")
    page = await open_page(await seat(browser, played, "haneul"), played, f"/customers/{customer.id}")
    await page.locator("main [name=company]").fill("한빛물산")
    await page.locator("main [name=memo]").fill("내 메모")
    await played.services.customers.save(
        CustomerDraft(customer.id, "최민서", "한빛상사", customer.numbers, "동료 메모"), customer.updated_ms
    )
    await page.locator("[data-customer] button[type=submit]").first.click()
    await expect(page.locator(".pop-clash")).to_have_count(2)
    await expect(page.locator("main [name=company]")).to_have_value("한빛물산")
    await expect(page.locator("main [name=memo]")).to_have_value("내 메모")
    await page.locator("[data-take=memo]").click()
    await page.locator("[data-customer] button[type=submit]").first.click()
    await expect(page.locator(".notice")).to_be_visible()
    saved = await played.services.customers.customer(customer.id)
    assert (saved.company, saved.memo) == ("한빛물산", "동료 메모")


async def test_before_anything_is_typed_the_newest_customers_are_listed(played: Stage, browser: Browser) -> None:
    await played.customer("최민서", KNOWN)
    await played.customer("정우진", "+82317654321")
    page = await open_page(await seat(browser, played, "haneul"), played, "/customers")
    await expect(page.locator("#customer-list tbody a.strong")).to_have_text(["정우진", "최민서"])
    await expect(page.locator("#customer-list h2")).to_have_text("최근 등록한 고객")


async def test_only_an_admin_may_remove_a_customer(played: Stage, browser: Browser) -> None:
    customer = await played.customer("최민서", KNOWN)
    agent = await open_page(await seat(browser, played, "haneul"), played, f"/customers/{customer.id}")
    await expect(agent.locator(".remove-line")).to_have_count(0)
    admin = await open_page(await seat(browser, played, "admin", language="en"), played, f"/customers/{customer.id}")
    await admin.locator(".remove-line button").click()
    await admin.locator("#dialog [data-close]").click()
    await expect(admin.locator("#dialog")).to_be_hidden()
    await expect(admin.locator(".remove-line button")).to_be_focused()
    await admin.locator(".remove-line button").click()
    await admin.locator("#dialog .danger").click()
    await expect(admin.locator(".notice")).to_contain_text("The customer was removed")
    with pytest.raises(NotFound):
        await played.services.customers.customer(customer.id)
