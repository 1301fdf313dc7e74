"""Evidence in a real browser: a call that was terminated is exported, checked, and refused when a byte was changed."""

from __future__ import annotations

import asyncio
import hashlib
import zipfile
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browser import open_page, seat
from tests.support.exchange import Exchange
from tests.support.guarding import ended_by_keys, says_something

pytestmark = pytest.mark.web

REASON = "경찰 제출(사건 2026-1234)"


async def terminated(office: Exchange, browser: Browser) -> str:
    await says_something(office)
    page = await open_page(await seat(browser, office, "haneul"), office, "/customers")
    call = await office.call_in()
    await office.pick_up("101")
    await expect(page.locator(".bar-call")).to_have_attribute("data-phase", "talking")
    await ended_by_keys(office, page, call)
    return call


async def exported(page: Page, to: Path) -> Path:
    await page.locator("#evidence").get_by_role("link", name="증거 내보내기").click()
    await page.locator("#dialog-body [name=reason]").fill(REASON)
    await page.get_by_role("button", name="증거 자료 만들기").click()
    row = page.locator("#exports tbody tr")
    await expect(row).to_contain_text(REASON, timeout=20_000)
    async with page.expect_download() as coming:
        await row.get_by_role("link", name="내려받기").click()
    download = await coming.value
    file = to / download.suggested_filename
    await download.save_as(file)
    assert (await row.locator(".sum").inner_text()) == hashlib.sha256(
        await asyncio.to_thread(file.read_bytes)
    ).hexdigest()
    return file


async def checked(page: Page, office: Exchange, file: Path) -> None:
    await page.goto(office.address + "/evidence/verify")
    await page.locator("input[type=file]").set_input_files(file)
    await page.get_by_role("button", name="확인하기").click()
    await expect(page.locator("#verdict")).to_be_visible()


def with_one_byte_changed(package: Path, name: str) -> Path:
    """Return a copy in which one byte of the contents of a file was changed."""
    with zipfile.ZipFile(package) as whole:
        at = whole.getinfo(name).header_offset + 90  # past its name: in its contents
    changed = bytearray(package.read_bytes())
    changed[at] ^= 1
    other = package.with_name("changed.zip")
    other.write_bytes(changed)
    return other


async def test_a_terminated_call_is_exported_accepted_and_refused_after_one_byte_was_changed(
    office: Exchange, browser: Browser, tmp_path: Path
) -> None:
    call = await terminated(office, browser)
    page = await open_page(await seat(browser, office, "admin"), office, f"/calls/{call}")
    part = page.locator("#evidence")
    await expect(part.locator(".tag.ok")).to_have_text("보존 중")
    await expect(part).to_contain_text("실제로 나간 안내 3건")
    await expect(part).to_contain_text("자동으로 보존")
    file = await exported(page, tmp_path)
    await checked(page, office, file)
    await expect(page.locator("#verdict .verdict.ok")).to_contain_text("이 장비가 만든 그대로입니다")
    await checked(page, office, await asyncio.to_thread(with_one_byte_changed, file, "audio/caller.wav"))
    await expect(page.locator("#verdict .verdict.bad")).to_contain_text("만들어진 그대로가 아닙니다")
    await expect(page.locator(".evidence-problems li")).to_have_text("내용이 바뀐 파일 audio/caller.wav")
    noted = [(one.what, one.about) for one in await office.services.access.entries(limit=5)]
    assert ("evidence_exported", call) in noted
    assert ("evidence_downloaded", call) in noted
    (incident, *_) = await office.services.abuse.register.search()
    assert incident.call == call
    await page.goto(office.address + "/abuse")
    await expect(page.locator(f'a[href="/calls/{call}/evidence"]').first).to_be_visible()


async def test_a_call_is_released_for_a_reason_and_its_packages_go(office: Exchange, browser: Browser) -> None:
    call = await terminated(office, browser)
    evidence = office.services.evidence
    made = await evidence.export(call, "admin", "내부 검토")
    _, file = await evidence.package(call, made.id)
    page = await open_page(await seat(browser, office, "admin"), office, f"/calls/{call}")
    await page.locator("#evidence").get_by_role("link", name="보존 해제").click()
    await page.locator("#dialog-body").get_by_role("button", name="보존 해제").click()
    await expect(page.locator("#reason-error")).to_have_text("사유를 입력해 주세요")
    await page.locator("#dialog-body [name=reason]").fill("합의됨")
    await page.locator("#dialog-body").get_by_role("button", name="보존 해제").click()
    await expect(page.locator("#evidence .evidence-head .tag")).to_have_text("보존하지 않음")
    await expect(page.locator("#exports tbody tr")).to_contain_text("삭제됨")
    assert not await asyncio.to_thread(file.exists)
    assert await evidence.held((call,)) == frozenset()


async def test_an_agent_sees_nothing_of_it(office: Exchange, browser: Browser) -> None:
    call = await terminated(office, browser)
    page = await open_page(await seat(browser, office, "haneul"), office, f"/calls/{call}")
    await expect(page.locator("#evidence")).to_have_count(0)
    for path in (f"/calls/{call}/evidence", "/evidence/verify"):
        answer = await page.goto(office.address + path)
        assert answer is not None
        assert answer.status == 403
