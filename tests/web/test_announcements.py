"""The pages of announcements: heard, uploaded, made from text, used by groups, removed; and who may do what."""

from __future__ import annotations

import asyncio
import html
import io
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData
from playwright.async_api import Browser, Page, expect

from appliance.announcements.service import Draft
from appliance.calls.ports import Overflow, OverflowKind
from tests.support.announcing import made
from tests.support.browser import open_page, seat
from tests.support.panel import Box, Visitor
from tests.support.stage import Stage

pytestmark = pytest.mark.web

LUNCH = {"name": "점심", "text": "지금은 점심시간입니다.", "language": "ko", "speed": "100"}
TUNE = "aevalsrc='0.3*sin(2*PI*440*t)':d=2:s=22050"


async def tune(folder: Path, name: str = "왈츠.mp3") -> Path:
    return await asyncio.to_thread(made, folder / name, TUNE)


async def send(visitor: Visitor, path: str, file: Path | None, **fields: str) -> tuple[int, str, str]:
    """Send a form with a file as a browser does; returns status, text and where it led."""
    form = FormData(quote_fields=False)  # a browser sends names as they are
    for name, value in fields.items():
        form.add_field(name, value)
    content = b"" if file is None else await asyncio.to_thread(file.read_bytes)
    form.add_field("sound", io.BytesIO(content), filename="" if file is None else file.name, content_type="audio/mpeg")
    headers = visitor.headers | {"Origin": visitor.url}
    async with visitor.session.post(visitor.url + path, data=form, headers=headers) as answer:
        return answer.status, await answer.text(), answer.url.path


async def test_a_file_is_uploaded_listed_and_sent_in_pieces(box: Box, tmp_path: Path) -> None:
    admin = await box.set_up()
    status, page, path = await send(admin, "/announcements/add", await tune(tmp_path), name="", music="on")
    assert (status, path) == (200, "/announcements")
    (kept,) = box.services.announcements.list()
    assert (kept.name, kept.music) == ("왈츠", True), "without a name it is called like the file"
    assert "왈츠" in page
    assert "대기 음악" in page
    address = f"{admin.url}/announcements/{kept.id}/sound"
    async with admin.session.get(address, headers={"Range": "bytes=0-43"}) as answer:
        piece = await answer.read()
        assert (answer.status, answer.headers["Content-Type"]) == (206, "audio/wav")
        assert (len(piece), piece[:4]) == (44, b"RIFF")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"this is a letter", "소리를 읽을 수 없는 파일"),
        (None, "음원 파일을 선택하세요"),
        (bytes(30_000_001), "30MB가 넘는"),
    ],
    ids=["letter", "nothing", "large"],
)
async def test_what_cannot_be_used_is_refused_beside_the_file(
    box: Box, tmp_path: Path, content: bytes | None, told: str
) -> None:
    admin, file = await box.set_up(), tmp_path / "sent.mp3"
    if content is not None:
        await asyncio.to_thread(file.write_bytes, content)
    status, page, _ = await send(admin, "/announcements/add", file if content is not None else None, name="노래")
    assert status == 422
    assert told in re.sub(r".*id=\"sound-error\"", "", page, flags=re.DOTALL)[:200]
    assert 'value="노래"' in page
    assert box.services.announcements.list() == ()


async def test_a_text_is_heard_kept_and_changed(box: Box) -> None:
    admin = await box.set_up("en")
    preview = (await admin.post("/announcements/preview", LUNCH)).text
    address = re.search(r'src="(/announcements/preview/\w+)"', preview)
    assert address
    assert (await admin.get(address[1])).headers["Content-Type"] == "audio/wav"
    assert "Enter what is to be said" in (await admin.post("/announcements/preview", LUNCH | {"text": ""})).text
    assert (await admin.post("/announcements/speak", LUNCH)).path == "/announcements"
    (kept,) = box.services.announcements.list()
    form = (await admin.get(f"/announcements/{kept.id}")).text
    assert "지금은 점심시간입니다.</textarea>" in form
    changed = LUNCH | {"text": "We are at lunch.", "language": "en", "speed": "80"}
    assert (await admin.post(f"/announcements/{kept.id}", changed)).path == "/announcements"
    (kept,) = box.services.announcements.list()
    assert (kept.text, kept.language, kept.speed) == ("We are at lunch.", "en", 80)
    refused = await admin.post("/announcements/speak", LUNCH | {"text": "…"})
    assert (refused.status, "text-error" in refused.text) == (422, True)
    assert "name-error" in (await admin.post("/announcements/speak", LUNCH)).text, "the name is taken"


async def test_a_group_chooses_what_its_callers_hear_and_that_stays(box: Box) -> None:
    admin, announcements = await box.set_up("en"), box.services.announcements
    lunch = await announcements.speak(Draft("Lunch", "en", text="We are at lunch."))
    await box.services.lines.add_extension("101", "Desk")
    form: dict[str, Any] = {"label": "All", "who": "everyone", "strategy": "all", "ring_seconds": "20", "rounds": "1"}
    form |= {"queue": "on", "queue_seconds": "60", "queue_limit": "0", "announce_seconds": "0", "music": lunch.id}
    form |= {"overflow": "announcement", "overflow_announcement": lunch.id}
    told = html.unescape((await admin.post("/groups/what-if", form)).text)
    assert "They hear “Lunch” while they wait." in told
    assert "Then the announcement “Lunch” is played" in told
    assert (await admin.post("/groups/main", form)).path == "/groups"
    (main,) = box.services.lines.snapshot().groups
    assert (main.music, main.overflow) == (lunch.id, Overflow(OverflowKind.ANNOUNCEMENT, lunch.id))
    assert f'value="{lunch.id}" selected' in (await admin.get("/groups/main")).text
    assert 'href="/groups/main"' in (await admin.get("/announcements")).text
    refused = await admin.post(f"/announcements/{lunch.id}/remove")
    assert refused.status == 422
    assert "used by: All" in refused.text
    built_in = form | {"music": "", "overflow_announcement": ""}
    assert (await admin.post("/groups/main", built_in)).path == "/groups"
    (main,) = box.services.lines.snapshot().groups
    assert (main.music, main.overflow) == ("", Overflow(OverflowKind.ANNOUNCEMENT))
    assert "“Lunch” has been removed" in html.unescape((await admin.post(f"/announcements/{lunch.id}/remove")).text)
    assert announcements.list() == ()


async def test_the_boxs_own_are_listed_and_copied_but_not_changed(box: Box) -> None:
    admin = await box.set_up("en")
    await box.services.announcements.start()
    await box.services.announcements.settled()
    page = (await admin.get("/announcements")).text
    assert page.index("Nobody can answer now · English") < page.index("Nobody can answer now · Korean")
    copy = (await admin.get("/announcements/speak?like=box-closed-en")).text
    assert "Our office is closed" in copy
    assert (await admin.get("/announcements/box-closed-en")).status == 409
    assert (await admin.get("/announcements/box-closed-en/sound")).status == 200
    assert (await admin.get("/announcements/nothing/sound")).status == 404


async def test_agents_listen_and_change_nothing(box: Box) -> None:
    await box.set_up()
    lunch = await box.services.announcements.speak(Draft("점심", "ko", text="점심시간입니다."))
    agent = await box.agent()
    page = (await agent.get("/announcements")).text
    assert f"/announcements/{lunch.id}/sound" in page
    assert "/announcements/add" not in page
    assert (await agent.get(f"/announcements/{lunch.id}/sound")).status == 200
    for path in ("/announcements/speak", f"/announcements/{lunch.id}", f"/announcements/{lunch.id}/remove"):
        assert (await agent.post(path, LUNCH)).status == 403


async def test_changes_are_in_the_access_log(box: Box) -> None:
    admin = await box.set_up()
    await admin.post("/announcements/speak", LUNCH)
    noted = [(one.what, one.about) for one in await box.services.access.entries()]
    assert noted[0] == ("announcements_changed", "announcements 점심")


PLAYS = """async (audio) => {
    const happens = (name) => new Promise((yes, no) => {
        audio.addEventListener(name, yes, { once: true });
        audio.addEventListener("error", () => no(new Error(audio.error.message)), { once: true });
    });
    audio.muted = true;
    const playing = happens("timeupdate");
    await audio.play();
    await playing;
    audio.pause();
    const jumped = happens("seeked");
    audio.currentTime = 1.5;
    await jumped;
    return { duration: audio.duration, at: audio.currentTime };
}"""


async def heard(page: Page, where: str) -> dict[str, float]:
    told: dict[str, float] = await page.locator(where).evaluate(PLAYS)
    return told


@pytest.mark.parametrize(("language", "theme"), [("ko", "light"), ("en", "dark")])
async def test_a_file_is_uploaded_and_played_in_a_browser(
    played: Stage, browser: Browser, tmp_path: Path, language: str, theme: str
) -> None:
    context = await seat(browser, played, "admin", language=language, theme=theme)
    page = await open_page(context, played, "/announcements")
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    await page.click("a[href='/announcements/add']")
    await page.set_input_files("[name=sound]", await tune(tmp_path, "waltz.m4a"))
    await page.fill("[name=name]", "Waltz")
    await page.check("[name=music]")
    await page.click("form.form [type=submit]")
    await expect(page.locator("tr[data-announcement=waltz]")).to_contain_text("Waltz")
    told = await heard(page, "tr[data-announcement=waltz] audio")
    assert 1.95 < told["duration"] < 2.2
    assert told["at"] == 1.5
    await page.click("a[href='/announcements/speak'] >> nth=0")
    await page.fill("[name=text]", "안녕하세요. 잠시만 기다려 주세요.")
    await page.select_option("form.form [name=language]", "ko")
    await page.click(".preview button")
    await expect(page.locator("#preview audio")).to_be_visible(timeout=20_000)
    assert (await heard(page, "#preview audio"))["duration"] > 2
    overflows = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not overflows
    await context.close()
    assert not wrong
