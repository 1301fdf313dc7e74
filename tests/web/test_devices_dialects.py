"""Every dialect from its bytes on a port to the pop, the call's row and the customer's card; unplugged and in again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from appliance.analog.types import DeviceChoice
from appliance.calls.service import CallFilter
from hw import devices as hub
from hw.api import Condition
from hw.cid.registry import Dialect, dialects
from hw.devices import Devices
from tests.support.browser import chromium, open_page, seat
from tests.support.exchange import PHONES, Exchange, exchange
from tests.support.serial_line import SerialDevice

pytestmark = [pytest.mark.web, pytest.mark.asyncio(loop_scope="module")]

EVERY = dialects()
ANSWERS = {"callstar": None, "hayes": b"\r\nOK\r\n"}  # None: as the device does by itself


class Desk:
    """An office, the page of an agent, and that of the admin."""

    def __init__(self, office: Exchange, agent: Page, admin: Page, folder: Path) -> None:
        self.office, self.agent, self.admin = office, agent, admin
        self._folder = folder

    async def plug_in(self, spoken: Dialect) -> SerialDevice:
        """Plug a device in; one that cannot be asked is chosen by the admin, so that no first call is lost."""
        answer = ANSWERS.get(spoken.name)
        device = SerialDevice(self._folder / f"tty{spoken.name}", mute=spoken.name != "callstar", says=answer)
        device.plug_in()
        pinned = "" if spoken.name in ANSWERS else spoken.name
        await self.office.services.analog.choose(DeviceChoice(str(device.path), by_hand=True, dialect=pinned))
        await self.until(device, Condition.CONNECTED if spoken.name in ANSWERS else Condition.LISTENING)
        return device

    async def take_away(self, device: SerialDevice) -> None:
        device.pull_out()
        await self.until(device, Condition.GONE)
        await self.office.services.analog.choose(DeviceChoice(str(device.path)))

    async def until(self, device: SerialDevice, condition: Condition) -> None:
        devices = self.office.services.analog.devices
        await self.office.until(
            lambda: any(one.path == str(device.path) and one.condition is condition for one in devices())
        )

    def pop(self, name: str) -> Locator:
        return self.agent.locator(".pop", has=self.agent.locator(".pop-who", has_text=name))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    folder = tmp_path_factory.mktemp("devices")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hub, "SCAN_S", 0.05)
        patch.setattr("hw.contact.ANSWER_WITHIN_S", 0.3)
        async with exchange(folder / "box", *PHONES) as office, chromium(polite=True) as browser:
            analog = office.services.analog
            analog.start(Devices(analog.changed, analog.heard, office.services.clock.now_ms))
            agent = await open_page(await seat(browser, office, "haneul"), office)
            admin = await open_page(await seat(browser, office, "admin"), office, "/devices")
            yield Desk(office, agent, admin, folder)
            await analog.stop()


def customer_of(spoken: Dialect) -> tuple[str, str, str]:
    """Return a customer for a dialect: name, number as stored, number as devices tell it."""
    at = EVERY.index(spoken)
    return f"손님{at}", f"+821055550{at:03d}", f"01055550{at:03d}"


@pytest.mark.parametrize("spoken", EVERY, ids=lambda one: one.name)
async def test_from_bytes_to_the_customer_s_card(desk: Desk, spoken: Dialect) -> None:
    name, stored, told = customer_of(spoken)
    await desk.office.customer(name, stored, "한빛전자")
    device = await desk.plug_in(spoken)
    device.say(spoken.ring(1, told))
    pop = desk.pop(name)
    await expect(pop.locator(".pop-facts")).to_contain_text("회선 1")
    [row] = (await desk.office.services.calls.search(CallFilter(number=stored))).calls
    assert (row.caller_number, row.caller_name, row.line) == (stored, name, "회선 1")
    await expect(desk.admin.locator(".device", has_text=device.path.name)).to_contain_text("전화 옴 · 회선 1")
    await pop.locator("a[href^='/customers/']").click()
    await expect(desk.agent.locator("main [name=name]")).to_have_value(name)
    await expect(desk.agent.locator("main [name=company]")).to_have_value("한빛전자")
    device.pull_out()
    await desk.until(device, Condition.GONE)
    await expect(desk.admin.locator(".device", has_text=device.path.name)).to_contain_text("연결 끊김")
    device.plug_in()
    await desk.until(device, Condition.CONNECTED)  # known by now: at once
    device.say(spoken.ring(1, "0311234567"))
    await expect(desk.agent.locator(".pop-who", has_text="031-123-4567").last).to_be_visible()
    await desk.take_away(device)


async def test_two_devices_that_ring_in_the_same_moment_are_two_calls(desk: Desk) -> None:
    first, second = (one for one in EVERY if one.name in ANSWERS)
    boxes = await asyncio.gather(desk.plug_in(first), desk.plug_in(second))
    for box, spoken, told in zip(boxes, (first, second), ("01077770001", "01077770002"), strict=True):
        box.say(spoken.ring(1, told))
    for shown in ("010-7777-0001", "010-7777-0002"):
        await expect(desk.agent.locator(".pop-who", has_text=shown)).to_be_visible()
    for box in boxes:
        await desk.take_away(box)
