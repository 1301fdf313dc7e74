"""The call log in a real browser: found by its filters, read at a glance, followed live; one call with its player."""

from __future__ import annotations

import asyncio
import math
import re
from array import array

import pytest
from playwright.async_api import Browser, expect

from appliance.calls.call import Track
from appliance.calls.events import CallRecorded
from appliance.recordings.events import RecordingReady
from appliance.recordings.formats import Format
from tests.support.browser import open_page, seat
from tests.support.sound import write_wav
from tests.support.stage import Played, Stage

pytestmark = pytest.mark.web

KNOWN = "+821055551234"
STRANGER = "+82317654321"
DAY_MS = 86_400_000

PAST = """(audio, moment) => new Promise((done) => {
    const look = () => audio.currentTime >= moment && done();
    for (const name of ["timeupdate", "seeked"]) audio.addEventListener(name, look);
    look();
})"""
BEFORE = PAST.replace(">=", "<")


async def answered(played: Stage, number: str, by: str, at_ms: int, talk_seconds: int = 60) -> Played:
    """Play a whole call that was answered."""
    call = await played.arrive(number, at_ms=at_ms)
    await call.ring("101", "102", at_ms=at_ms + 500)
    await call.answer(by, at_ms=at_ms + 5000)
    await call.caller_ends(at_ms=at_ms + 5000 + talk_seconds * 1000)
    return call


async def missed(played: Stage, number: str, at_ms: int) -> Played:
    """Play a whole call that nobody took."""
    call = await played.arrive(number, at_ms=at_ms)
    await call.ring("101", "102", at_ms=at_ms + 500)
    await call.give_up(at_ms=at_ms + 18_000)
    return call


async def record(played: Stage, call: Played, seconds: float = 4) -> None:
    """Hand a finished call's tracks to the recorder and wait until the recording is safe."""
    ready = asyncio.Event()
    played.bus.subscribe(RecordingReady, lambda event: ready.set() if event.state == "ready" else None)
    folder = played.services.config.folder / "voice" / call.id
    tracks = {}
    for name, pitch in (("caller", 440), ("called", 660)):
        file = folder / f"{name}.wav"
        samples = array("h", (int(12000 * math.sin(i * pitch / 1273)) for i in range(int(8000 * seconds))))
        await asyncio.to_thread(write_wav, file, samples)
        tracks[name] = (Track(name, str(file), call.view.answered_ms, int(seconds * 1000)),)
    await played.services.recordings.take(CallRecorded(call.view, str(folder), tracks["caller"], tracks["called"]))
    await asyncio.wait_for(ready.wait(), 20)


async def test_each_row_says_at_a_glance_who_when_and_how_it_ended(played: Stage, browser: Browser) -> None:
    await played.customer("최민서", KNOWN, "한빛전자")
    first = await answered(played, KNOWN, "102", played.now - 600_000, 125)
    second = await missed(played, STRANGER, played.now - 300_000)
    page = await open_page(await seat(browser, played, "haneul"), played, "/calls?period=all")
    row = page.locator(f"#call-{first.id}")
    for text in (
        "수신",
        "010-5555-1234",
        "최민서",
        "한빛전자",
        "대표번호",
        "박도윤 (102)",
        "0:05",
        "2:05",
        "통화 완료",
    ):
        await expect(row).to_contain_text(text)
    await expect(page.locator(f"#call-{second.id}")).to_contain_text("부재중")
    await expect(page.locator(f"#call-{second.id}")).to_contain_text("031-765-4321")


async def test_filters_find_by_result_person_number_and_name(played: Stage, browser: Browser) -> None:
    await played.customer("최민서", KNOWN)
    mine = await answered(played, KNOWN, "101", played.now - 50_000)
    theirs = await answered(played, STRANGER, "102", played.now - 40_000)
    lost = await missed(played, STRANGER, played.now - 30_000)
    page = await open_page(await seat(browser, played, "haneul"), played, "/calls?period=all")
    shown = page.locator("#call-list tbody tr[data-call]")
    await expect(shown).to_have_count(3)
    await page.locator("[name=result]").select_option("missed")
    await expect(shown).to_have_count(1)
    await expect(shown).to_have_attribute("data-call", lost.id)
    await page.locator("[name=result]").select_option("")
    await page.locator("[name=extension]").select_option("101")
    await expect(page.locator(f"#call-{theirs.id}")).to_have_count(0)
    await expect(page.locator(f"#call-{mine.id}")).to_have_count(1)
    await page.locator("[name=extension]").select_option("")
    await page.locator("[name=text]").fill("최민")
    await expect(shown).to_have_count(1)
    await expect(shown).to_have_attribute("data-call", mine.id)
    await page.locator("[name=text]").fill("031-765")
    await expect(shown).to_have_count(2)
    await expect(page).to_have_url(re.compile("text=031-765"))
    await page.locator("[name=text]").fill("없는 사람")
    await expect(page.locator("#call-list")).to_contain_text("조건에 맞는 통화가 없습니다")


async def test_periods_mean_the_offices_days(played: Stage, browser: Browser) -> None:
    await answered(played, KNOWN, "101", played.now - 40 * DAY_MS)
    page = await open_page(await seat(browser, played, "haneul"), played, "/calls")
    await expect(page.locator("#call-list")).to_contain_text("조건에 맞는 통화가 없습니다")
    await page.locator("text=전체 >> nth=0").click()
    await expect(page.locator("#call-list tbody tr[data-call]")).to_have_count(1)
    await page.goto(played.address + "/calls?period=range&first=2026-02-02&last=2026-01-01")
    await expect(page.locator("#call-list [role=alert]")).to_contain_text("날짜를 확인해 주세요")


async def test_more_rows_come_by_themselves_at_the_end_of_the_list(played: Stage, browser: Browser) -> None:
    for number in range(60):
        call = await played.arrive(STRANGER, at_ms=played.now - 1_000_000 + number)
        await call.give_up(at_ms=played.now - 900_000)
    page = await open_page(await seat(browser, played, "haneul"), played, "/calls?period=all")
    shown = page.locator("#call-list tbody tr[data-call]")
    await expect(shown).to_have_count(50)
    await page.locator(".more-row").scroll_into_view_if_needed()
    await expect(shown).to_have_count(60)
    await expect(page.locator(".more-row")).to_have_count(0)


async def test_the_list_follows_a_call_that_goes_on(played: Stage, browser: Browser) -> None:
    call = await played.arrive(STRANGER)
    page = await open_page(await seat(browser, played, "admin", language="ko"), played, "/calls?period=all")
    row = page.locator(f"#call-{call.id}")
    await call.ring("101")
    await expect(row).to_contain_text("벨 울림")
    await call.answer("101")
    await expect(row).to_contain_text("통화 중")
    await call.caller_ends()
    await expect(row).to_contain_text("통화 완료")
    await played.arrive(KNOWN)
    await expect(page.locator("[data-new-calls]")).to_be_visible()


async def test_a_call_tells_its_story_in_words(played: Stage, browser: Browser) -> None:
    call = await answered(played, KNOWN, "102", played.now - 100_000)
    page = await open_page(await seat(browser, played, "haneul"), played, f"/calls/{call.id}")
    story = page.locator(".timeline")
    for text in ("대표번호 02-1234-5678", "박도윤 (102)", "건 사람이 끊었습니다"):
        await expect(story).to_contain_text(text)
    await expect(page.locator("#player")).to_contain_text("이 통화에는 녹취가 없습니다")


async def test_a_recording_plays_can_be_searched_and_every_listen_is_written_down(
    played: Stage, browser: Browser
) -> None:
    call = await answered(played, KNOWN, "101", played.now - 100_000)
    await record(played, call)
    page = await open_page(await seat(browser, played, "haneul"), played, f"/calls/{call.id}")
    audio = page.locator("#player audio")
    assert await audio.evaluate("audio => audio.src") == ""  # nothing is fetched before somebody listens
    wave = page.locator("[data-wave]")
    drawn = await wave.evaluate(
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(value => value > 0)"
    )
    assert drawn
    await page.locator("[data-play]").click()
    await audio.evaluate(PAST, 0.2)
    assert await audio.evaluate("audio => Math.abs(audio.duration - 4) < 0.1")
    box = await wave.bounding_box()
    assert box is not None
    await wave.click(position={"x": box["width"] * 0.75, "y": 20})
    await audio.evaluate(PAST, 2.9)
    await page.locator("[data-speed='1.5']").click()
    assert await audio.evaluate("audio => audio.playbackRate") == 1.5
    await page.locator("h1").click()
    await page.keyboard.press("ArrowLeft")
    await audio.evaluate(BEFORE, 2.9)
    entries = [entry for entry in await played.services.access.entries() if entry.what == "recording_listened"]
    assert [(entry.who, entry.about) for entry in entries] == [("haneul", call.id)]


@pytest.mark.parametrize("kept", Format)
async def test_a_part_of_the_sound_can_be_asked_for(played: Stage, browser: Browser, kept: Format) -> None:
    await played.services.settings.set(**{"recordings.format": kept.value})
    call = await answered(played, KNOWN, "101", played.now - 100_000)
    await record(played, call, 2)
    context = await seat(browser, played, "haneul")
    answer = await context.request.get(f"{played.address}/calls/{call.id}/audio", headers={"Range": "bytes=100-199"})
    assert answer.status == 206
    assert answer.headers["content-type"] == kept.content_type
    assert answer.headers["content-range"].startswith("bytes 100-199/")
    assert len(await answer.body()) == 100
    entries = [entry for entry in await played.services.access.entries() if entry.what == "recording_listened"]
    assert [(entry.who, entry.about) for entry in entries] == [("haneul", call.id)]
    download = f"{played.address}/calls/{call.id}/audio?download"
    assert (await context.request.get(download)).status == 403
    saved = await (await seat(browser, played, "admin")).request.get(download)
    assert saved.headers["content-disposition"] == f'attachment; filename="{call.id}{kept.suffix}"'


async def test_the_player_appears_by_itself_when_the_recording_is_saved(played: Stage, browser: Browser) -> None:
    call = await answered(played, KNOWN, "101", played.now - 100_000)
    page = await open_page(await seat(browser, played, "haneul", language="en"), played, f"/calls/{call.id}")
    await expect(page.locator("#player")).to_contain_text("no recording")
    await record(played, call, 1)
    await expect(page.locator("#player [data-play]")).to_be_visible()


async def test_pages_are_small_and_break_no_rule_of_the_policy(played: Stage, browser: Browser) -> None:
    for number in range(50):
        await missed(played, STRANGER, played.now - 1_000_000 + number)
    context = await seat(browser, played, "haneul", language="en", theme="dark")
    page = await context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    for path in ("/", "/calls?period=all", "/customers"):
        await page.goto(played.address + path)
        weight = await page.evaluate(
            "[...performance.getEntriesByType('resource'), performance.getEntriesByType('navigation')[0]]"
            ".reduce((sum, entry) => sum + entry.encodedBodySize, 0)"
        )
        assert weight < 100_000, path
    assert not wrong
