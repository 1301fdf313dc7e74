"""Dialling on an analog line, and who has a call there: from the browser over a pseudo-terminal to the log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from appliance.abuse.types import BlockDraft, BlockKind
from appliance.agents.types import AFTER_CALL
from appliance.analog.types import DeviceChoice, LineDraft
from appliance.calls.call import Result, State
from hw import trial_box
from tests.support.browser import open_page, seat
from tests.support.exchange import Exchange
from tests.support.line_office import Log, dialling_box, phone_leaves
from tests.support.serial_line import SerialDevice, SerialModem

pytestmark = pytest.mark.web

KNOWN, TYPED = "+821055551234", "010-5555-1234"
LIFT = "연결완료, 수화기를 들어 주세요"


# Somebody types a number and presses Enter, and in the same moment the bar changes.
ENTER_MEANWHILE = """(number) => {
    const bar = document.querySelector("[data-bar]"), field = bar.querySelector("[data-dial-field]");
    field.focus();
    field.value = number;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.form.requestSubmit();
    bar.dispatchEvent(new CustomEvent("soribox:bar"));
}"""


@pytest.fixture
def office(office_with_a_line: Exchange) -> Exchange:
    return office_with_a_line


@pytest.fixture
async def box(office: Exchange, tmp_path: Path) -> AsyncIterator[SerialDevice]:
    async with dialling_box(office, tmp_path / "ttyCID") as device:
        yield device


async def type_number(page: Page, number: str) -> None:
    await page.keyboard.press("F8")
    await page.keyboard.type(number)
    await expect(page.locator(".bar-target").first).to_be_visible()


async def test_an_agent_dials_by_the_line_that_they_choose(
    office: Exchange, box: SerialDevice, browser: Browser
) -> None:
    log = Log(office)
    await office.customer("최민서", KNOWN, "한빛전자")
    page = await open_page(await seat(browser, office, "haneul"), office)
    await type_number(page, TYPED)
    await page.locator("[data-dial-line]").select_option(label="회선 1")
    await page.locator("[data-dial-field]").press("Enter")
    state = page.locator(".bar-call")
    await expect(state).to_contain_text(LIFT)
    await expect(state).to_contain_text("최민서")
    await expect(page.locator(".pop")).to_contain_text(LIFT)
    assert box.dialled == [(1, "01055551234")]
    await expect(page.locator("#bar-hold")).to_have_attribute("aria-disabled", "true")
    box.lift()
    await expect(state).to_contain_text("통화 중")
    await expect(page.locator(".pop")).to_have_attribute("data-phase", "talking")
    box.put_down()
    await expect(state).to_have_count(0)
    call = await log.last(Result.ANSWERED)
    assert (call.direction, call.far_number, call.extension, call.line) == ("out", KNOWN, "101", "회선 1")
    await page.goto(f"{office.address}/calls/{call.id}")
    await expect(page.locator(".timeline")).to_contain_text("회선 1로 010-5555-1234에 전화를 겁니다")
    await expect(page.locator(".timeline")).to_contain_text("수화기를 들면 통화가 시작됩니다")


async def test_enter_is_not_lost_when_the_bar_changes_while_the_list_is_on_its_way(
    office: Exchange, browser: Browser
) -> None:
    page = await open_page(await seat(browser, office, "haneul"), office)
    await page.evaluate(ENTER_MEANWHILE, TYPED)
    await expect(page.locator(".bar-call")).to_contain_text(TYPED)
    assert office.only_call.extension == "101"


async def test_whose_phone_is_away_calls_numbers_on_pages_by_the_line_and_may_cancel(
    office: Exchange, box: SerialDevice, browser: Browser
) -> None:
    log = Log(office)
    customer = await office.customer("최민서", KNOWN)
    await phone_leaves(office)
    page = await open_page(await seat(browser, office, "haneul"), office, f"/customers/{customer.id}")
    await expect(page.locator(".bar-idle")).to_have_text("회선 1로 걸기")
    await page.locator("main [data-call-to]").first.click()
    await expect(page.locator(".bar-call")).to_contain_text(LIFT)
    await page.keyboard.press("F9")
    await expect(page.locator(".bar-call")).to_have_count(0)
    await office.until(lambda: box.stopped == [1])
    assert (await log.last(Result.CANCELLED)).far_number == KNOWN
    await type_number(page, "119")  # no carrier stands before it
    await office.services.analog.change_line(1, LineDraft("회선 1", prefix="00700"))
    await page.keyboard.press("Enter")
    await office.until(lambda: len(box.dialled) > 1)
    assert box.dialled[1] == (1, "119")


async def test_a_desk_beside_a_line_works_without_a_phone_of_its_own(
    office: Exchange, box: SerialDevice, browser: Browser
) -> None:
    await office.services.settings.set(**{"agents.unregistered_seconds": 1})
    await phone_leaves(office)
    page = await open_page(await seat(browser, office, "haneul"), office)
    state = page.locator("[data-own-state]")
    box.pull_out()
    await expect(state).to_contain_text("응답 없음")  # nothing can reach the desk
    box.plug_in()
    await expect(state).to_contain_text("대기")


async def test_with_a_modem_whoever_dialled_says_that_the_handset_is_up_and_when_it_is_over(
    office: Exchange, browser: Browser, tmp_path: Path
) -> None:
    log = Log(office)
    modem = SerialModem(tmp_path / "ttyMODEM").plug_in()
    await office.services.analog.choose(DeviceChoice(str(modem.path), by_hand=True, dialect="hayes"))
    await office.until(office.services.analog.dialler.ways)
    await phone_leaves(office)
    page = await open_page(await seat(browser, office, "haneul"), office)
    await type_number(page, TYPED)
    await page.keyboard.press("Enter")
    await expect(page.locator(".bar-call")).to_contain_text(LIFT)
    assert modem.stopped == []  # it holds the line until the handset does
    await page.keyboard.press("F8")
    await expect(page.locator(".bar-call")).to_contain_text("통화 중")
    await office.until(lambda: modem.stopped == [1])
    await expect(page.locator("#bar-end")).to_have_text("통화 마침")
    await page.keyboard.press("F9")
    assert (await log.last(Result.ANSWERED)).far_number == KNOWN
    await expect(page.locator(".bar-call")).to_have_count(0)  # in a talk F8 is another button's
    modem.says = b"\r\nBUSY\r\n"
    await type_number(page, TYPED)
    await page.keyboard.press("Enter")
    assert (await log.last(Result.BUSY)).far_number == KNOWN
    modem.pull_out()


async def test_a_device_that_is_pulled_out_says_why_the_call_came_to_nothing(
    office: Exchange, box: SerialDevice, browser: Browser
) -> None:
    log = Log(office)
    await phone_leaves(office)
    box.finishes = False
    page = await open_page(await seat(browser, office, "haneul"), office)
    await type_number(page, TYPED)
    await page.keyboard.press("Enter")
    await expect(page.locator(".bar-call")).to_contain_text("번호 누르는 중")
    box.pull_out()
    await expect(page.locator(".pop .pop-facts")).to_contain_text("장비 연결이 끊김")
    await expect(page.locator(".bar-idle")).to_have_text("내 전화기가 연결되어 있지 않습니다")
    assert (await log.last(Result.FAILED)).far_number == KNOWN


async def test_whoever_took_a_call_says_so_by_one_key_and_it_is_theirs(
    office: Exchange, box: SerialDevice, browser: Browser
) -> None:
    log = Log(office)
    await office.services.settings.set(**{"agents.after_call": "timed"})
    mine = await open_page(await seat(browser, office, "haneul"), office)
    theirs = await open_page(await seat(browser, office, "doyun"), office)
    box.ring("01055551234")
    for page in (mine, theirs):
        await expect(page.locator(".pop [data-step=line-taken]")).to_contain_text("제가 받았습니다")
    box.lift()
    await office.until(lambda: office.only_call.state is State.TALKING)
    assert office.only_call.extension == ""  # two are there: nobody is guessed
    await mine.keyboard.press("F8")
    await expect(mine.locator(".bar-call")).to_contain_text("통화 중")
    await expect(mine.locator(".pop [data-step=line-taken]")).to_have_count(0)
    await expect(theirs.locator(".pop")).to_have_attribute("data-phase", "elsewhere")
    await expect(theirs.locator(".pop .pop-facts")).to_contain_text("김하늘 (101)")
    box.put_down()
    await expect(mine.locator(".pop")).to_have_attribute("data-phase", "ended")
    call = await log.last(Result.ANSWERED)
    assert (call.extension, [one.extension for one in call.parts]) == ("101", ["101"])
    await office.until(lambda: office.services.agents.view("101").kind.key == AFTER_CALL)


async def test_the_only_one_there_need_not_say_it_and_an_admin_corrects_it(
    office: Exchange, box: SerialDevice, browser: Browser
) -> None:
    log = Log(office)
    await open_page(await seat(browser, office, "haneul"), office)
    box.ring("01055551234")
    box.lift()
    await office.until(lambda: office.live() and office.only_call.extension == "101")
    box.put_down()
    call = await log.last(Result.ANSWERED)
    admin = await open_page(await seat(browser, office, "admin"), office, f"/calls/{call.id}")
    await expect(admin.locator(".timeline")).to_contain_text("받은 전화로 적었습니다")
    await admin.locator(".line-taken select").select_option("102")
    await admin.locator(".line-taken button").click()
    await expect(admin.locator("main .facts")).to_contain_text("박도윤 (102)")
    assert (await office.services.calls.call(call.id)).extension == "102"


async def test_a_blocked_caller_who_rings_all_the_same_is_named_as_such(
    office: Exchange, box: SerialDevice, browser: Browser
) -> None:
    await office.services.abuse.blocks.add(BlockDraft(BlockKind.NUMBER, TYPED, "욕설 반복"), "admin")
    page = await open_page(await seat(browser, office, "haneul"), office)
    box.ring("01055551234")
    blocked = page.locator(".pop .pop-line [role=alert]")
    await expect(blocked).to_contain_text("차단한 발신자 · 욕설 반복")
    await expect(blocked).to_contain_text("자동으로 거절하지 못했습니다")
    box.ring("01077778888", channel=2)
    await expect(page.locator(".pop")).to_have_count(2)
    await expect(page.locator(".pop .pop-line [role=alert]")).to_have_count(1)


async def test_the_trial_device_dials_for_an_office_without_any(
    office: Exchange, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(office)
    for name in ("DIALS_S", "LIFTS_S", "TALKS_S"):
        monkeypatch.setattr(trial_box, name, 0.05)
    page = await open_page(await seat(browser, office, "admin"), office, "/devices/simulate")
    await page.get_by_role("button", name="시험 장비 연결").click()
    await expect(page.locator(".device")).to_contain_text("시험 장비")
    await office.until(office.services.analog.dialler.ways)
    await phone_leaves(office)
    agent = await open_page(await seat(browser, office, "haneul"), office)
    await type_number(agent, TYPED)
    await agent.keyboard.press("Enter")
    assert (await log.last(Result.ANSWERED)).extension == "101"
    await page.goto(f"{office.address}/devices/simulate")
    await page.get_by_role("button", name="시험 장비 빼기").click()
    await expect(page.locator("main")).to_contain_text("시험 장비를 뺐습니다.")
    await expect(page.locator(".device")).to_have_count(0)
