"""Analog lines from bytes on a port to the pop in a browser, its row and its customer; and the page of devices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from blockbuster import BlockBuster
from playwright.async_api import Browser, expect

from appliance.analog.types import DeviceChoice
from appliance.calls.call import CallView, Result, State
from appliance.calls.events import CallEnded
from appliance.calls.service import CallFilter
from hw import devices as hub
from hw.api import Condition
from hw.cid import korean_box
from hw.devices import Devices
from tests.support.browser import open_page, seat
from tests.support.exchange import PHONES, Exchange, exchange
from tests.support.serial_line import SerialDevice

pytestmark = pytest.mark.web

KNOWN = "+821055551234"


@pytest.fixture
async def office(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocking_is_an_error: BlockBuster
) -> AsyncIterator[Exchange]:
    monkeypatch.setattr(hub, "SCAN_S", 0.05)
    blocking_is_an_error.deactivate()  # starting may touch the disk; serving may not
    async with exchange(tmp_path / "box", *PHONES) as made:
        blocking_is_an_error.activate()
        analog = made.services.analog
        analog.start(Devices(analog.changed, analog.heard, made.services.clock.now_ms))
        yield made
        await analog.stop()
        blocking_is_an_error.deactivate()


@pytest.fixture
async def box(office: Exchange, tmp_path: Path) -> AsyncIterator[SerialDevice]:
    device = SerialDevice(tmp_path / "ttyCID").plug_in()
    await office.services.analog.choose(DeviceChoice(str(device.path), by_hand=True))
    await until(office, device, Condition.CONNECTED)
    yield device
    device.pull_out()


async def until(office: Exchange, device: SerialDevice, condition: Condition) -> None:
    devices = office.services.analog.devices
    await office.until(lambda: any(one.path == str(device.path) and one.condition is condition for one in devices()))


async def logged(office: Exchange) -> tuple[CallView, ...]:
    return (await office.services.calls.search(CallFilter())).calls


def ends_of(office: Exchange) -> list[CallView]:
    ended: list[CallView] = []
    office.bus.subscribe(CallEnded, lambda event: ended.append(event.call))
    return ended


async def test_a_ring_pops_with_its_customer_and_handsets_answer_and_end_it(
    office: Exchange, box: SerialDevice, browser: Browser
) -> None:
    await office.customer("최민서", KNOWN, "한빛전자", "견적 문의 중")
    page = await open_page(await seat(browser, office, "haneul"), office)
    box.ring("01055551234")
    pop = page.locator(".pop")
    await expect(pop.locator(".pop-who")).to_contain_text("최민서")
    await expect(pop.locator(".pop-facts")).to_contain_text("회선 1")
    await expect(pop.locator("[name=memo]")).to_have_value("견적 문의 중")
    box.ring("01055551234")  # boxes say it again while it rings
    box.say(korean_box.encode(1, "S"))
    await office.until(lambda: [one.state for one in office.live()] == [State.TALKING])
    await expect(pop).to_have_attribute("data-phase", "talking")  # whoever took it keeps the card
    ended = ends_of(office)
    box.say(korean_box.encode(1, "E"))
    await office.until(lambda: ended)
    await expect(pop).to_have_attribute("data-phase", "ended")
    await pop.locator("[data-pop-close]").click()
    await expect(pop).to_have_count(0)
    [call] = await logged(office)
    assert (call.far_number, call.caller_name, call.line, call.result) == (KNOWN, "최민서", "회선 1", Result.ANSWERED)
    await page.goto(f"{office.address}/calls/{call.id}")
    await expect(page.locator("main")).to_contain_text("회선 1로 전화가 왔습니다")
    await expect(page.locator("main")).to_contain_text("수화기를 들었습니다")


async def test_the_page_shows_the_device_follows_its_plug_and_rings_by_shift_z(
    office: Exchange, box: SerialDevice, browser: Browser
) -> None:
    page = await open_page(await seat(browser, office, "admin"), office, "/devices")
    await expect(page.locator("main")).to_contain_text("장비 연결완료")
    box.pull_out()
    await expect(page.locator(".device")).to_contain_text("연결 끊김")
    box.plug_in()
    await expect(page.locator(".device .tag")).to_have_text("장비 연결완료")
    agent = await open_page(await seat(browser, office, "haneul"), office)
    await page.locator("h1").click()
    await page.keyboard.press("Shift+KeyZ")
    await page.locator("dialog [name=number]").fill("010-7777-8888")
    await page.keyboard.press("Enter")
    await expect(agent.locator(".pop .pop-who")).to_contain_text("010-7777-8888")
    [call] = await logged(office)
    assert call.line == "회선 1"


async def test_the_same_call_by_a_gateway_is_one_call_whoever_tells_first(office: Exchange, box: SerialDevice) -> None:
    box.ring("01055551234")
    await office.until(office.live)
    first = await office.call_in("01055551234")
    await office.until(lambda: [one.id for one in office.live()] == [first])
    async with asyncio.timeout(20):
        while [one.id for one in await logged(office)] != [first]:
            pass  # the other row goes soon after; nothing tells when
    second = await office.call_in("01066667777", rings_at="102")
    box.ring("01066667777", channel=2)
    box.ring("01033334444", channel=2)  # what came before it was dealt with
    await office.until(lambda: any(one.far_number == "+821033334444" for one in office.live()))
    assert [one.id for one in office.live() if one.far_number == "+821066667777"] == [second]


async def test_nobody_answers_a_withheld_caller_and_two_devices_at_once(
    office: Exchange, box: SerialDevice, tmp_path: Path
) -> None:
    other = SerialDevice(tmp_path / "ttyTWO").plug_in()
    await office.services.analog.choose(DeviceChoice(str(other.path), by_hand=True))
    await until(office, other, Condition.CONNECTED)
    box.ring("")
    other.ring("0311234567")
    await office.until(lambda: len(office.live()) == 2)
    assert {one.presentation for one in office.live()} == {"withheld", "shown"}
    ended = ends_of(office)
    box.say(korean_box.encode(1, "E"))
    await office.until(lambda: ended)
    assert (ended[0].result, ended[0].presentation) == (Result.CANCELLED, "withheld")
    assert [one.far_number for one in office.live()] == ["+82311234567"]
    other.pull_out()
