"""An office that has something to say to callers who do not behave, and what they are hearing of it."""

from __future__ import annotations

import asyncio

from playwright.async_api import Page, expect

from sip import api
from tests.support.exchange import Exchange
from tests.support.sound import tone, write_wav

SAID = {"abuse_1": "1차 경고 안내", "abuse_2": "2차 경고 안내", "abuse_3": "종료 안내", "threat_3": "협박 종료 안내"}


async def says_something(office: Exchange) -> None:
    """Give the office an announcement for each stage: the fake voice does not open their files."""
    for name, said in SAID.items():
        office.has_announcement(name.replace("_", "-"), said)
        await office.services.abuse.choose_wording(name, "ko", name.replace("_", "-"))


async def is_told(office: Exchange, call: str, name: str) -> str:
    """Wait until the caller hears an announcement and nothing else; returns the play."""
    await office.until(lambda: any(play.startswith("notice-") for play in office.caller_hears(call)))
    (play,) = office.caller_hears(call)
    played = next(p for p in office.voice.ordered(call, api.Play) if isinstance(p, api.Play) and p.play == play)
    assert name in {office.services.abuse.notice(stage, reason).name for stage, reason in _said()}
    assert played.file.endswith("x.wav")
    assert next(one for one in office.live() if one.id == call).playing == name
    return play


def _said() -> list[tuple[int, str]]:
    return [(int(name[-1]), name[:-2]) for name in SAID]


async def heard_it(office: Exchange, call: str, name: str) -> None:
    """Let the caller hear an announcement to its end."""
    office.voice.finish_play(call, await is_told(office, call, name))


async def is_recorded(office: Exchange, call: str) -> None:
    """Write the sound of a call that still goes on, where the voice would have written it."""
    folder = office.services.config.folder / "voice" / call
    plays = [one.play for one in office.voice.ordered(call, api.Play) if isinstance(one, api.Play)]
    legs = [*office.voice.conversations[call].legs, *plays, *map(api.sent_track, plays)]
    for number, leg in enumerate(legs):
        await asyncio.to_thread(write_wav, folder / f"{leg}.wav", tone(400 + 100 * number, 1))


async def ended_by_keys(office: Exchange, page: Page, call: str) -> None:
    """Let an agent warn a caller twice by keys, and end the call; all of it is recorded."""
    steps = {"1차 경고 보내기": "1차 경고 안내", "2차 경고 보내기": "2차 경고 안내", "지금 강제 종료": "종료 안내"}
    for does, name in steps.items():
        await page.keyboard.press("Alt+x")
        await expect(page.locator("[data-protect-does]")).to_have_text(does)
        await expect(page.locator("[data-protect-go]")).to_be_enabled()  # the last announcement is over here, too
        await page.wait_for_timeout(450)  # what comes sooner is not meant
        await page.keyboard.press("Enter")
        await is_told(office, call, name)
        await is_recorded(office, call)
        await heard_it(office, call, name)
        if does != "지금 강제 종료":
            await expect(page.locator(".bar-stage")).to_contain_text(name[:5])
            await office.until(lambda: office.caller_hears(call) == {"101"})
    await office.until(lambda: not office.live())
    await office.services.evidence.settled()
    async with asyncio.timeout(20):
        while (kept := await office.services.recordings.for_call(call)) is None or kept.state != "ready":  # noqa: ASYNC110
            await asyncio.sleep(0.02)
