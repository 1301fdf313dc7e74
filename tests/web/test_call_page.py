"""One call's page: who talked one after the other, how well it was heard, what it led to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.async_api import Browser, Page, expect

from appliance.calls import requests as asks
from appliance.calls.live_call import CALLED_LEG, CALLER_LEG
from appliance.calls.quality import CallQuality, report, verdict
from sip.api import Extensions, Identity, LegAnswered, LegEnded, Quality
from tests.support.browser import open_page, seat
from tests.support.stage import Played, Stage

pytestmark = pytest.mark.web

CALLER = "+821055551234"
FINE = Quality(received=3000, lost=3, jitter_ms=4.0, far_lost=0, round_trip_ms=20.0)
GAPS = Quality(received=2600, lost=400, jitter_ms=9.0, far_lost=0, round_trip_ms=30.0)


async def given_on(played: Stage) -> Played:
    """101 talks a minute, gives the call to 102, who talks half a minute and gives it to 103; the caller hangs up."""
    start = played.now - 300_000
    call = await played.arrive(CALLER, at_ms=start)
    await call.ring("101", at_ms=start + 500)
    await call.answer("101", at_ms=start + 1000)
    at_ms, leg = start + 61_000, "called"
    for number, (giver, taker) in enumerate((("101", "102"), ("102", "103")), start=2):
        to = asks.Callee(Extensions((taker,)), Identity(), extension=taker)
        await call.happen(asks.GiveAsked(giver, to, 25), at_ms)
        await call.fact(LegEnded(leg, 200, by_far=False, quality=FINE), at_ms + 100)
        leg = f"called-{number}"
        await call.fact(LegAnswered(leg, extension=taker), at_ms + 1000)
        at_ms += 31_000
    await call.fact(LegEnded(CALLER_LEG, 200, quality=GAPS), at_ms)
    played.end(call)
    return call


async def opened(played: Stage, browser: Browser, call: str, language: str = "ko") -> Page:
    return await open_page(await seat(browser, played, "haneul", language=language), played, f"/calls/{call}")


async def test_a_call_that_was_given_on_tells_its_parts(played: Stage, browser: Browser) -> None:
    call = await given_on(played)
    page = await opened(played, browser, call.id)
    rows = page.locator("#parts tbody tr")
    await expect(rows).to_have_count(3)
    for row, (who, long) in enumerate((("김하늘 (101)", "1:00"), ("박도윤 (102)", "0:30"), ("이서연 (103)", "0:30"))):
        await expect(rows.nth(row)).to_contain_text(who)
        await expect(rows.nth(row)).to_contain_text(long)
    await expect(page.locator(".facts")).to_contain_text("김하늘 (101) → 박도윤 (102) → 이서연 (103)")
    await page.goto(f"{played.address}/calls?period=all")
    await expect(page.locator(f"#call-{call.id} .agent")).to_have_attribute(
        "title", "김하늘 (101) → 박도윤 (102) → 이서연 (103)"
    )


async def test_a_bad_call_says_in_one_sentence_on_whose_side(played: Stage, browser: Browser) -> None:
    call = await given_on(played)
    page = await opened(played, browser, call.id)
    quality = page.locator("#quality")
    await expect(quality.locator("[role=status]")).to_have_text("국선 쪽 소리가 오는 길에 13% 사라졌습니다")
    rows = quality.locator("tbody tr")
    await expect(rows).to_have_count(3)
    await expect(rows.nth(0)).to_contain_text("김하늘 (101)")
    for figure in ("13.3%", "9 ms", "30 ms"):
        await expect(rows.nth(2)).to_contain_text(figure)
    await expect(rows.nth(2).locator(".outcome.bad")).to_be_visible()
    await expect(rows.nth(0).locator(".outcome.good")).to_be_visible()


async def test_a_call_that_goes_on_is_measured_when_somebody_asks(
    played: Stage, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = await played.arrive(CALLER)
    await call.ring("103")
    await call.answer("103")
    measured = [Quality(), FINE]

    async def quality(call_id: str) -> CallQuality:
        legs = (report(CALLER_LEG, "", measured[0], 60), report(CALLED_LEG, "103", measured[1], 60))
        return CallQuality(True, legs, verdict(legs))

    monkeypatch.setattr(played.services.calls, "quality", quality)
    page = await opened(played, browser, call.id, "en")
    said = page.locator("#quality [role=status]")
    await expect(said).to_have_text("Nothing arrived from the line, while 이서연 (103) sent its sound")
    measured[0] = FINE
    for _ in range(2):  # the button is there again after each answer
        await page.locator("#quality button").click()
        await expect(said).to_have_text("Both sides were heard well")


async def test_it_says_that_a_callback_was_asked_for_and_what_became_of_it(played: Stage, browser: Browser) -> None:
    call = await played.wants_callback(CALLER)
    await played.wants_callback(CALLER)
    page = await opened(played, browser, call.id, "en")
    facts = page.locator(".facts")
    await expect(facts).to_contain_text("A callback was asked for and is waiting")
    await expect(facts).to_contain_text("asked for 2 times")
    back = await played.dial("102", CALLER, at_ms=played.now + 1000)
    await back.ring(at_ms=played.now + 1500)
    await back.answer(at_ms=played.now + 2000)
    await back.caller_ends(at_ms=played.now + 9000)
    await played.services.callbacks.settled()
    await page.reload()
    await expect(facts).to_contain_text("dealt with by 박도윤 (102)")
    await facts.locator(f"a[href='/calls/{back.id}']").click()
    await expect(page.locator("h1")).to_contain_text("010-5555-1234")


async def test_a_call_that_became_a_part_of_another_leads_there(played: Stage, browser: Browser) -> None:
    other = await given_on(played)
    call = await played.arrive(CALLER, at_ms=played.now - 1000)
    call.live = replace(call.live, joined_to=other.id)
    await call.give_up()
    page = await opened(played, browser, call.id)
    await page.locator(f".facts a[href='/calls/{other.id}']").click()
    await expect(page.locator("#parts tbody tr")).to_have_count(3)
