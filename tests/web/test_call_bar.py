"""The call bar in a real browser over real call control: a day with keys alone or the mouse, two people, two tabs."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, expect

from appliance.agents.types import By, Source
from appliance.lines.types import OwnNumber
from sip.api import Originate
from tests.support.browser import open_page, seat
from tests.support.exchange import Exchange

pytestmark = pytest.mark.web


async def presses(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


async def may(page: Page, button: str) -> None:
    await expect(page.locator(f"#bar-{button}")).not_to_have_attribute("aria-disabled", "true")


async def may_not(page: Page, button: str, why: str) -> None:
    await expect(page.locator(f"#bar-{button}")).to_have_attribute("aria-disabled", "true")
    await expect(page.locator(f"#bar-{button}")).to_have_attribute("title", re.compile(re.escape(why)))


async def phase(page: Page, wanted: str) -> None:
    await expect(page.locator(".bar-call")).to_have_attribute("data-phase", wanted)


async def idle(page: Page) -> None:
    await expect(page.locator(".bar-call")).to_have_count(0)


async def test_a_day_with_keys_alone(office: Exchange, browser: Browser) -> None:
    await office.customer("최민서", "01055551234", "한빛상사")
    page = await open_page(await seat(browser, office, "haneul"), office, "/customers")
    await may_not(page, "answer", "통화 중이 아닙니다")
    call = await office.call_in()
    await phase(page, "ringing")
    await expect(page.locator(".bar-who")).to_contain_text("최민서 010-5555-1234")
    await presses(page, "F8")
    await phase(page, "talking")
    await expect(page).to_have_url(re.compile("/customers$"))  # nothing was left
    await presses(page, "Alt+h")
    await phase(page, "held")
    await office.until(lambda: office.caller_hears(call) == {"music"})
    await presses(page, "Alt+h")
    await phase(page, "talking")
    await presses(page, "Alt+m")
    await expect(page.get_by_role("button", name="음소거 해제")).to_be_visible()
    await presses(page, "Alt+m")
    await expect(page.get_by_role("button", name="음소거", exact=True)).to_be_visible()
    await presses(page, "Alt+k", "1", "2", "#")
    await expect(page.locator("[data-pad-pressed]")).to_have_text("12#")
    await presses(page, "Escape")
    await expect(page.locator("[data-pad]")).to_be_hidden()
    # Ask a colleague first, join, and give the call away:
    await presses(page, "Alt+c")
    await page.keyboard.type("박도")
    await expect(page.locator("[role=option]")).to_have_count(1)
    await presses(page, "Enter")
    await phase(page, "asking_rings")
    await may_not(page, "join", "상대방이 아직 받지 않았습니다")
    await office.pick_up("102")
    await phase(page, "asking")
    await presses(page, "Alt+w")
    await phase(page, "turned")
    await presses(page, "Alt+j")
    await phase(page, "three")
    await presses(page, "F9")
    await idle(page)
    await office.until(lambda: office.caller_hears(call) == {"102"})
    await office.ends_call("caller")


async def test_dialling_with_keys_alone(office: Exchange, browser: Browser) -> None:
    await office.customer("최민서", "01055551234", "한빛상사")
    page = await open_page(await seat(browser, office, "haneul"), office, "/customers")
    await presses(page, "F8")
    await page.keyboard.type("한빛")
    await expect(page.locator("[role=option]").first).to_contain_text("010-5555-1234")
    await presses(page, "Enter")
    await phase(page, "calling")
    await office.pick_up("outside")
    await phase(page, "talking")
    await presses(page, "F9")
    await idle(page)
    await presses(page, "F8")  # what was called last is offered
    await expect(page.locator(".bar-section")).to_have_text("최근에 건 번호")
    await presses(page, "ArrowDown", "Enter")
    await phase(page, "calling")
    await presses(page, "F9")
    await idle(page)
    await presses(page, "F8")
    await page.locator("[data-dial-field]").fill("+82 (0)10 5555-1234")  # as one pastes it
    await presses(page, "Enter")
    await phase(page, "calling")
    await office.pick_up("outside")
    await phase(page, "talking")
    await presses(page, "Alt+p")
    await idle(page)
    await expect(page.locator(".bar-chip.parked")).to_contain_text("P1 최민서")
    await presses(page, "Alt+p")
    await phase(page, "talking")
    await presses(page, "F9")
    await idle(page)
    await presses(page, "Alt+/")
    await expect(page.locator("#dialog")).to_contain_text("단축키")
    await presses(page, "Escape")
    await expect(page.locator("#dialog")).to_be_hidden()


async def sit(office: Exchange, login: str, extension: str) -> None:
    user = await office.services.access.user_by_login(login)
    await office.services.agents.sit(user, extension, By(Source.AGENT, login))


async def test_a_day_with_the_mouse_in_english(office: Exchange, browser: Browser) -> None:
    page = await open_page(await seat(browser, office, "haneul", language="en", theme="dark"), office, "/customers/new")
    memo = page.locator("main textarea[name=memo]")
    await memo.fill("wants a new ")
    call = await office.call_in()
    await phase(page, "ringing")
    await page.keyboard.type("lamp")  # what rings takes no focus
    await expect(memo).to_have_value("wants a new lamp")
    await page.get_by_role("button", name="Refuse").click()
    await idle(page)
    assert office.only_call.state == "ringing"  # elsewhere
    await office.ends_call("caller")
    call = await office.call_in("01055556789")
    await page.get_by_role("button", name="Answer").click()
    await phase(page, "talking")
    await page.get_by_role("button", name="Hold").click()
    await phase(page, "held")
    await page.get_by_role("button", name="Resume").click()
    await phase(page, "talking")
    await page.get_by_role("button", name="Keypad").click()
    await page.locator("[data-digit='5']").click()
    await expect(page.locator("[data-pad-pressed]")).to_have_text("5")
    await page.get_by_role("button", name="Ask first").click()
    await page.locator("[role=option]", has_text="이서연").click()
    await office.pick_up("103")
    await phase(page, "asking")
    await page.get_by_role("button", name="Take back").click()
    await phase(page, "talking")
    await page.get_by_role("button", name="Three-way").click(force=True)  # there is nobody to join
    await expect(page.locator("[data-bar-told]")).to_have_text("You have asked nobody")
    await page.get_by_role("button", name="Park").click()
    await idle(page)
    await page.locator(".bar-chip.parked").click()
    await phase(page, "talking")
    await office.until(lambda: office.caller_hears(call) == {"101"})
    await page.get_by_role("button", name="Transfer").click()
    await page.locator("[role=option]", has_text="고객지원").click()  # to the group
    await office.pick_up("103")
    await idle(page)
    await office.until(lambda: office.caller_hears(call) == {"103"})
    await expect(memo).to_have_value("wants a new lamp")


async def test_two_agents_give_a_call_to_each_other(office: Exchange, browser: Browser) -> None:
    await office.customer("최민서", "01055551234")
    haneul = await open_page(await seat(browser, office, "haneul"), office, "/customers")
    doyun = await open_page(await seat(browser, office, "doyun"), office, "/colleagues")
    call = await office.call_in()
    await phase(haneul, "ringing")
    await presses(haneul, "F8")
    await phase(haneul, "talking")
    await idle(doyun)
    await presses(haneul, "Alt+c", "1", "0", "2")
    await expect(haneul.locator("[role=option]").first).to_contain_text("박도윤")
    await presses(haneul, "Enter")
    await phase(doyun, "asked_rings")
    await expect(doyun.locator(".bar-who")).to_contain_text("김하늘 (101) 최민서 건으로")
    await presses(doyun, "F8")
    await phase(doyun, "asked")
    await phase(haneul, "asking")
    await presses(haneul, "Alt+t")
    await idle(haneul)
    await phase(doyun, "talking")
    await expect(doyun.locator(".bar-who")).to_contain_text("최민서")
    await expect(doyun.locator(".pop")).to_have_attribute("data-phase", "talking")
    await expect(haneul.locator(".pop")).to_have_attribute("data-phase", "given")
    await doyun.locator("#colleague-101").get_by_role("button", name="돌려주기", exact=True).click()
    await phase(haneul, "ringing")
    await idle(doyun)
    await presses(haneul, "F9")  # refused: it comes back
    await phase(doyun, "returned")
    await presses(doyun, "F8")
    await phase(doyun, "talking")
    await presses(doyun, "Alt+t")
    await doyun.keyboard.type("김하늘")
    await expect(doyun.locator("[role=option]")).to_have_count(1)
    await expect(doyun.locator("[role=option]")).to_contain_text("101")
    await presses(doyun, "Enter")
    await phase(haneul, "ringing")
    await presses(haneul, "F8")
    await phase(haneul, "talking")
    await office.until(lambda: office.caller_hears(call) == {"101"})


async def test_double_clicks_and_two_tabs_do_no_harm(office: Exchange, browser: Browser) -> None:
    context = await seat(browser, office, "haneul")
    page = await open_page(context, office, "/customers")
    other = await open_page(context, office, "/calls")
    call = await office.call_in()
    await phase(other, "ringing")
    await page.locator("#bar-answer").dblclick()
    await phase(other, "talking")
    await page.locator("#bar-hold").dblclick()
    await phase(page, "held")
    await phase(other, "held")
    await other.locator("#bar-hold").click()
    await page.locator("#bar-hold").click()  # resumed already, or held again: never stuck
    await other.locator("#bar-end").dblclick()
    await idle(page)
    await idle(other)
    await office.until(lambda: not [one for one in office.live() if one.id == call])  # the desks are out of it first
    await page.bring_to_front()
    await page.locator("[data-dial-field]").fill("102")
    await page.locator("[data-dial-go]").dblclick()
    await office.until(office.live)  # it dials once its list is there
    await other.locator("[data-dial-field]").fill("103")
    await other.locator("[data-dial-go]").click()
    await expect(other.locator("[data-bar-told]")).to_have_text("통화 중에는 다른 전화를 걸 수 없습니다")
    await expect(other.locator("[data-dial-field]")).to_have_value("103")  # nothing typed is lost
    assert office.only_call.called_number == "102"


async def test_numbers_are_called_by_a_click_and_colleagues_calls_picked_up(office: Exchange, browser: Browser) -> None:
    await office.customer("최민서", "01055551234")
    page = await open_page(await seat(browser, office, "haneul"), office, "/customers")
    await page.locator(".call-to", has_text="010-5555-1234").click()
    await phase(page, "calling")
    await office.pick_up("outside")
    await phase(page, "talking")
    await page.locator("main .call-to").click()  # in a talk it goes where it can be given the call
    await expect(page.locator("[data-dial-field]")).to_have_value("010-5555-1234")
    await presses(page, "Escape", "F9")
    await idle(page)
    await page.goto(f"{office.address}/colleagues")
    await page.locator("#colleague-102 .call-icon").click()
    await office.pick_up("102")
    await phase(page, "talking")
    await expect(page.locator(".bar-who")).to_contain_text("박도윤 (102)")
    await presses(page, "F9")
    await idle(page)
    await office.call_in(rings_at="103")
    await phase(page, "ringing")
    await presses(page, "F9")  # refused here, it rings on elsewhere
    await idle(page)
    await page.locator("#colleague-103").get_by_role("button", name="당겨받기").click()
    await phase(page, "talking")


async def test_a_supervisor_listens_and_the_agent_sees_it(office: Exchange, browser: Browser) -> None:
    await sit(office, "admin", "103")
    agent = await open_page(await seat(browser, office, "haneul"), office, "/customers")
    boss = await open_page(await seat(browser, office, "admin"), office, "/colleagues")
    call = await office.call_in()
    await phase(agent, "ringing")
    await presses(agent, "F8")
    await phase(agent, "talking")
    await boss.locator("#colleague-101").get_by_role("button", name="듣기").click()
    await phase(boss, "listen")
    await expect(agent.locator(".bar-watched")).to_contain_text("이서연 듣는 중")
    await presses(boss, "Alt+w")
    await phase(boss, "whisper")
    await office.until(lambda: office.hears("101") == {"caller", "103"})
    await office.until(lambda: office.caller_hears(call) == {"101"})
    await presses(boss, "Alt+j")
    await phase(boss, "barge")
    await office.services.settings.set(**{"calls.monitor_shown": False})
    await expect(agent.locator(".bar-watched")).to_have_count(0)
    await presses(boss, "F9")
    await idle(boss)
    await phase(agent, "talking")
    plain = await open_page(await seat(browser, office, "doyun"), office, "/colleagues")
    await expect(plain.locator("#colleague-101 .phone-cell")).to_contain_text("통화 중")
    await expect(plain.locator("[data-step=monitor]")).to_have_count(0)


async def test_the_bar_comes_and_goes_with_the_phone(office: Exchange, browser: Browser) -> None:
    page = await open_page(await seat(browser, office, "haneul"), office, "/customers")
    await expect(page.locator("[data-bar] [data-own-state]")).to_contain_text("101")
    office.edge.phone_leaves("101")
    await expect(page.locator(".own-phone.bad")).to_be_visible()
    await expect(page.locator(".bar-idle")).to_have_text("내 전화기가 연결되어 있지 않습니다")
    user = await office.services.access.user_by_login("haneul")
    await office.services.agents.stand(user, By(Source.AGENT, "haneul"))
    await expect(page.locator("[data-bar]")).to_be_hidden()
    await expect(page.locator("header [data-own-state]")).to_be_visible()
    await sit(office, "haneul", "102")
    await expect(page.locator("[data-bar] [data-own-state]")).to_contain_text("102")


async def test_an_announcement_is_played_by_its_number_and_stopped(office: Exchange, browser: Browser) -> None:
    office.has_announcement("bill", "요금 안내")
    office.has_announcement("route", "오시는 길")
    page = await open_page(await seat(browser, office, "haneul"), office, "/customers")
    call = await office.call_in()
    await phase(page, "ringing")
    await presses(page, "F8")
    await phase(page, "talking")
    await presses(page, "Alt+a", "2")
    await expect(page.locator(".bar-playing")).to_contain_text("오시는 길")
    await office.until(lambda: len(office.caller_hears(call)) == 2)
    await expect(page.locator("main [name=text]")).to_be_focused()  # back where one was
    await presses(page, "Alt+a")
    await expect(page.locator(".bar-playing")).to_have_count(0)


async def test_which_number_is_shown_is_chosen_for_one_call(office: Exchange, browser: Browser) -> None:
    await office.services.lines.add_number(OwnNumber("+82317654321", "영업", office.trunk, "main"))
    page = await open_page(await seat(browser, office, "haneul"), office, "/calls")
    await presses(page, "F8")
    await page.keyboard.type("0212349999")
    await expect(page.locator("[role=option]")).to_have_attribute("data-to", "+82212349999")  # the last list
    await page.locator("[data-dial-shown]").select_option("+82317654321")
    await page.locator("[data-dial-shown]").press("Enter")
    await phase(page, "calling")
    await office.rings("outside")
    (leg,) = office.voice.ordered(office.only_call.id, Originate)[1:]
    assert isinstance(leg, Originate)
    assert leg.shown.number.endswith("317654321")
    await presses(page, "F9")
    await idle(page)
    await presses(page, "F8")
    await expect(page.locator("[data-dial-shown]")).to_have_value("+82212345678")  # the usual one again


async def test_a_dialog_keeps_nobody_from_a_call(office: Exchange, browser: Browser) -> None:
    page = await open_page(await seat(browser, office, "haneul"), office, "/calls")
    await page.locator("main").press("?")
    await expect(page.locator("#dialog")).to_contain_text("단축키")
    await office.call_in()
    await phase(page, "ringing")
    await presses(page, "F4")  # one's own state rests meanwhile
    await expect(page.locator("[data-own-menu]")).not_to_have_attribute("open", "")
    await page.locator("#bar-answer").click()
    await phase(page, "talking")
    await expect(page.locator("#dialog")).to_be_visible()


async def test_the_recording_is_paused_by_key_for_a_card_number_and_the_bar_says_so(
    office: Exchange, browser: Browser
) -> None:
    page = await open_page(await seat(browser, office, "haneul"), office, "/calls")
    await may_not(page, "pause", "통화 중이 아닙니다")
    await office.call_in()
    await office.pick_up("101")
    await phase(page, "talking")
    await presses(page, "Alt+s")
    await expect(page.locator(".bar-paused")).to_contain_text("녹음 멈춤")
    assert office.only_call.paused
    await expect(page.locator("#bar-pause")).to_have_attribute("aria-label", "녹음 다시 시작")
    await page.click("#bar-pause")
    await expect(page.locator(".bar-paused")).to_have_count(0)
    assert not office.only_call.paused
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
