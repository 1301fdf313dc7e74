"""Lamps and buttons through the panel: what lamps show of calls, what buttons do, and the way back into the panel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from blockbuster import BlockBuster
from playwright.async_api import Browser, Page, expect

from appliance.access.types import AccessEntry
from appliance.calls.call import Result as CallResult
from appliance.calls.events import CallEnded
from appliance.calls.service import CallFilter
from appliance.indicators import holding
from appliance.indicators import service as indicators_service
from appliance.indicators.service import Indicators, IndicatorsChanged, Lamp, Pattern, Result
from hw.pins.api import ButtonKind
from hw.pins.box_pins import BoxPins
from hw.pins.gpio import MockGpio
from sip.api import TrunkState
from tests.support.browser import connected, open_page, seat
from tests.support.exchange import PHONES, Exchange, exchange

pytestmark = pytest.mark.web

KEY_MAP = """
name = "key"
simulated = true
[lamps]
power = { pin = "GPIO12" }
[buttons]
key = { kind = "night", pin = "GPIO17", switch = true, pull = "down" }
"""


async def with_pins(office: Exchange, board: str, folder: Path) -> Indicators:
    indicators = office.services.indicators
    await indicators.start(BoxPins(board, folder / "pins", office.services.clock.call_later))
    return indicators


@pytest.fixture
async def office(
    tmp_path: Path, blocking_is_an_error: BlockBuster, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Exchange]:
    monkeypatch.setitem(holding.SECONDS, ButtonKind.RESET, 0.5)
    monkeypatch.setitem(holding.SECONDS, ButtonKind.PANIC, 0.2)
    blocking_is_an_error.deactivate()  # starting may touch the disk; serving may not
    async with exchange(tmp_path / "box", *PHONES) as made:
        await with_pins(made, "simulator", tmp_path)
        blocking_is_an_error.activate()
        yield made
        blocking_is_an_error.deactivate()


def patterns(office: Exchange) -> dict[Lamp, Pattern]:
    return {one.lamp: one.pattern for one in office.services.indicators.lamps()}


def watched(office: Exchange, lamp: Lamp) -> list[Pattern]:
    """Return a list of what a lamp shows from now on: signals are over after a second, whoever looks then or not."""
    seen: list[Pattern] = []
    office.bus.subscribe(IndicatorsChanged, lambda _: seen.append(patterns(office)[lamp]))
    return seen


async def let_go(office: Exchange, kind: ButtonKind, monkeypatch: pytest.MonkeyPatch) -> Result:
    """Press a button for a moment, which is too short however late the machine notices that it was let go."""
    with monkeypatch.context() as patch:
        patch.setitem(holding.SECONDS, kind, 60)
        return (await office.services.indicators.press(kind, seconds=0.1)).result


async def shows(office: Exchange, lamp: Lamp, pattern: Pattern) -> None:
    await office.until(lambda: patterns(office)[lamp] is pattern)


async def logged(office: Exchange, what: str) -> list[AccessEntry]:
    return [one for one in await office.services.access.entries() if one.what == what]


async def test_lamps_follow_a_call_from_its_ring_to_its_end(office: Exchange) -> None:
    assert patterns(office)[Lamp.POWER] is Pattern.HEARTBEAT
    for lit in (True, False, True):  # the lamp itself beats
        await office.until(lambda lit=lit: office.services.indicators.lamps()[0].lit is lit)  # type: ignore[misc]
    assert patterns(office)[Lamp.RINGING] is Pattern.OFF
    await office.call_in()
    await shows(office, Lamp.RINGING, Pattern.FAST)
    await office.pick_up("101")
    await office.talks("101")
    await shows(office, Lamp.RINGING, Pattern.OFF)
    await office.ends_call("caller")
    await office.until(lambda: not office.live())
    await office.call_in("01066667777", rings_at="102")
    await shows(office, Lamp.RINGING, Pattern.FAST)
    await office.ends_call("caller")  # nobody answered: there is somebody to call back
    await shows(office, Lamp.CALLBACKS, Pattern.SLOW)


async def test_lamps_tell_of_lines_and_faults_and_are_dark_when_the_box_stops(office: Exchange) -> None:
    indicators = office.services.indicators
    await shows(office, Lamp.LINE, Pattern.ON)
    assert patterns(office)[Lamp.FAULT] is Pattern.OFF
    office.edge.trunk_becomes(office.trunk, TrunkState.UNREACHABLE)
    await shows(office, Lamp.LINE, Pattern.FAST)
    await shows(office, Lamp.FAULT, Pattern.FAST)
    office.edge.trunk_becomes(office.trunk, TrunkState.REACHABLE)
    await shows(office, Lamp.LINE, Pattern.ON)
    await shows(office, Lamp.FAULT, Pattern.OFF)
    indicators.test_lamps()
    assert all(one.lit for one in indicators.lamps())
    pins = indicators._pins
    await indicators.stop()
    assert pins is not None
    assert pins.lit() == frozenset()
    await indicators.stop()


async def test_the_night_button_turns_the_night_switch_over_and_its_lamp_says_so(office: Exchange) -> None:
    indicators, hours = office.services.indicators, office.services.hours
    seen = watched(office, Lamp.NIGHT)
    assert (await indicators.press(ButtonKind.NIGHT)).result is Result.NIGHT_ON
    assert (hours.night.on, hours.night.by) == (True, "본체 버튼")
    assert Pattern.FLICKER in seen
    await shows(office, Lamp.NIGHT, Pattern.ON)
    assert (await indicators.press(ButtonKind.NIGHT)).result is Result.NIGHT_OFF
    assert not hours.night.on
    assert [one.details for one in await logged(office, "button_night")] == [
        {"result": "night_off"},
        {"result": "night_on"},
    ]


async def test_the_panic_button_ends_its_desks_call_as_the_block_button_does(
    office: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    indicators, seen = office.services.indicators, watched(office, Lamp.FAULT)
    await indicators.choose_desk("panic-1", "101")
    await office.call_in()
    await office.pick_up("101")
    await office.talks("101")
    other = await indicators.press(ButtonKind.PANIC, "102")
    assert other.result is Result.NO_CALL, "nobody else's call is touched"
    assert Pattern.DOUBLE in seen
    assert await let_go(office, ButtonKind.PANIC, monkeypatch) is Result.LET_GO
    assert [one.answered_ms > 0 and not one.terminating for one in office.live()] == [True]
    ended: list[CallEnded] = []
    office.bus.subscribe(CallEnded, ended.append)
    pressed = await indicators.press(ButtonKind.PANIC)
    assert (pressed.button, pressed.result) == ("panic-1", Result.ENDED)
    assert Pattern.FLICKER in seen
    await office.until(lambda: ended)
    [call] = (await office.services.calls.search(CallFilter())).calls
    assert pressed.pressed_ms + 200 <= pressed.held_ms <= call.warned[-1].at_ms, "at once, not when it is let go"
    assert (call.result, call.warned[-1].by, call.warned[-1].extension) == (CallResult.TERMINATED, "본체 버튼", "101")
    again = await indicators.press(ButtonKind.PANIC)
    assert again.result is Result.NO_CALL
    noted = [(one.who, one.about, one.details["result"]) for one in await logged(office, "button_panic")]
    assert noted == [
        ("본체 버튼", "101", "no_call"),
        ("본체 버튼", "101", "ended"),
        ("본체 버튼", "102", "no_call"),
    ]


async def test_a_key_switch_is_the_truth_when_the_box_starts_and_when_it_is_turned(
    tmp_path: Path, blocking_is_an_error: BlockBuster
) -> None:
    blocking_is_an_error.deactivate()
    (tmp_path / "key.toml").write_text(KEY_MAP)
    async with exchange(tmp_path / "box") as office:
        hours, indicators = office.services.hours, office.services.indicators
        await hours.switch_night(True, "somebody")
        pins = BoxPins(str(tmp_path / "key.toml"), tmp_path / "pins", office.services.clock.call_later)
        await indicators.start(pins)
        await office.until(lambda: not hours.night.on)
        assert isinstance(pins._gpio, MockGpio)
        pins._gpio.drive("key", down=True)
        await office.until(lambda: indicators.buttons()[0].last is Result.NIGHT_ON)
        assert (hours.night.on, indicators.buttons()[0].pressed) == (True, True)
        await hours.switch_night(False, "somebody")  # the panel may say otherwise, until it is turned again
        pins._gpio.drive("key", down=False)
        await office.until(lambda: indicators.buttons()[0].last is Result.NIGHT_OFF)
        assert not hours.night.on


async def test_a_code_that_few_lamps_would_tell_is_told_on_the_box_only(
    tmp_path: Path, blocking_is_an_error: BlockBuster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(holding.SECONDS, ButtonKind.RESET, 0.2)
    blocking_is_an_error.deactivate()
    (tmp_path / "key.toml").write_text(KEY_MAP)
    async with exchange(tmp_path / "box") as office:
        indicators = await with_pins(office, str(tmp_path / "key.toml"), tmp_path)
        assert (await indicators.press(ButtonKind.RESET)).result is Result.RESCUE
        assert len(office.services.access.rescue.code) == 6
        assert Pattern.CODE not in patterns(office).values()


async def test_a_map_that_cannot_be_used_stops_nothing_and_health_says_what_is_wrong(
    tmp_path: Path, blocking_is_an_error: BlockBuster
) -> None:
    blocking_is_an_error.deactivate()
    async with exchange(tmp_path / "box") as office:
        indicators = await with_pins(office, "toaster", tmp_path)
        assert indicators.state.why == "bad_board"
        assert [one.key for one in office.services.health.reports() if one.part == "pins"] == ["health.pins.bad_board"]
        assert not any(one.present for one in indicators.lamps())
        assert (await indicators.press(ButtonKind.NIGHT)).result is Result.NIGHT_ON, "buttons can be tried all the same"


async def test_the_page_shows_lamps_as_they_are_and_buttons_as_they_were_pressed(
    office: Exchange, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indicators_service, "_TEST_S", 60)  # lamps are lit until the page was looked at
    page = await open_page(await seat(browser, office, "admin"), office, "/indicators")
    lamp = page.locator("[data-lamp=ringing]")
    await expect(lamp).to_have_attribute("data-pattern", "off")
    await office.call_in()
    await expect(lamp).to_have_attribute("data-pattern", "fast")
    await expect(lamp).to_contain_text("외부에서 전화가 오고 있습니다")
    button = page.locator("[data-button=panic-1]")
    await expect(button).to_contain_text("자리 지정 안 함")
    await button.get_by_role("link").click()
    await page.locator("dialog select[name=desk]").select_option("101")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-notice]")).to_be_visible()  # the next page; the row changes on this one already
    await connected(page)
    await expect(button).to_contain_text("101")
    await page.get_by_role("link", name="버튼 시험").click()
    await page.locator("dialog button[type=submit]").click()  # a panic button; nobody talks
    await expect(page.locator("[data-notice]")).to_contain_text("차단할 통화가 없어")
    await expect(button).to_contain_text("차단할 통화가 없어")
    await page.get_by_role("button", name="램프 시험").click()
    await expect(page.locator("[data-lamp=fault]")).to_have_attribute("data-pattern", "on")


async def test_agents_do_not_see_it(office: Exchange, browser: Browser) -> None:
    page = await open_page(await seat(browser, office, "haneul"), office)
    assert await page.locator("a[href='/indicators']").count() == 0
    answer = await page.goto(f"{office.address}/indicators")
    assert answer is not None
    assert answer.status == 403


def code_on_lamps(office: Exchange) -> str:
    """Read the code as somebody does who looks at the lamps: by how often each flashes."""
    playing = office.services.indicators._stage.code.plays
    return "".join(str(sum(on for on, _ in playing[lamp].steps)) for lamp in Lamp if lamp in playing)


async def enter(page: Page, code: str, password: str) -> None:
    await page.locator("[name=code]").fill(code)
    await page.locator("[name=password]").fill(password)
    await page.locator("[name=again]").fill(password)
    await page.keyboard.press("Enter")


async def test_whoever_holds_reset_gets_back_in_with_what_the_lamps_say_and_nothing_is_lost(
    office: Exchange, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.customer("최민서", "+821055551234", "한빛전자", "")
    admin = await open_page(await seat(browser, office, "admin"), office, "/indicators")
    agent = await open_page(await seat(browser, office, "haneul"), office)
    context = await browser.new_context(ignore_https_errors=True, locale="ko-KR")
    page = await context.new_page()
    await page.goto(f"{office.address}/rescue")
    await expect(page.locator("main")).to_contain_text("초기화 버튼을")
    assert await page.locator("form[action='/rescue']").count() == 0
    short = await let_go(office, ButtonKind.RESET, monkeypatch)
    assert (short, office.services.access.rescue.code) == (Result.LET_GO, "")
    assert (await office.services.indicators.press(ButtonKind.RESET)).result is Result.RESCUE
    for window, signed_out in ((admin, True), (agent, False)):  # agents go on working
        await window.goto(f"{office.address}/customers")
        assert ("/sign-in" in window.url) is signed_out
    code = code_on_lamps(office)
    assert len(code) == 6
    await page.goto(f"{office.address}/sign-in")
    await page.locator("a[href='/rescue']").click()
    wrong = "".join("1" if digit != "1" else "2" for digit in code)
    await enter(page, wrong, "a new quiet morning")
    await expect(page.locator("form.form")).to_contain_text("코드가 올바르지 않습니다")
    await enter(page, code, "a new quiet morning")
    await expect(page).to_have_url(f"{office.address}/")
    assert office.services.access.rescue.code == ""
    assert not office.services.indicators._stage.code.plays
    assert await office.services.access.sign_in("admin", "a new quiet morning", "", "")
    assert len(await office.services.customers.search("최민서")) == 1
    noted = [one for one in await office.services.access.entries() if "rescue" in one.what]
    assert [(one.what, one.who, one.about) for one in noted] == [
        ("password_rescued", "admin", "admin"),
        ("rescue_opened", "본체 버튼", ""),
    ]
