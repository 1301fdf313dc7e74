"""The pop in a real browser: it appears with the call, follows it, and never loses or touches what is being typed."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from appliance.crm.types import CustomerDraft
from tests.support.browser import connected, open_page, seat
from tests.support.cut_off import cut_off
from tests.support.stage import Stage

pytestmark = pytest.mark.web

KNOWN = "+821055551234"
STRANGER = "+82317654321"


async def test_a_call_pops_with_who_it_is_and_follows_it_to_its_end(played: Stage, browser: Browser) -> None:
    await played.customer("최민서", KNOWN, "한빛전자", "견적 문의 중")
    earlier = await played.arrive(KNOWN, at_ms=played.now - 86_400_000)
    await earlier.ring("101", "102", at_ms=earlier.live.started_ms)
    await earlier.answer("102", at_ms=earlier.live.started_ms + 4000)
    await earlier.caller_ends(at_ms=earlier.live.started_ms + 64_000)
    page = await open_page(await seat(browser, played, "haneul"), played)

    call = await played.arrive(KNOWN)
    pop = page.locator(".pop")
    await expect(pop).to_have_attribute("data-phase", "ringing")
    await expect(pop.locator(".pop-who")).to_contain_text("최민서")
    await expect(pop.locator(".pop-who")).to_contain_text("한빛전자")
    await expect(pop.locator(".pop-number")).to_contain_text("010-5555-1234")
    await expect(pop.locator(".pop-number")).to_contain_text("휴대전화")
    await expect(pop.locator(".pop-facts")).to_contain_text("대표번호")
    await expect(pop.locator(".pop-facts")).to_contain_text("고객지원")
    await expect(pop.locator(".pop-facts")).to_contain_text("박도윤 (102)")
    await expect(pop.locator("[name=memo]")).to_have_value("견적 문의 중")

    await call.ring("101", "102")
    await call.answer("101")
    await expect(pop).to_have_attribute("data-phase", "talking")
    await expect(pop.locator(".pop-state")).to_contain_text("통화 중")
    await call.hold()
    await expect(pop.locator(".pop-state")).to_contain_text("보류 중")
    await call.caller_ends()
    await expect(pop.locator(".pop-state")).to_contain_text("통화 종료")


async def test_a_company_without_a_person_pops_by_its_own_name(played: Stage, browser: Browser) -> None:
    await played.customer("", KNOWN, "한빛전자")
    page = await open_page(await seat(browser, played, "haneul"), played)
    await played.arrive(KNOWN)
    await expect(page.locator(".pop .pop-who")).to_have_text("한빛전자")
    await expect(page.locator(".pop .pop-number")).to_contain_text("010-5555-1234")
    await expect(page.locator(".pop .pop-number")).not_to_contain_text("등록되지 않은 번호")


async def test_the_colleague_sees_who_took_the_call(played: Stage, browser: Browser) -> None:
    page = await open_page(await seat(browser, played, "doyun"), played)
    call = await played.arrive(STRANGER)
    await call.ring("101", "102")
    await call.answer("101")
    pop = page.locator(".pop")
    await expect(pop).to_have_attribute("data-phase", "elsewhere")
    await expect(pop.locator(".pop-facts")).to_contain_text("김하늘 (101)")


async def test_a_missed_call_says_so_and_can_be_closed_in_every_tab(played: Stage, browser: Browser) -> None:
    context = await seat(browser, played, "haneul")
    page, other = await open_page(context, played), await open_page(context, played)
    call = await played.arrive(STRANGER)
    await call.ring("101")
    await call.give_up()
    await expect(page.locator(".pop .pop-state")).to_contain_text("부재중 전화")
    await page.locator(".pop [data-pop-close]").click()
    await expect(page.locator(".pop")).to_have_count(0)
    await expect(other.locator(".pop")).to_have_count(0)
    await other.reload()
    await connected(other)
    await expect(other.locator(".pop")).to_have_count(0)


async def test_a_withheld_number_is_named_as_such_and_nothing_can_be_saved(played: Stage, browser: Browser) -> None:
    page = await open_page(await seat(browser, played, "haneul"), played)
    await played.arrive("", presentation="withheld")
    await expect(page.locator(".pop .pop-who")).to_have_text("발신번호표시제한")
    await expect(page.locator(".pop form")).to_have_count(0)


async def test_typed_text_survives_updates_reload_and_reconnect(played: Stage, browser: Browser) -> None:
    page = await open_page(await seat(browser, played, "haneul"), played)
    call = await played.arrive(STRANGER)
    memo, name = page.locator(".pop [name=memo]"), page.locator(".pop [name=name]")
    await name.click()
    await page.keyboard.type("정우진")
    await memo.click()
    await page.keyboard.type("내일 오전에 다시")
    await call.ring("101", "102")
    await call.answer("101")
    await expect(page.locator(".pop")).to_have_attribute("data-phase", "talking")
    await page.keyboard.type(" 전화")  # the focus was not taken
    await expect(memo).to_have_value("내일 오전에 다시 전화")

    await page.reload()
    await expect(page.locator(".pop [name=memo]")).to_have_value("내일 오전에 다시 전화")
    await expect(page.locator(".pop [name=name]")).to_have_value("정우진")

    async with cut_off(page):
        await call.caller_ends()
    await connected(page)
    await expect(page.locator(".pop .pop-state")).to_contain_text("통화 종료")
    await expect(page.locator(".pop [name=memo]")).to_have_value("내일 오전에 다시 전화")

    await page.locator(".pop [data-pop-save]").click()
    await expect(page.locator(".pop .pop-who")).to_contain_text("정우진")
    saved = await played.services.customers.for_number(STRANGER)
    assert saved is not None
    assert (saved.name, saved.memo) == ("정우진", "내일 오전에 다시 전화")
    await expect(page.locator(".pop [data-pop-note]")).to_have_text("저장했습니다")
    assert not await page.evaluate("Object.keys(localStorage).some((key) => key.includes('.draft.'))")


async def test_two_calls_at_once_stack_and_the_one_in_use_stays_open(played: Stage, browser: Browser) -> None:
    page = await open_page(await seat(browser, played, "haneul"), played)
    first = await played.arrive(STRANGER)
    await first.ring("101")
    await first.answer("101")
    await page.locator(".pop [name=memo]").fill("첫 통화")
    second = await played.arrive(KNOWN)
    await expect(page.locator(".pop")).to_have_count(2)
    mine, other = page.locator(f"#pop-{first.id}"), page.locator(f"#pop-{second.id}")
    await expect(mine).to_have_attribute("data-open", "")
    await expect(other).not_to_have_attribute("data-open", "")
    await expect(other.locator(".pop-who")).to_have_text("010-5555-1234")
    await other.locator("[data-pop-toggle]").click()
    await expect(other.locator("[name=name]")).to_be_visible()
    await expect(mine.locator("[name=memo]")).to_have_value("첫 통화")


async def test_finished_calls_do_not_pile_up_but_what_was_typed_stays(played: Stage, browser: Browser) -> None:
    page = await open_page(await seat(browser, played, "haneul"), played)
    calls = []
    for n in range(6):
        calls.append(await played.arrive(f"+8210222233{n:02}"))
        await expect(page.locator(f"#pop-{calls[n].id}")).to_have_attribute("data-open", "")  # below those before
    await expect(page.locator(".pop")).to_have_count(6)
    first = page.locator(f"#pop-{calls[0].id}")
    await first.locator("[data-pop-toggle]").click()
    await first.locator("[name=memo]").fill("다시 걸기로 함")
    await first.locator("[name=memo]").blur()
    await page.mouse.move(0, 0)  # a card under the mouse would stay
    for call in calls:
        await call.ring("101")
        await call.give_up()
    await expect(page.locator(".pop")).to_have_count(4)
    await expect(first).to_be_visible()
    for call in calls[3:]:
        await expect(page.locator(f"#pop-{call.id}")).to_be_visible()


async def test_a_card_with_unsaved_text_asks_before_it_closes(played: Stage, browser: Browser) -> None:
    page = await open_page(await seat(browser, played, "haneul"), played)
    call = await played.arrive(STRANGER)
    await page.locator(".pop [name=name]").fill("한지호")
    await call.give_up()
    await page.locator(".pop [data-pop-close]").click()
    await expect(page.locator("[data-pop-leave]")).to_be_visible()
    await page.locator("[data-leave-save]").click()
    await expect(page.locator(".pop")).to_have_count(0)
    saved = await played.services.customers.for_number(STRANGER)
    assert saved is not None
    assert saved.name == "한지호"


async def test_when_two_people_change_a_customer_both_values_are_shown(played: Stage, browser: Browser) -> None:
    customer = await played.customer("최민서", KNOWN, "한빛전자")
    page = await open_page(await seat(browser, played, "haneul"), played)
    await played.arrive(KNOWN)
    await page.locator(".pop [name=company]").fill("한빛물산")
    await played.services.customers.save(
        CustomerDraft(customer.id, "최민서", "한빛상사", customer.numbers, ""), customer.updated_ms
    )
    await page.locator(".pop [data-pop-save]").click()
    await expect(page.locator(".pop-clash")).to_contain_text("한빛상사")
    await expect(page.locator(".pop [name=company]")).to_have_value("한빛물산")
    await page.locator(".pop [data-pop-save]").click()
    await expect(page.locator(".pop .pop-note")).to_have_text("저장했습니다")
    assert (await played.services.customers.customer(customer.id)).company == "한빛물산"


async def test_what_a_save_came_to_stays_when_the_call_goes_on(played: Stage, browser: Browser) -> None:
    page = await open_page(await seat(browser, played, "haneul"), played)
    call = await played.arrive(STRANGER)
    await page.locator(".pop [name=name]").fill("한지호")
    await page.locator(".pop [data-pop-save]").click()
    await expect(page.locator(".pop [data-pop-note]")).to_have_text("저장했습니다")
    await call.ring("101")
    await call.answer("101")
    await expect(page.locator(".pop")).to_have_attribute("data-phase", "talking")
    await expect(page.locator(".pop [data-pop-note]")).to_have_text("저장했습니다")
    await page.locator(".pop [name=memo]").fill("내일")
    await expect(page.locator(".pop [data-pop-note]")).not_to_have_text("저장했습니다")


async def test_a_card_that_is_closed_goes_from_tabs_whose_connection_is_gone_too(
    played: Stage, browser: Browser
) -> None:
    context = await seat(browser, played, "haneul")
    page, other = await open_page(context, played), await open_page(context, played)
    call = await played.arrive(STRANGER)
    await call.give_up()
    await expect(other.locator(".pop .pop-state")).to_contain_text("부재중 전화")
    async with cut_off(page), cut_off(other):
        await page.locator(".pop [data-pop-close]").click()
        await expect(other.locator(".pop")).to_have_count(0)
    await connected(other)
    await expect(other.locator(".pop")).to_have_count(0)


async def test_the_pop_speaks_english_too(played: Stage, browser: Browser) -> None:
    page = await open_page(await seat(browser, played, "haneul", language="en"), played)
    await played.arrive(STRANGER)
    await expect(page.locator(".pop .pop-state")).to_contain_text("Incoming call")
    await expect(page.locator(".pop .pop-facts")).to_contain_text("First call with this number")


async def test_somebody_without_that_phone_sees_no_pop(played: Stage, browser: Browser) -> None:
    admin = await open_page(await seat(browser, played, "admin"), played)
    agent = await open_page(await seat(browser, played, "haneul"), played)
    await played.arrive(STRANGER)
    await expect(agent.locator(".pop")).to_have_count(1)
    await expect(admin.locator(".pop")).to_have_count(0)
    await expect(admin.locator("[data-region=calls] tbody tr")).to_have_count(1)


# The page is given room for the corner when that has been painted.
LAST_LINE_IS_FREE = """() => {
    scrollTo(0, document.body.scrollHeight);
    const corner = document.querySelector(".pops").getBoundingClientRect();
    return document.querySelector("main table").getBoundingClientRect().bottom <= corner.top;
}"""

HIDEABLE = """
window.Notification = class extends EventTarget {
    static permission = "granted";
    constructor(title, options) { super(); window.toldOf(`${title} ${options.body}`); }
    close() {}
};
window.away = false;
Object.defineProperty(document, "hidden", { get: () => window.away });
window.said = [];  // what the other tabs say: theirs alone is ever visible when this one is away
new BroadcastChannel("soribox.tabs").addEventListener("message", ({ data }) => said.push(data));
window.leave = (away) => { window.away = away; document.dispatchEvent(new Event("visibilitychange")); };
"""


async def hideable(played: Stage, browser: Browser) -> tuple[BrowserContext, asyncio.Queue[str]]:
    """Return a window whose tabs can be hidden with `leave(true)`, and the desktop notices it shows."""
    context, told = await seat(browser, played, "haneul"), asyncio.Queue[str]()
    await context.expose_function("toldOf", told.put_nowait)
    await context.add_init_script(HIDEABLE)
    return context, told


async def test_a_desktop_notice_is_shown_once_and_only_when_no_tab_can_be_seen(played: Stage, browser: Browser) -> None:
    context, told = await hideable(played, browser)
    page, other = await open_page(context, played), await open_page(context, played, "/calls")
    await page.evaluate("leave(true)")
    await page.evaluate("said = []")
    await other.evaluate("leave(false)")  # it says that it is there
    await page.wait_for_function("said.some(({ visible }) => visible)")
    await page.evaluate("said = []")
    await played.arrive(STRANGER)
    await expect(page.locator(".pop")).to_have_count(1)
    await expect(other.locator(".pop")).to_have_count(1)
    await page.wait_for_function("said.some(({ visible }) => visible)")  # the other was asked while it could be seen
    await other.evaluate("leave(true)")
    await played.arrive(KNOWN)
    await expect(page.locator(".pop")).to_have_count(2)
    await expect(other.locator(".pop")).to_have_count(2)
    notice = await asyncio.wait_for(told.get(), 20)
    assert "010-5555-1234" in notice  # the first call could be seen
    assert await page.evaluate("navigator.locks.query().then((locks) => locks.held.length)") == 1
    assert told.empty()


async def test_a_visible_tab_that_is_gone_does_not_keep_notices_back(played: Stage, browser: Browser) -> None:
    context, told = await hideable(played, browser)
    page, other = await open_page(context, played), await open_page(context, played)
    await page.evaluate("leave(true)")
    await other.close()
    await played.arrive(STRANGER)
    assert "031-765-4321" in await asyncio.wait_for(told.get(), 20)


async def test_the_corner_folds_so_that_tables_keep_their_right_end_and_unfolds_for_a_new_call(
    played: Stage, browser: Browser
) -> None:
    page = await open_page(await seat(browser, played, "haneul"), played, "/calls")
    for number in (KNOWN, STRANGER):
        call = await played.arrive(number)
        await call.ring("101")
        await call.answer("101")
        await call.caller_ends()
    pops = page.locator(".pops")
    await expect(page.locator(".pop")).to_have_count(2)
    await page.click("[data-pops-fold]")
    small = await pops.bounding_box()
    assert small is not None
    assert (small["width"], small["height"] < 180) == (216, True)
    await page.reload()
    await connected(page)
    await expect(pops).to_have_attribute("data-folded", "")
    await page.wait_for_function(LAST_LINE_IS_FREE)
    await (await played.arrive("+821099998888")).ring("101")
    await expect(pops).not_to_have_attribute("data-folded", "")


async def test_many_calls_leave_the_call_bar_free(played: Stage, browser: Browser) -> None:
    page = await open_page(await seat(browser, played, "haneul"), played, "/calls")
    await page.set_viewport_size({"width": 1366, "height": 768})
    for last in range(9):
        await (await played.arrive(f"+82109999{last:04}")).ring("101")
    await expect(page.locator(".pop")).to_have_count(9)
    bar, fold = await page.locator(".bar").bounding_box(), await page.locator("[data-pops-fold]").bounding_box()
    assert bar is not None
    assert fold is not None
    assert bar["y"] + bar["height"] <= fold["y"]
