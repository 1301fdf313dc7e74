"""A new box in a real browser, in both languages: first page, sign-in, a real call that pops, its recording."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.support.browser import chromium, connected
from tests.support.office import ADMIN, PASSWORD, Office, office

pytestmark = pytest.mark.sip

expect.set_options(timeout=20_000)

_WORDS = {
    "ko": {"locale": "ko-KR", "kind": "휴대전화", "talking": "통화 중", "ended": "통화 종료"},
    "en": {"locale": "en-GB", "kind": "Mobile", "talking": "Talking", "ended": "Call ended"},
}


_PLAYING = """audio => new Promise(tell => {
    const look = () => { if (audio.currentTime > 0.1) tell(audio.duration); };
    audio.addEventListener("timeupdate", look);
    look();
})"""


async def first_page(page: Page, desk: Office, language: str) -> None:
    """Fill in the first page like a person with the box in front of them."""
    code = (await desk.box.ask("GET", "/set-up"))["code"]
    await page.goto(f"https://127.0.0.1:{desk.box.config.https_port}/")
    for name, value in (
        ("code", code),
        ("name", "박사장"),
        ("login", ADMIN),
        ("password", PASSWORD),
        ("again", PASSWORD),
        ("office_name", "소리상사"),
    ):
        await page.locator(f"[name={name}]").fill(value)
    await page.locator("select[name=language]").select_option(language)
    await page.locator("form [type=submit]").last.click()
    await page.wait_for_url(lambda url: "/set-up" not in url)


async def sign_in(page: Page, desk: Office, login: str) -> None:
    """Sign in with login and password."""
    await page.goto(f"https://127.0.0.1:{desk.box.config.https_port}/sign-in")
    await page.locator("[name=login]").fill(login)
    await page.locator("[name=password]").fill(PASSWORD)
    await page.locator("form [type=submit]").click()
    await connected(page)


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_from_the_first_page_to_a_recording_that_plays(tmp_path: Path, language: str) -> None:
    words = _WORDS[language]
    async with office(tmp_path, "101") as desk, chromium() as browser:
        admin = await browser.new_context(ignore_https_errors=True, locale=words["locale"])
        await first_page(await admin.new_page(), desk, language)
        await desk.add_agent("haneul", "101", language)
        await desk.box.ask("POST", "/customers", {"name": "최민서", "numbers": ["01012345678"], "memo": "견적 문의"})
        agent = await browser.new_context(ignore_https_errors=True, locale=words["locale"])
        page = await agent.new_page()
        await sign_in(page, desk, "haneul")
        await expect(page.locator("html")).to_have_attribute("lang", language)
        talked = await talk(desk, page, words)
        row = await desk.next_row()
        await listen(page, desk, row["id"], *talked)


async def talk(desk: Office, page: Page, words: dict[str, str]) -> tuple[float, float]:
    """A call comes, pops, is answered and ends; returns for how many seconds the caller talked, and the phone."""
    call = desk.call_in("01012345678")
    phone = await desk.phones["101"].next_call()
    pop = page.locator(".pop")
    await expect(pop).to_have_attribute("data-phase", "ringing")
    await expect(pop.locator(".pop-who")).to_contain_text("최민서")
    await expect(pop.locator(".pop-number")).to_contain_text("010-1234-5678")
    await expect(pop.locator(".pop-number")).to_contain_text(words["kind"])
    await expect(pop.locator("[name=memo]")).to_have_value("견적 문의")
    phone.answer()
    await call.answered()
    await expect(pop).to_have_attribute("data-phase", "talking")
    await expect(pop.locator(".pop-state")).to_contain_text(words["talking"])
    await asyncio.sleep(1.2)
    call.hang_up()
    await call.ended()
    await expect(pop.locator(".pop-state")).to_contain_text(words["ended"])
    await phone.ended()
    here, there = call.at("BYE", sent=True) - call.at("200", sent=False), phone.at("BYE", sent=False)
    return here / 1e9, (there - phone.at("200", sent=True)) / 1e9


async def listen(page: Page, desk: Office, call_id: str, shortest_s: float, longest_s: float) -> None:
    """The recording plays on the call's page, for as long as the talk was."""
    await page.goto(f"https://127.0.0.1:{desk.box.config.https_port}/calls/{call_id}")
    audio = page.locator("audio")
    await expect(page.locator(".player")).to_have_attribute("data-state", "ready")
    await page.locator(".player [data-play]").click()
    length = await asyncio.wait_for(audio.evaluate(_PLAYING), 20)
    assert shortest_s - 0.3 <= length <= longest_s + 0.5
