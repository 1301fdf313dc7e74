"""An announcement is recorded by phone from its page, which shows how far it is; older versions are brought back."""

from __future__ import annotations

import asyncio
import re
from typing import Any, cast

import pytest
from playwright.async_api import Browser, Page, expect

from appliance.agents.types import By, Source
from appliance.announcements.service import Draft
from tests.support.announcing import made
from tests.support.browser import open_page, seat
from tests.support.exchange import Exchange

pytestmark = pytest.mark.web


async def learns(office: Exchange) -> None:
    """Let the box speak what it says of itself."""
    await office.services.announcements.start()
    await office.services.announcements.settled()


async def sits(office: Exchange, login: str, extension: str) -> None:
    user = await office.services.access.user_by_login(login)
    await office.services.agents.sit(user, extension, By(Source.AGENT, login))


async def heard(office: Exchange, call: str, words: str) -> None:
    """What is played comes to its end, once it is what these words name."""
    conversation = office.voice.conversations[call]
    await office.until(lambda: conversation.plays)
    (play,) = conversation.plays
    assert play, words
    office.voice.finish_play(call, play)
    await office.until(lambda: play not in conversation.plays)


async def speaks(office: Exchange, page: Page, call: str) -> None:
    """Hear what to do and the tone, speak, press #."""
    await expect(page.locator("[data-recording]")).to_have_attribute("data-recording", "speaking")
    await heard(office, call, "what to do")
    await expect(page.locator(".record-words")).to_contain_text("이제 말씀하세요")
    await heard(office, call, "the tone")
    await expect(page.locator(".record-words")).to_contain_text("녹음하고 있습니다")
    leg = next(iter(office.voice.conversations[call].legs.values()))
    await office.until(lambda: leg.file)
    file = office.services.config.folder / "voice" / call / leg.file
    await asyncio.to_thread(file.parent.mkdir, parents=True, exist_ok=True)
    await asyncio.to_thread(made, file, "sine=f=440:d=2:r=8000", "-ac", "1")
    taken = cast(Any, office.services.announcements.taken)
    prepare = taken.prepare
    # A second of it, whatever the machine's pace made of the cut; where takes are cut is tested with real workers.
    taken.prepare = lambda its, take, _, __: prepare(its, take, file, 1000)
    office.voice.press(call, leg.name, "#")


async def test_a_new_one_is_recorded_and_the_page_follows_without_being_reloaded(
    office: Exchange, browser: Browser
) -> None:
    await learns(office)
    office.phones.by_itself.add("103")
    await sits(office, "admin", "103")
    context = await seat(browser, office, "admin", theme="dark")
    page = await open_page(context, office, "/announcements")
    watching = await open_page(context, office, "/announcements")
    await page.click("a[href='/announcements/record']")
    await page.fill("#dialog-body [name=name]", "점심 안내")
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile("/announcements/recording/"))
    call = office.only_call.id
    await speaks(office, page, call)
    await expect(page.locator("[data-recording]")).to_have_attribute("data-recording", "reviewing", timeout=20_000)
    await expect(page.locator(".record-words")).to_contain_text("1 저장", timeout=20_000)
    assert not await watching.locator("[data-announcement]", has_text="점심 안내").count()
    leg = next(iter(office.voice.conversations[call].legs))
    office.voice.press(call, leg, "1")
    await expect(watching.locator("tr", has_text="점심 안내")).to_contain_text("전화 녹음")
    await office.until(lambda: any(one.name == "점심 안내" for one in office.services.announcements.list()))
    await heard(office, call, "kept")
    await expect(page.locator(".record-words")).to_contain_text("저장했습니다")
    await expect(page.locator(".progress audio")).to_be_visible()
    (own,) = (one for one in office.services.announcements.list() if not one.built_in)
    assert own.changed_by == "admin"
    await context.close()


async def test_an_older_version_is_heard_and_brought_back(office: Exchange, browser: Browser) -> None:
    announcements = office.services.announcements
    await announcements.speak(Draft("점심", "ko", text="지금은 점심시간입니다."), "haneul")
    await announcements.change(
        "sound", Draft("점심", "ko", text="점심시간입니다. 한 시에 다시 전화해 주세요."), by="doyun"
    )
    context = await seat(browser, office, "admin", language="en", theme="light")
    page = await open_page(context, office, "/announcements/sound")
    older = page.locator("tr[data-version='1']")
    await expect(older).to_contain_text("haneul")
    await expect(older).to_contain_text("지금은 점심시간입니다.")
    await expect(page.locator("tr.current")).to_contain_text("doyun")
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    await older.get_by_role("button", name="Bring back").click()
    await expect(page.locator("[name=text]")).to_have_value("지금은 점심시간입니다.")
    await expect(page.locator("tr.current")).to_contain_text("admin")
    await expect(page.locator("tr[data-version='2']")).to_be_visible()
    await context.close()


async def test_a_placeholder_is_put_into_the_text_and_heard(office: Exchange, browser: Browser) -> None:
    context = await seat(browser, office, "admin")
    page = await open_page(context, office, "/announcements/speak")
    await page.fill("[name=text]", "안녕하세요. ")
    await page.click("[data-insert='{office}']")
    await expect(page.locator("[name=text]")).to_have_value("안녕하세요. {office}")
    await page.keyboard.type("입니다. {날씨}")
    await page.select_option("[name=voice]", "low")
    await page.click(".preview button")
    await expect(page.locator("#preview .error")).to_contain_text("{날씨}")
    await page.fill("[name=text]", "안녕하세요. {office}입니다.")
    await page.click(".preview button")
    await expect(page.locator("#preview audio")).to_be_visible(timeout=20_000)
    await context.close()


async def test_who_sits_at_no_phone_is_told_so(office: Exchange, browser: Browser) -> None:
    context = await seat(browser, office, "admin")
    page = await open_page(context, office, "/announcements/record")
    await page.fill("[name=name]", "점심")
    await page.click("form.form [type=submit]")
    await expect(page.locator(".alert")).to_contain_text("전화기에 앉아 있지 않습니다")
    await context.close()
