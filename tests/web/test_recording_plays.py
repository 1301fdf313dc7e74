"""A recording in a real browser: it plays, its length is right, the sides are where they belong, one can jump in it."""

from __future__ import annotations

import functools
import operator
import random
import shutil
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, sync_playwright

from appliance.recordings.encoder import make
from appliance.recordings.formats import Format
from appliance.recordings.work import Job, Made, Source
from tests.support.sound import RATE, silence, tone, write_wav

pytestmark = pytest.mark.web

PAGE = "http://soribox.test/"
_STRETCH = 3  # seconds for which each tone of the long recording lasts

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


# Which tone is heard where the player has jumped to, a little later, by the sound that goes to the loudspeaker.
JUMP = """async (at) => {
    const audio = document.querySelector("audio");
    const happens = (name) => new Promise((yes) => audio.addEventListener(name, yes, { once: true }));
    if (!window.ear) {
        audio.src = "/recording";
        await happens("loadedmetadata");
        const context = new AudioContext();
        window.ear = context.createAnalyser();
        ear.fftSize = 8192;
        ear.smoothingTimeConstant = 0;
        context.createMediaElementSource(audio).connect(ear).connect(context.destination);
    }
    const jumped = happens("seeked");
    audio.currentTime = at;
    await jumped;
    const landed = audio.currentTime;
    await audio.play();
    const began = ear.context.currentTime;
    const heard = new Float32Array(ear.frequencyBinCount);
    do {  // a busy machine may play later than it counts, and be silent between
        await new Promise((go) => setTimeout(go, 10));
        ear.getFloatFrequencyData(heard);
    } while (audio.currentTime < at + 0.4 || ear.context.currentTime < began + 0.4 || Math.max(...heard) < -60);
    audio.pause();
    return { landed, hertz: heard.indexOf(Math.max(...heard)) * ear.context.sampleRate / ear.fftSize };
}"""


def record(folder: Path, kept: Format, caller: array[int], agent: array[int], later_ms: int = 0) -> Path:
    """Make the recording of a call in which the agent's track begins so much later."""
    left, right = write_wav(folder / "caller.wav", caller), write_wav(folder / "agent.wav", agent)
    job = Job("call", str(folder / "call"), kept, (Source(str(left), 5000),), (Source(str(right), 5000 + later_ms),))
    assert isinstance(make(job), Made)
    return job.file(kept)


def short_call(folder: Path, kept: Format) -> Path:
    """The caller speaks for a second and a half, then the agent, 3.25 seconds in all."""
    return record(folder, kept, tone(440, 1.5) + silence(1.75), silence(0.5) + tone(880, 1.75), 1000)


def long_call(folder: Path, kept: Format) -> Path:
    """A minute in which the caller is another tone every three seconds; a little noise keeps the file large."""
    tones = [tone(_hertz(number * _STRETCH), _STRETCH) for number in range(60 // _STRETCH)]
    noise = array("h", (random.Random(1).randrange(-500, 500) for _ in range(60 * RATE)))
    return record(folder, kept, functools.reduce(operator.add, tones), noise)


def _hertz(second: float) -> float:
    return 400 + 150 * (second // _STRETCH)


def serve(route: Route, file: Path) -> None:
    """Answer as a web server does that lets a player jump (RFC 9110 section 14)."""
    data = file.read_bytes()
    wanted = route.request.headers.get("range", "bytes=0-").removeprefix("bytes=")
    first, last = (int(place or len(data) - 1) for place in wanted.split("-"))
    headers = {
        "Content-Type": Format.of(file).content_type,
        "Accept-Ranges": "bytes",
        "Content-Range": f"bytes {first}-{last}/{len(data)}",
    }
    route.fulfill(status=206, body=data[first : last + 1], headers=headers)


@contextmanager
def player(recording: Path) -> Iterator[Page]:
    """Open a page with a player, served without a network."""

    def answer(route: Route) -> None:
        if route.request.url == PAGE:
            route.fulfill(body="<!doctype html><audio></audio>", content_type="text/html")
        elif route.request.url == PAGE + "recording":
            serve(route, recording)
        else:
            route.fulfill(status=404)

    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=options)
        opened = browser.new_page()
        opened.route("**/*", answer)
        opened.goto(PAGE)
        yield opened
        browser.close()


@pytest.mark.parametrize("kept", Format)
def test_a_browser_plays_a_recording_and_knows_its_length_and_its_sides(tmp_path: Path, kept: Format) -> None:
    with player(short_call(tmp_path, kept)) as page:
        heard = page.evaluate(LISTEN)
    # Chromium counts an Ogg file's length in whole packets of 20 ms, less the pre-skip; what it decodes is exact.
    assert heard["duration"] == pytest.approx(3.25, abs=0.027 if kept is Format.SMALL else 0.0001)
    assert heard["decoded"] == pytest.approx(3.25, abs=0.001)
    assert heard["at"] == pytest.approx(2.5, abs=0.01)
    assert heard["callerFirst"] > 0.3 > 0.01 > heard["agentFirst"]
    assert heard["agentThen"] > 0.3 > 0.01 > heard["callerThen"]


@pytest.mark.parametrize("kept", Format)
def test_one_can_jump_anywhere_in_a_recording_and_hears_what_was_said_there(tmp_path: Path, kept: Format) -> None:
    with player(long_call(tmp_path, kept)) as page:
        for moment in (45.5, 9.5, 57.5, 0.5, 30.5):
            heard = page.evaluate(JUMP, moment)
            assert heard["landed"] == pytest.approx(moment, abs=0.001)
            assert heard["hertz"] == pytest.approx(_hertz(moment), abs=10)
