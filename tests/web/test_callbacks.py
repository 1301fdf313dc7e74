"""Callbacks and recalls in a real browser: a list is worked through by keys, and everybody sees it at once."""

from __future__ import annotations

import datetime
from typing import cast

import pytest
from playwright.async_api import Browser, Page, expect

from appliance.callbacks.types import State, Wanted
from appliance.recalls.types import RecallDraft
from appliance.recalls.types import Wanted as RecallsWanted
from sip.api import Originate, Outside
from tests.support.browser import open_page, seat
from tests.support.exchange import Exchange
from tests.support.stage import Stage

pytestmark = pytest.mark.web

PATHS = ("/callbacks", "/callbacks/progress", "/recalls", "/callbacks/1", "/recalls/new", "/callbacks/assign")
MINSEO, STRANGER, THIRD = "+821055551234", "+821099998888", "+821011112222"


async def three_wait(played: Stage) -> None:
    """Let three people wait, the last of whom asked first."""
    await played.customer("최민서", MINSEO, "대한무역")
    await played.wants_callback(THIRD)
    missed = await played.arrive(STRANGER)
    await missed.ring("101")
    await missed.give_up()
    await played.wants_callback(MINSEO)


async def reached_outside(office: Exchange) -> str:
    """Wait until somebody outside is called; return the number."""
    await office.rings("outside")
    orders = [
        one
        for conversation in office.voice.conversations
        for one in office.voice.ordered(conversation, Originate)
        if isinstance(one, Originate) and isinstance(one.target, Outside)
    ]
    return cast(Outside, orders[-1].target).number


async def hang_up(page: Page) -> None:
    """End the call by its key, once the bar shows the call: others hear of it in their own time."""
    await expect(page.locator(".bar-call")).to_have_attribute("data-phase", "calling")
    await page.keyboard.press("F9")


async def fits(page: Page) -> None:
    """Expect that nothing sticks out to the side."""
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ko", {"note": "오후에 다시", "result": "연결 안 됨", "waiting": "대기", "done": "완료했습니다: 최민서"}),
        ("en", {"note": "again at two", "result": "Not reached", "waiting": "Waiting", "done": "Finished: 최민서"}),
    ],
)
async def test_an_agent_works_a_list_by_keys(
    office: Exchange, browser: Browser, language: str, words: dict[str, str]
) -> None:
    await office.customer("최민서", MINSEO, "대한무역")
    for number in (THIRD, STRANGER, MINSEO):
        call = await office.call_in(number)
        office.voice.hang_up(call, "caller", 487)
        await office.until(lambda: not office.live())
    await office.until(lambda: len(office.services.callbacks.waiting()) == 3)
    page = await open_page(await seat(browser, office, "haneul", language=language), office, "/callbacks")
    rows = page.locator("#work-list tr[data-item]")
    await expect(rows).to_have_count(3)
    await expect(page.locator("[data-count=callbacks]")).to_have_text("3")
    await page.keyboard.press("ArrowDown")
    first = page.locator("tr[aria-selected=true]")
    await expect(first).to_contain_text("최민서")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    assert await reached_outside(office) == "01055551234"
    await expect(first).to_have_attribute("data-state", "in_progress")
    await hang_up(page)
    await expect(first).to_have_attribute("data-state", "waiting")
    await expect(first).to_contain_text(words["waiting"])
    await expect(first.locator(".num")).to_have_text("1")
    await page.keyboard.press("a")  # it is mine now
    await expect(first).to_contain_text("김하늘")
    await page.keyboard.press("d")
    dialog = page.locator("#dialog")
    await expect(dialog.locator("input[name=result]:checked")).to_be_focused()
    await expect(dialog.locator("label:has(input[name=result]:checked)")).to_have_text(words["result"])
    await page.keyboard.press("Tab")
    await page.keyboard.type(words["note"])
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(page.locator("[data-done-told]")).to_have_text(words["done"])
    await expect(rows).to_have_count(2)
    await expect(page.locator("[data-count=callbacks]")).to_have_text("2")
    await expect(first).to_contain_text("010-9999-8888")  # the next one is chosen
    (done,) = (await office.services.callbacks.search(Wanted((State.DONE,))))[0]
    assert (done.note, done.result, done.done_by) == (words["note"], "not_reached", "haneul")


async def test_new_ones_appear_and_the_count_stands_on_every_page(played: Stage, browser: Browser) -> None:
    context = await seat(browser, played, "haneul")
    page, other = await open_page(context, played, "/callbacks"), await open_page(context, played, "/customers")
    await expect(page.locator(".empty")).to_be_visible()
    await three_wait(played)
    await expect(page.locator("#work-list tr[data-item]")).to_have_count(3)
    for tab in (page, other):
        await expect(tab.locator("[data-count=callbacks]")).to_have_text("3")
    await expect(page.locator("tr", has_text="010-9999-8888")).to_contain_text("받기 전 끊음")
    await other.reload()
    assert await other.locator("[data-count=callbacks]").text_content() == "3"  # before the channel says so
    await played.services.callbacks.done_all((THIRD, STRANGER, MINSEO), "doyun")
    await expect(page.locator("#work-list tr[data-item]")).to_have_count(0)
    await expect(other.locator("[data-count=callbacks]")).to_be_hidden()


async def test_an_admin_assigns_evenly_and_by_hand_and_takes_back(played: Stage, browser: Browser) -> None:
    await three_wait(played)
    haneul = await open_page(await seat(browser, played, "haneul"), played, "/customers")
    page = await open_page(await seat(browser, played, "admin"), played, "/callbacks")
    dialog = page.locator("#dialog")
    await page.keyboard.press("a")  # none is chosen: all that are nobody's
    await dialog.get_by_label("김하늘").check()
    await dialog.get_by_label("박도윤").check()
    await dialog.locator(".button.main").click()
    await expect(page.locator("[data-done-told]")).to_have_text("콜백 3건을 배정했습니다.")
    await expect(page.locator("#work-list")).to_contain_text("박도윤")
    given = sorted(one.assignee for one in played.services.callbacks.waiting())
    assert len(given) == 3
    assert set(given) == {"doyun", "haneul"}
    await page.locator("[data-choose-all]").check()
    await page.locator("[data-unassign]").click()
    await expect(page.locator("#work-list")).not_to_contain_text("박도윤")
    await page.keyboard.press("Escape")
    await page.locator("#work-list tr", has_text="최민서").locator(".faint").first.click()
    await page.keyboard.press("a")
    await dialog.locator("[data-tick-all]").check()  # haneul is signed in
    await expect(dialog.get_by_label("김하늘")).to_be_checked()
    await dialog.get_by_label("관리자").uncheck()
    await dialog.locator(".button.main").click()
    await expect(page.locator("#work-list tr", has_text="최민서")).to_contain_text("김하늘")
    await page.locator("[name=assignee]").select_option("haneul")
    await expect(page.locator("#work-list tr[data-item]")).to_have_count(1)
    await expect(page.locator("#callback-export")).to_have_attribute("href", "/callbacks/export?assignee=haneul")
    await haneul.goto(played.address + "/callbacks?assignee=me")
    await expect(haneul.locator("#work-list tr[data-item]")).to_have_count(1)
    await expect(haneul.locator("[data-unassign], #callback-export")).to_have_count(0)


async def test_filters_and_history_and_progress(played: Stage, browser: Browser) -> None:
    await three_wait(played)
    page = await open_page(await seat(browser, played, "admin"), played, "/callbacks")
    rows = page.locator("#work-list tr[data-item]")
    for text, count in (("최민서", 1), ("9999", 1), ("0109999", 1), ("nobody", 0), ("", 3)):
        await page.locator("[name=text]").fill(text)
        await expect(rows).to_have_count(count)
    await page.locator("[name=way]").select_option("abandoned")
    await expect(rows).to_have_count(1)
    await page.locator("label", has_text="어제").click()
    await expect(rows).to_have_count(0)
    await page.goto(played.address + "/callbacks")
    await rows.first.locator("[data-work-key=KeyO]").click()
    dialog = page.locator("#dialog")
    await expect(dialog.locator(".timeline")).to_contain_text("전화 옴: 요청")
    await dialog.get_by_text("대기", exact=True).click()
    await dialog.locator("textarea").fill("두 시 이후")
    await dialog.locator(".button.main").click()
    await expect(rows.first).to_contain_text("두 시 이후")
    await expect(rows.first).to_have_attribute("data-state", "waiting")
    await page.locator(".tabs a", has_text="처리 현황").click()
    await expect(page.locator("tr.sum")).to_contain_text("3")
    await expect(page.locator("tr.sum")).to_contain_text("0.0 %")
    await played.services.callbacks.done_all((MINSEO,), "doyun")
    await expect(page.locator("tr.sum")).to_contain_text("33.3 %")


async def test_all_of_a_customer_are_finished_from_the_list_and_the_card(played: Stage, browser: Browser) -> None:
    customer = await played.customer("최민서", MINSEO)
    for _ in range(2):
        await played.wants_callback(MINSEO)
    page = await open_page(await seat(browser, played, "haneul"), played, f"/customers/{customer.id}")
    await expect(page.locator(".callbacks-of")).to_contain_text("010-5555-1234")
    await page.get_by_text("모두 완료").click()
    await expect(page.locator("[data-notice]")).to_have_text("콜백 1건을 완료했습니다.")
    assert not played.services.callbacks.waiting()


async def test_old_ones_are_told_of_and_the_notice_can_be_put_away(played: Stage, browser: Browser) -> None:
    page = await open_page(await seat(browser, played, "haneul"), played, "/customers")
    call = await played.arrive(STRANGER, at_ms=played.now - 5 * 3_600_000)
    await call.ring("101", at_ms=played.now - 5 * 3_600_000 + 1000)
    await call.give_up(at_ms=played.now - 5 * 3_600_000 + 9000)
    strip = page.locator("[data-reminders]")
    await expect(strip).to_contain_text("콜백 1건이 4시간 넘게")
    await strip.locator("[data-hide]").click()
    await expect(strip).to_be_hidden()
    await page.reload()
    await expect(page.locator("html[data-live-state=on]")).to_have_count(1)
    await expect(strip).to_be_hidden()
    await played.services.settings.set(**{"callbacks.remind_hours": 0})
    await expect(strip.locator(".overdue")).to_have_count(0)


async def test_a_promise_is_made_beside_a_call_reminds_in_time_and_is_kept_by_keys(
    office: Exchange, browser: Browser
) -> None:
    await office.customer("최민서", MINSEO)
    page = await open_page(await seat(browser, office, "haneul"), office, "/customers/new")
    call = await office.call_in(MINSEO)
    await page.locator(".pop-links").get_by_text("예약콜").click()
    dialog = page.locator("#dialog")
    await expect(dialog.locator("[name=number]")).to_have_value("010-5555-1234")
    await dialog.locator(".quick button").first.click()
    await dialog.locator("textarea").fill("견적서 문의")
    await dialog.locator(".button.main").click()
    await expect(page.locator("[data-done-told]")).to_contain_text("최민서")
    (made,) = (await office.services.recalls.search(RecallsWanted()))[0]
    assert (made.agent, made.call, made.name) == ("haneul", call, "최민서")
    office.voice.hang_up(call, "caller", 487)
    await office.until(lambda: not office.live())
    strip = page.locator("[data-reminders]")
    await expect(strip).to_be_hidden()
    now = datetime.datetime.now(datetime.UTC).timestamp() * 1000
    soon = RecallDraft(int(now) + 700, "haneul", MINSEO, "최민서", "견적서 문의", call)
    await office.services.recalls.change(made.id, soon)
    await expect(strip.locator(".due")).to_contain_text("견적서 문의")
    await expect(page.locator("[data-count=recalls]")).to_have_text("1")
    await page.locator("main [name=name]").focus()  # whatever one is doing
    await page.keyboard.press("Alt+r")
    assert await reached_outside(office) == "01055551234"
    await hang_up(page)
    await strip.get_by_text("10분 뒤 다시").click()
    await expect(strip).to_be_hidden()
    later = await office.services.recalls.recall(made.id)
    assert later.at_ms > now + 500_000
    await page.goto(office.address + "/recalls")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("d")
    await expect(dialog).to_contain_text("견적서 문의")
    await dialog.locator("textarea").fill("보냈음")
    await dialog.locator(".button.main").click()
    await expect(page.locator("#work-list .empty")).to_be_visible()
    assert (await office.services.recalls.recall(made.id)).done_note == "보냈음"


async def test_others_promises_are_for_those_who_may_see_them(played: Stage, browser: Browser) -> None:
    draft = RecallDraft(played.now + 3_600_000, "doyun", MINSEO, "최민서")
    made = await played.services.recalls.add(draft, "doyun")
    haneul = await open_page(await seat(browser, played, "haneul"), played, "/recalls?whose=everybody")
    await expect(haneul.locator("#work-list tr[data-item]")).to_have_count(0)
    answer = await haneul.goto(f"{played.address}/recalls/{made.id}")
    assert answer is not None
    assert answer.status == 404
    admin = await open_page(await seat(browser, played, "admin"), played, "/recalls?whose=everybody")
    await expect(admin.locator("#work-list tr[data-item]")).to_have_count(1)
    await admin.keyboard.press("ArrowDown")
    await admin.keyboard.press("e")
    dialog = admin.locator("#dialog")
    await dialog.locator("[name=at]").fill("2020-01-01T10:00")
    await dialog.locator(".button.main").click()
    await expect(dialog.locator("#at-error")).to_be_visible()
    await dialog.locator("[name=at]").fill(f"{datetime.datetime.now(datetime.UTC).year + 1}-01-05T10:30")
    await dialog.locator("[name=agent]").select_option("haneul")
    await dialog.locator(".button.main").click()
    await expect(admin.locator("#work-list")).to_contain_text("01-05 10:30")
    await expect(admin.locator("#work-list")).to_contain_text("김하늘")


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_the_pages_fit_small_and_large_screens(played: Stage, browser: Browser, language: str) -> None:
    await three_wait(played)
    for hours, name in ((0.0005, "최민서"), (26, "")):
        at = played.now + int(hours * 3_600_000)
        await played.services.recalls.add(RecallDraft(at, "admin", MINSEO, name, "견적서 문의"), "admin")
    for theme, width, height in (("light", 1366, 768), ("dark", 1920, 1080)):
        context = await seat(browser, played, "admin", language=language, theme=theme, width=width, height=height)
        for path in (
            "/callbacks",
            "/callbacks/progress",
            "/recalls",
            "/callbacks/1",
            "/recalls/new",
            "/callbacks/assign",
        ):
            page = await open_page(context, played, path)
            await fits(page)
            await page.close()
        await context.close()
