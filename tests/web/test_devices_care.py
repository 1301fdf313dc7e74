"""What the page, the API's door and the health of the box say of devices that are mended, silent or not asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from appliance.analog.memories import Memories
from appliance.analog.types import DeviceChoice, LineDraft
from appliance.calls.events import CallArrived
from hw import care
from hw import devices as hub
from hw.api import Condition, Memory, Trouble
from hw.cid.korean_box import CALLSTAR, encode
from hw.devices import Devices
from hw.fake_port import FakeMachine, FakeSerial
from tests.support.browser import chromium, open_page, seat
from tests.support.exchange import MAIN_NUMBER, PHONES, Exchange, exchange
from tests.support.fake_devices import korean, usb

pytestmark = [pytest.mark.web, pytest.mark.asyncio(loop_scope="module")]


class Shop:
    """An office with a Korean box, and a stick that is something else."""

    def __init__(self, office: Exchange) -> None:
        self.office = office
        self.box = korean()
        self.stick = FakeSerial(usb("ttyUSB9", title="Zigbee dongle"), dict(self.box.answers))
        self.machine = FakeMachine(self.box, self.stick)

    def start(self) -> None:
        """Listen to them."""
        analog = self.office.services.analog
        analog.start(
            Devices(analog.changed, analog.heard, self.office.services.clock.now_ms, machine=self.machine.machine())
        )

    async def until(self, device: FakeSerial, condition: Condition) -> None:
        analog = self.office.services.analog
        wanted = (device.found.device, condition)
        await self.office.until(lambda: wanted in [(one.device, one.condition) for one in analog.devices()])

    async def clear(self) -> None:
        """Leave nothing of the devices behind."""
        analog = self.office.services.analog
        for device in (self.box, self.stick):
            device.pull_out()
        await self.office.until(lambda: all(one.condition is Condition.GONE for one in analog.devices()))
        for device in (self.box, self.stick):
            await analog.choose(DeviceChoice(device.found.device))
            await analog.forget(device.found.device)
        await analog.stop()

    def trouble(self) -> Trouble | None:
        state = next(one for one in self.office.services.analog.devices() if one.device == self.box.found.device)
        return state.healing.trouble


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Exchange, Browser]]:
    """An office and a browser for all of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("appliance.calls.survey.SETTLES_MS", 0)
        async with exchange(tmp_path_factory.mktemp("care"), *PHONES) as office, chromium(polite=True) as browser:
            yield office, browser


@pytest.fixture
def browser(house: tuple[Exchange, Browser]) -> Browser:
    return house[1]


@pytest_asyncio.fixture(loop_scope="module")
async def shop(house: tuple[Exchange, Browser], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    monkeypatch.setattr(hub, "SCAN_S", 0.05)
    monkeypatch.setattr("hw.devices.LISTEN_S", 0.05)
    monkeypatch.setattr("hw.contact.ANSWER_WITHIN_S", 0.1)
    monkeypatch.setattr("hw.healing.STEP_S", 0.3)
    monkeypatch.setattr("hw.fake_port.BACK_AFTER_S", 0.05)
    made = Shop(house[0])
    made.start()
    await made.until(made.box, Condition.CONNECTED)
    yield made
    await made.clear()


async def test_what_is_something_else_is_left_alone_until_the_admin_has_it_asked(shop: Shop, browser: Browser) -> None:
    page = await open_page(await seat(browser, shop.office, "admin"), shop.office, "/devices")
    others = page.locator("table", has_text="Zigbee dongle")
    await expect(others).to_contain_text("다른 기기로 보여서 건드리지 않았습니다: Zigbee·Z-Wave 동글")
    assert shop.stick.opened == 0
    await others.get_by_role("button", name="물어보기").click()
    await expect(page.locator(".device", has_text="Zigbee dongle")).to_contain_text("장비 연결완료")
    await expect(page.locator(".device")).to_have_count(2)


async def test_a_silent_device_turns_amber_is_mended_and_says_how_often(
    shop: Shop, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(care, "CHECK_S", 0.1)
    monkeypatch.setattr(care, "IDLE_S", 0.0)
    page = await open_page(await seat(browser, shop.office, "admin"), shop.office, "/devices")
    shop.box.pull_out()  # so that the next look at it comes soon
    shop.box.plug_in()
    await shop.until(shop.box, Condition.CONNECTED)
    answers, shop.box.answers = shop.box.answers, {}
    await expect(page.locator(".device .tag")).to_have_text("응답 없음")
    await expect(page.locator(".verdict")).to_have_text("살펴볼 장비가 1대 있습니다")
    await expect(page.locator(".device")).to_contain_text("할 수 있는 것은 모두 해 보았습니다.")
    reports = shop.office.services.health.reports
    await shop.office.until(lambda: "health.devices.silent" in [one.key for one in reports()])
    shop.box.answers = answers
    await expect(page.locator(".device .tag")).to_have_text("장비 연결완료")
    await expect(page.locator(".device")).to_contain_text("스스로 1번 고쳤습니다.")
    assert shop.machine.hub.cycled
    health = await open_page(await seat(browser, shop.office, "admin"), shop.office, "/health")
    await expect(health.locator("main")).to_contain_text("장비 1대가 연결되어 있습니다.")


async def test_calls_that_only_the_gateway_tells_of_are_noticed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.analog.witnesses.AFTER_S", 1.0)
    monkeypatch.setattr("appliance.analog.witnesses.BEFORE_MS", 100)
    office, analog = shop.office, shop.office.services.analog
    shop.box.say(CALLSTAR.ring(1, "01055551234"))
    await office.until(analog.lines)
    await analog.change_line(analog.lines()[0].id, LineDraft("본사", MAIN_NUMBER))
    await office.until(lambda: len(office.live()) == 1)

    def both(event: CallArrived) -> None:  # tell of the first, in the same moment
        if event.call.far_number == "+821055550000" and not event.call.line:
            shop.box.say(CALLSTAR.ring(1, "01055550000"))

    forget = office.bus.subscribe(CallArrived, both)
    for turn in range(3):
        call = await office.call_in(f"0105555000{turn}")
        await office.until(lambda: not analog._witnesses._timers)  # as long as a device may take to tell
        assert (shop.trouble() is None) == (turn < 2)
        office.voice.hang_up(call, "caller")
    forget()
    assert shop.trouble() is Trouble.MISSED


async def test_a_device_that_is_forgotten_and_comes_back_is_a_new_one(shop: Shop) -> None:
    analog, name = shop.office.services.analog, shop.box.found.device

    def known() -> list[bool]:
        return [one.hooks for one in analog.devices() if one.device == name]

    shop.box.say(encode(1, "S"))  # it tells of handsets
    await shop.office.until(lambda: known() == [True])
    shop.box.pull_out()
    await shop.until(shop.box, Condition.GONE)
    await analog.forget(name)
    await analog.choose(DeviceChoice(shop.stick.found.device, excluded=True))  # what is wanted is told anew
    assert known() == []
    shop.box.plug_in()
    await shop.until(shop.box, Condition.CONNECTED)
    assert known() == [False]


async def test_a_restarted_box_knows_its_device_without_asking(shop: Shop) -> None:
    analog = shop.office.services.analog
    shop.box.say(CALLSTAR.ring(2, "01055551234"))
    await shop.office.until(lambda: any(one.lines == 2 for one in analog.devices()))
    kept = Memories(analog._database)
    async with asyncio.timeout(20):
        while kept.all().get(shop.box.found.device, Memory()).lines != 2:
            await kept.open()
    await analog.stop()
    await analog.open()
    shop.box.written.clear()
    shop.start()
    await shop.until(shop.box, Condition.CONNECTED)
    assert shop.box.written == []
    [state] = [one for one in analog.devices() if one.device == shop.box.found.device]
    assert (state.dialect, state.speed, state.lines, state.info) == ("callstar", 19200, 2, "CI1 2")


async def test_a_device_that_is_missing_since_before_the_start_is_told_of_until_it_is_forgotten(
    shop: Shop, browser: Browser
) -> None:
    office, analog = shop.office, shop.office.services.analog
    await analog.stop()
    shop.box.pull_out()
    shop.start()
    await shop.until(shop.box, Condition.GONE)
    page = await open_page(await seat(browser, office, "admin"), office, "/devices")
    await expect(page.locator(".device")).to_contain_text("장비가 빠졌습니다")
    assert [one.key for one in office.services.health.reports() if one.part == "devices"] == ["health.devices.gone"]
    await page.locator(".device .device-actions a").click()
    await page.get_by_label("이 장비를 목록에서 빼기").check()
    await page.locator("dialog").get_by_role("button", name="저장").click()
    await expect(page.locator(".device")).to_have_count(0)
    assert [one for one in office.services.health.reports() if one.part == "devices"] == []
    shop.box.plug_in()  # a new one
    await shop.until(shop.box, Condition.CONNECTED)
    assert CALLSTAR.greeting in shop.box.written
