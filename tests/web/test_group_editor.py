"""The editor of a ring group in a real Chromium: by keyboard alone, with the consequence drawn as one goes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from appliance.calls.ports import Overflow, OverflowKind, Strategy
from tests.support.browser import open_page, seat
from tests.support.stage import Stage

pytestmark = pytest.mark.web


@pytest.fixture
async def page(played: Stage, browser: Browser) -> AsyncIterator[Page]:
    """The form for a new group. Whatever a page's scripts get wrong fails the test."""
    context = await seat(browser, played, "admin", language="en")
    opened = await open_page(context, played, "/groups/add")
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    yield opened
    await context.close()
    assert not wrong


async def press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


async def tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus, as somebody without a mouse would."""
    for _ in range(60):
        if await page.evaluate("what => document.activeElement.matches(what)", selector):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached with Tab")


async def walk_to(page: Page, name: str, choice: str) -> None:
    """Choose with the arrow; letters would have to follow each other within half a second."""
    await tab_to(page, f"[name={name}]")
    for _ in range(10):
        if await page.locator(f"[name={name}]").input_value() == choice:
            return
        await page.keyboard.press("ArrowDown")
    raise AssertionError(f"{choice} cannot be chosen with the arrow")


async def test_a_group_is_made_with_the_keyboard_alone(played: Stage, page: Page) -> None:
    steps = page.locator("#consequence li")
    await expect(page.locator("[name=label]")).to_be_focused()
    await page.keyboard.type("Desk")
    for number in ("101", "102", "103"):
        await tab_to(page, f"[name=members][value='{number}']")
        await press(page, "Space")
    await expect(steps.first).to_contain_text("101 김하늘, 102 박도윤, 103 이서연 ring together for 20 s")

    # 103 goes to the top: once with Alt and an arrow, once with its button. The focus stays with it.
    await press(page, "Alt+ArrowUp")
    await expect(page.locator("[name=members][value='103']")).to_be_focused()
    await tab_to(page, "[data-member^='103'] [data-move=up]")
    await press(page, "Enter")
    await expect(page.locator("[data-member^='103'] [data-move=up]")).to_be_focused()
    await expect(page.locator("[data-order-said]")).to_have_text("103 이서연 is now number 1 of 3")
    await expect(steps.first).to_contain_text("103 이서연, 101 김하늘, 102 박도윤 ring together")

    await tab_to(page, "[name=priority_102]")
    await press(page, "2")
    await expect(steps.nth(1)).to_contain_text("102 박도윤 rings for 20 s")

    await tab_to(page, "[name=strategy]")
    await press(page, "ArrowDown")
    await expect(steps.first).to_contain_text("103 이서연, 101 김하늘, 102 박도윤 ring one after another")
    await expect(steps).to_have_count(2)

    await expect(page.locator("[name=queue_seconds]")).to_be_hidden()
    await tab_to(page, "[name=queue]")
    await press(page, "Space")
    await tab_to(page, "[name=queue_seconds]")
    await press(page, "Control+a")
    await page.keyboard.type("90")
    await expect(steps.nth(1)).to_contain_text("1 min 30 s altogether")

    await walk_to(page, "overflow", "extension")
    await walk_to(page, "overflow_extension", "102")
    await expect(steps.last).to_contain_text("Then the call goes to extension 102 박도윤")
    await tab_to(page, ".buttons [type=submit]")
    await press(page, "Enter")
    await expect(page).to_have_url(played.address + "/groups")

    made = next(group for group in played.services.lines.snapshot().groups if group.id == "desk")
    assert made.members == ("103", "101", "102")
    assert made.priorities == {"102": 2}
    assert made.strategy is Strategy.ORDER
    assert (made.queue, made.queue_seconds) == (True, 90)
    assert made.overflow == Overflow(OverflowKind.EXTENSION, "102")


async def test_members_are_dragged_into_their_order(played: Stage, page: Page) -> None:
    for number in ("101", "102", "103"):
        await page.check(f"[name=members][value='{number}']")
    together = page.locator("#consequence li").first
    await expect(together).to_contain_text("101 김하늘, 102 박도윤, 103 이서연")  # nothing moves any more
    row = page.locator("[data-member]")
    await row.nth(2).locator(".icon").first.drag_to(row.nth(0), target_position={"x": 40, "y": 3})
    await expect(row.nth(0)).to_contain_text("103")
    await expect(page.locator("#consequence li").first).to_contain_text("103 이서연, 101 김하늘, 102 박도윤")
    await page.uncheck("[name=members][value='101']")
    await expect(row.nth(2)).to_contain_text("101")
    await expect(page.locator("#consequence li").first).to_contain_text("103 이서연, 102 박도윤")


async def test_a_value_that_cannot_be_used_yet_is_told_while_it_is_typed(played: Stage, page: Page) -> None:
    await page.check("[name=members][value='101']")
    await page.fill("[name=ring_seconds]", "2")
    await expect(page.locator("#consequence")).to_contain_text("cannot be used yet")
    await page.fill("[name=ring_seconds]", "25")
    await expect(page.locator("#consequence li").first).to_contain_text("101 김하늘 rings for 25 s")
    await expect(page.locator("#consequence")).not_to_contain_text("cannot be used yet")
