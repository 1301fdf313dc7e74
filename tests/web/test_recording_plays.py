"""A recording in a real browser: it plays, its length is right, the sides are where they belong, one can jump in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, sync_playwright

from appliance.recordings.encoder import make
from appliance.recordings.work import Job, Made, Source
from tests.support.sound import silence, tone, write_wav

pytestmark = pytest.mark.web

PAGE = "http://soribox.test/"

# What a person would notice with an <audio> element, and what the decoder made of each side.
LISTEN = """async () => {
    const audio = document.querySelector("audio");
    const happens = (name) => new Promise((yes, no) => {
        audio.addEventListener(name, yes, { once: true });
        audio.addEventListener("error", () => no(new Error(audio.error.message)), { once: true });
    });
    audio.src = "/recording";
    await happens("loadedmetadata");
    const playing = happens("timeupdate");
    audio.muted = true;
    await audio.play();
    await playing;
    audio.pause();
    const jumped = happens("seeked");
    audio.currentTime = 2.5;
    await jumped;
    const data = await (await fetch("/recording")).arrayBuffer();
    const context = new OfflineAudioContext(2, 8, 48000);
    const sound = await context.decodeAudioData(data);
    const loudness = (channel, from, to) => {
        const part = sound.getChannelData(channel).slice(from * 48000, to * 48000);
        return Math.sqrt(part.reduce((sum, value) => sum + value * value, 0) / part.length);
    };
    return {
        duration: audio.duration, decoded: sound.duration, at: audio.currentTime,
        callerFirst: loudness(0, 0.1, 1.4), agentFirst: loudness(1, 0.1, 1.4),
        callerThen: loudness(0, 1.7, 3.1), agentThen: loudness(1, 1.7, 3.1),
    };
}"""


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """The caller speaks for a second and a half, then the agent, 3.25 seconds in all."""
    caller = write_wav(tmp_path / "caller.wav", tone(440, 1.5) + silence(1.75))
    agent = write_wav(tmp_path / "agent.wav", silence(0.5) + tone(880, 1.75))
    target = tmp_path / "call.opus"
    job = Job("call", str(target), (Source(str(caller), 5000),), (Source(str(agent), 6000),))
    assert isinstance(make(job), Made)
    return target


def serve(route: Route, data: bytes) -> None:
    """Answer as a web server does that lets a player jump (RFC 9110 section 14)."""
    wanted = route.request.headers.get("range", "bytes=0-").removeprefix("bytes=")
    first, last = (int(place or len(data) - 1) for place in wanted.split("-"))
    headers = {
        "Content-Type": "audio/ogg; codecs=opus",
        "Accept-Ranges": "bytes",
        "Content-Range": f"bytes {first}-{last}/{len(data)}",
    }
    route.fulfill(status=206, body=data[first : last + 1], headers=headers)


@pytest.fixture
def page(recording: Path) -> Iterator[Page]:
    """A page with a player, served without a network."""

    def answer(route: Route) -> None:
        if route.request.url == PAGE:
            route.fulfill(body="<!doctype html><audio></audio>", content_type="text/html")
        elif route.request.url == PAGE + "recording":
            serve(route, recording.read_bytes())
        else:
            route.fulfill(status=404)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        opened = browser.new_page()
        opened.route("**/*", answer)
        opened.goto(PAGE)
        yield opened
        browser.close()


def test_a_browser_plays_a_recording_and_knows_its_length_and_its_sides(page: Page) -> None:
    heard = page.evaluate(LISTEN)
    # Chromium counts an Ogg file's length in whole packets of 20 ms, less the pre-skip; what it decodes is exact.
    assert heard["duration"] == pytest.approx(3.25, abs=0.027)
    assert heard["decoded"] == pytest.approx(3.25, abs=0.001)
    assert heard["at"] == pytest.approx(2.5, abs=0.01)
    assert heard["callerFirst"] > 0.3 > 0.01 > heard["agentFirst"]
    assert heard["agentThen"] > 0.3 > 0.01 > heard["callerThen"]
