"""Analog lines as sound cards hear them: recorded into the store, shown on the page, read for callers' numbers."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from pathlib import Path

import pytest
from blockbuster import BlockBuster
from playwright.async_api import Browser, expect

from appliance.analog.service import LineDraft
from appliance.calls.call import CallView, Result, State
from appliance.calls.line_calls import LineRing
from appliance.recordings.service import RecordingReady
from appliance.recordings.service import State as Recorded
from hw.api import Frame, FrameKind, Heard
from hw.cid.fsk import encode
from hw.sound import cards
from hw.sound.api import Block
from hw.sound.cards import Cards, Hears
from hw.sound.fake import FakeCards
from tests.support.browser import open_page, seat
from tests.support.exchange import PHONES, Exchange, exchange
from tests.support.sound import RATE, listen, power, silence, tone
from tests.support.spoken_cid import Disturbance, disturbed, fsk_sound

pytestmark = pytest.mark.web

CARD = "plughw:CARD=Device,DEV=0"
LEFT, RIGHT = 440, 1300  # what is said on the two lines, in hertz
BOX = "usb-box"
RING = LineRing(
    "1",
    "회선",
    "",
    "",
    tells=True,
    caller="+821055551234",
    presentation="shown",
    caller_name="",
    at_ms=0,
    recorded="automatic",
)


class Lines:
    """An office with a caller-ID box on line 1, whose sound comes in on a card that is not there in truth."""

    def __init__(self, office: Exchange, fake: FakeCards) -> None:
        self.office = office
        self.fake = fake
        self.analog = office.services.analog
        self.line = 0
        self.ready: set[str] = set()
        office.bus.subscribe(RecordingReady, self._recorded)

    def _recorded(self, event: RecordingReady) -> None:
        if event.state is Recorded.READY:
            self.ready.add(event.call_id)

    async def set_up(self) -> None:
        """Let the line be known, and nothing ring on it."""
        self.tell(FrameKind.ON_HOOK)
        await self.office.until(self.analog.lines)
        self.line = self.analog.lines()[0].id
        await self.change(card=CARD)
        await self.heard()

    async def change(self, **what: object) -> None:
        known = self.analog.line(self.line)
        draft = LineDraft(**{one.name: getattr(known, one.name) for one in fields(LineDraft)})
        await self.analog.change_line(self.line, replace(draft, **what))  # type: ignore[arg-type]

    async def heard(self) -> None:
        """Wait until the card is listened to."""
        await self.office.until(lambda: CARD in self.fake.streams and not self.fake.streams[CARD].closed)

    def tell(self, kind: FrameKind, number: str = "") -> None:
        self.analog.heard(Heard(BOX, Frame(kind, 1, number), self.office.now))

    async def ring(self, number: str = "01055551234") -> str:
        self.tell(FrameKind.RING, number)
        await self.office.until(self.office.live)
        return self.office.only_call.id

    async def talk(self, **how: object) -> str:
        """Let somebody call and be answered; return when the call is being recorded."""
        call = await self.ring()
        self.say(silence(0.1))  # a card is green when it is heard
        self.tell(FrameKind.OFF_HOOK)
        await self.recorded_now()
        return call

    async def recorded_now(self) -> None:
        await self.office.until(lambda: [one.recording for one in self.office.live()] == ["live"])
        await self.office.until(lambda: self.analog.sound._tapes)  # sound of the past is said at once here

    @asynccontextmanager
    async def sounding(self, level: float) -> AsyncIterator[None]:
        """Let a tone go on, as fast as it is heard."""

        async def go_on() -> None:
            while True:
                self.say(tone(LEFT, 0.1, level=level))
                await asyncio.sleep(0.1)

        task = asyncio.create_task(go_on())
        yield
        task.cancel()

    def say(self, left: array[int], right: array[int] | None = None) -> None:
        self.fake.say(CARD, left, right if right is not None else silence(len(left) / RATE))

    async def over(self, call: str) -> tuple[CallView, array[int]]:
        """Wait until a call is over and its recording ready; return both."""
        await self.office.until(lambda: call in self.ready)
        known = await self.office.services.recordings.for_call(call)
        assert known is not None
        sound = await asyncio.to_thread(listen, self.office.services.recordings.file(known.path))
        assert sound[0] == sound[1], "both sides are heard on both ears"
        return await self.office.services.calls.call(call), sound[0]


@pytest.fixture
async def lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocking_is_an_error: BlockBuster
) -> AsyncIterator[Lines]:
    monkeypatch.setattr(cards, "AGAIN_S", 0.05)
    blocking_is_an_error.deactivate()  # starting may touch the disk; serving may not
    async with exchange(tmp_path / "box", *PHONES) as made:
        blocking_is_an_error.activate()
        analog = made.services.analog
        fake = FakeCards({CARD: "USB PnP Sound Device"})
        analog._tasks.start("hear devices", analog._told.deal())  # the box itself is played by the test
        analog.sound.start(Cards(fake, Hears(analog.sound.heard, analog.sound.changed, made.services.clock.now_ms)))
        played = Lines(made, fake)
        await played.set_up()
        yield played
        await analog.stop()
        blocking_is_an_error.deactivate()


def seconds(sound: array[int]) -> float:
    return len(sound) / RATE


async def test_a_talk_is_recorded_from_handset_to_handset_and_plays(lines: Lines, browser: Browser) -> None:
    call = await lines.talk()
    lines.say(tone(LEFT, 2), tone(RIGHT, 2))
    lines.tell(FrameKind.ON_HOOK)
    row, sound = await lines.over(call)
    assert (row.result, row.line) == (Result.ANSWERED, "회선 1")
    assert 1.9 < seconds(sound) < 2.3
    assert power(sound[-RATE:], LEFT) > 0.2 > 0.01 > power(sound[-RATE:], RIGHT)
    page = await open_page(await seat(browser, lines.office, "haneul"), lines.office, f"/calls/{call}")
    await expect(page.locator("[data-player]")).to_have_attribute("data-state", "ready")
    await expect(page.locator("main")).to_contain_text("회선의 소리를 녹음하기 시작했습니다")
    await page.locator("[data-play]").click()
    await expect(page.locator("[data-at]")).not_to_have_text("0:00")


async def test_a_card_that_is_pulled_out_loses_nothing_and_goes_on_when_it_is_back(lines: Lines) -> None:
    call = await lines.talk()
    lines.say(tone(LEFT, 1))
    lines.fake.pull_out(CARD)
    await lines.office.until(lambda: [one.recording for one in lines.office.live()] == [""])
    lines.fake.plug_in(CARD)
    await lines.heard()
    lines.say(silence(0.1))
    await lines.recorded_now()
    lines.say(tone(RIGHT, 1))
    lines.tell(FrameKind.ON_HOOK)
    _, sound = await lines.over(call)
    assert power(sound[: RATE // 2], LEFT) > 0.2
    assert power(sound[-RATE // 2 :], RIGHT) > 0.2
    words = [step.key for step in await lines.office.services.calls.timeline(call)]
    assert "timeline.line_tape_card" in words
    assert words.count("timeline.line_tape_begun") == 2


async def test_a_second_caller_who_rings_meanwhile_costs_a_recorded_talk_no_sound(lines: Lines) -> None:
    call = await lines.talk()
    lines.say(tone(LEFT, 1))
    lines.tell(FrameKind.RING, "01099998888")
    await lines.office.until(lambda: len(lines.office.live()) == 2)
    lines.say(tone(RIGHT, 1))
    lines.tell(FrameKind.ON_HOOK)
    _, sound = await lines.over(call)
    assert 1.9 < seconds(sound) < 2.3
    assert power(sound[RATE // 2 : RATE], LEFT) > 0.2
    assert power(sound[-RATE // 2 :], RIGHT) > 0.2


async def test_a_file_that_cannot_be_mended_ends_its_call_and_the_next_one_is_recorded(lines: Lines) -> None:
    on_lines = lines.office.services.calls.on_lines
    broken = await on_lines.ring(replace(RING, line="99"))
    on_lines.picked_up("99", lines.office.now)
    no_file = on_lines.folder(broken) / "line-1.wav"  # the system refuses to open it
    await asyncio.to_thread(no_file.mkdir, parents=True)
    await on_lines.tape_begins(broken, no_file.name, lines.office.now)
    on_lines.put_down("99", lines.office.now)
    await lines.office.until(lambda: not lines.office.live())
    call = await lines.talk()
    lines.say(tone(LEFT, 1))
    lines.tell(FrameKind.ON_HOOK)
    assert seconds((await lines.over(call))[1]) > 0.9


async def test_noise_answers_no_call_where_the_device_would_tell_of_the_handset(lines: Lines) -> None:
    await lines.analog.remove_line(lines.line)
    line = await lines.analog.add_line(LineDraft("새 상자의 회선", card=CARD))
    on_lines = lines.office.services.calls.on_lines
    call = await on_lines.ring(replace(RING, line=str(line.id), at_ms=lines.office.now))
    for step in range(40):
        lines.analog.sound.heard(Block(CARD, lines.office.now + step * 100, (tone(LEFT, 0.1), silence(0.1))))
    on_lines.put_down(str(line.id), lines.office.now + 4000)
    await lines.office.until(lambda: not lines.office.live())
    assert (await lines.office.services.calls.call(call)).result is Result.CANCELLED


async def test_an_agent_records_pauses_and_ends_from_the_card(lines: Lines, browser: Browser) -> None:
    await lines.change(recorded="by_hand")
    page = await open_page(await seat(browser, lines.office, "haneul"), lines.office)
    lines.say(silence(0.1))
    call = await lines.ring()
    pop = page.locator(".pop")
    await pop.get_by_role("button", name="녹음 시작").click()
    await expect(pop).to_have_attribute("data-phase", "talking")
    await expect(pop.locator(".pop-record")).to_contain_text("녹음 중")
    await lines.recorded_now()
    lines.say(tone(LEFT, 1))
    await page.keyboard.press("Alt+KeyS")
    await lines.office.until(lambda: lines.office.only_call.paused)
    await lines.office.until(lambda: next(iter(lines.analog.sound._tapes.values())).paused)
    lines.say(tone(RIGHT, 1))
    await pop.locator("[data-step=record]").click()
    await expect(pop.get_by_role("button", name="녹음 시작")).to_be_visible()
    lines.tell(FrameKind.ON_HOOK)
    row, sound = await lines.over(call)
    assert row.pauses
    assert power(sound[RATE // 4 : RATE * 3 // 4], LEFT) > 0.2
    assert power(sound[-RATE // 2 :], RIGHT) < 0.001


async def test_where_no_device_tells_people_who_talk_begin_it_and_silence_ends_it(lines: Lines) -> None:
    await lines.office.services.settings.set(**{"calls.line_silence_seconds": 1})
    await lines.analog.remove_line(lines.line)
    line = await lines.analog.add_line(LineDraft("팩스 옆 회선", card=CARD, side=2, listens=True))
    again = await lines.analog.add_line(LineDraft("팩스 옆 회선", card=CARD, side=2, listens=True))
    assert line.id == again.id
    await lines.heard()
    number = array("h", disturbed(fsk_sound(encode("01012345678"), RATE), RATE, seed=1, how=Disturbance()))
    lines.say(silence(len(number) / RATE), number)
    await lines.office.until(lines.office.live)
    call = lines.office.only_call
    assert (call.far_number, call.line, call.state) == ("+821012345678", "팩스 옆 회선", State.RINGING)
    for _ in range(32):  # as it is spoken
        lines.say(silence(0.1), tone(RIGHT, 0.1))
        await asyncio.sleep(0.1)
    async with asyncio.timeout(20):
        while lines.office.only_call.state is not State.TALKING:  # its row is being written, or there was a gap
            lines.say(silence(0.1), tone(RIGHT, 0.1))
            await asyncio.sleep(0.1)
    while lines.office.live():
        lines.say(silence(0.1), silence(0.1))
        await asyncio.sleep(0.1)
    row, sound = await lines.over(call.id)
    assert row.result is Result.ANSWERED
    assert seconds(sound) > 3.5, "what was said before anybody knew that it is a talk is there as well"
    words = [step.key for step in await lines.office.services.calls.timeline(call.id)]
    assert {"timeline.line_sounds", "timeline.line_silence"} <= {*words}


async def test_a_line_that_a_device_watches_is_not_read_by_ear_and_its_form_does_not_offer_to(
    lines: Lines, browser: Browser
) -> None:
    await lines.change(listens=True)
    number = array("h", disturbed(fsk_sound(encode("01012345678"), RATE), RATE, seed=1, how=Disturbance()))
    await lines.analog.add_line(LineDraft("팩스 옆 회선", card=CARD, side=2, listens=True))
    lines.say(number, number)
    await lines.office.until(lambda: "팩스 옆 회선" in {one.line for one in lines.office.live()})
    assert len(lines.office.live()) == 1, "the device alone tells who calls on its line"
    page = await open_page(await seat(browser, lines.office, "admin"), lines.office, "/devices")
    await page.locator("tr", has_text="회선 1").get_by_role("link").click()
    form = page.locator("dialog form").first
    await expect(form.locator("[name=gain_db]")).to_be_visible()
    await expect(form.locator("[name=listens]")).to_have_count(0)


async def test_the_page_shows_how_loud_a_line_is_and_what_can_be_chosen(lines: Lines, browser: Browser) -> None:
    page = await open_page(await seat(browser, lines.office, "admin"), lines.office, "/devices")
    row = page.locator("tr", has_text="회선 1")
    async with lines.sounding(0.25):
        await expect(row.locator("[data-level-peak]")).to_have_text("−12.0")
    await row.get_by_role("link").click()
    form = page.locator("dialog form").first
    await form.locator("[name=gain_db]").select_option("20")
    await form.locator("[name=recorded]").select_option("by_hand")
    await form.get_by_role("button", name="저장").click()
    await expect(page.locator("main")).to_contain_text("상담원이 눌러서 녹음")
    changed = lines.analog.line(lines.line)
    assert (changed.gain_db, changed.recorded, changed.card) == (20, "by_hand", CARD)
    async with lines.sounding(0.25):
        await expect(row.locator("[data-level-clip]")).to_be_visible()
    lines.fake.pull_out(CARD)
    await expect(row).to_contain_text("사운드 카드 연결 끊김")
