"""Analog lines and devices keep what was said of them, whatever else happens meanwhile; what is removed stays away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from appliance.analog.service import SIMULATED, Analog, LineDraft
from appliance.analog.types import DeviceChoice
from appliance.core.errors import InvalidInput, NotAllowed
from appliance.lines.types import RingGroup
from hw.api import Frame, FrameKind, Heard
from hw.sound.cards import Cards, Hears
from hw.sound.fake import FakeCards
from tests.support.exchange import MAIN_NUMBER, Exchange
from tests.support.line_office import dialling_box
from tests.support.sound import silence

pytestmark = pytest.mark.web

CARD = "usb"
NUMBER = "010-5555-1234"


@pytest.fixture
def office(office_with_a_line: Exchange) -> Exchange:
    return office_with_a_line


def ring(device: str, at_ms: int) -> Heard:
    return Heard(device, Frame(FrameKind.RING, 1, "01055551234"), at_ms)


async def test_the_trial_device_cannot_be_changed(office: Exchange) -> None:
    analog = office.services.analog
    await analog.plug_in_trial(on=True)
    await office.until(analog.dialler.ways)
    for choice in (DeviceChoice(SIMULATED, excluded=True), DeviceChoice(SIMULATED, dialect="hayes")):
        with pytest.raises(InvalidInput):
            await analog.choose(choice)
    assert analog.dialler.ways()
    await analog.plug_in_trial(on=False)
    assert analog.devices() == ()


async def test_what_is_wanted_of_two_devices_at_once_is_kept_of_both(
    office: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    analog, database = office.services.analog, office.services.analog._database
    reading, asked, may_answer = database.read, asyncio.Event(), asyncio.Event()

    async def slow(work: Callable[[], object]) -> object:
        found = await reading(work)
        asked.set()
        await may_answer.wait()  # what was read is out of date meanwhile
        return found

    first, second = (DeviceChoice(f"/dev/ttyUSB{number}", excluded=True) for number in (7, 8))
    with monkeypatch.context() as patch:
        patch.setattr(database, "read", slow)
        choosing, waiting = asyncio.create_task(analog.choose(first)), asyncio.create_task(asked.wait())
        await asyncio.wait({choosing, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
    await analog.choose(second)
    may_answer.set()
    await choosing
    assert [analog.choice(one.device) for one in (first, second)] == [first, second]


async def test_a_line_for_a_sound_card_leaves_that_of_a_device_as_it_is(office: Exchange, tmp_path: Path) -> None:
    analog = office.services.analog
    async with dialling_box(office, tmp_path / "ttyCID"):
        [line] = analog.lines()
        kept = await analog.change_line(line.id, LineDraft("본사", MAIN_NUMBER, prefix="9", card=CARD))
        with pytest.raises(InvalidInput):  # this side of the card is taken
            await analog.add_line(LineDraft("본사", card=CARD, dials=False))
        assert analog.lines() == (kept,)
    draft = LineDraft("별관", card=CARD, side=2, listens=True)
    added = await analog.add_line(draft)
    assert await analog.add_line(draft) == added


async def test_what_is_said_of_a_line_while_its_handset_moves_is_kept(office: Exchange, tmp_path: Path) -> None:
    analog = office.services.analog
    async with dialling_box(office, tmp_path / "ttyCID"):
        [line] = analog.lines()
        await asyncio.gather(analog.change_line(line.id, LineDraft("본사", prefix="9")), analog._book.tells(line))
        [changed] = analog.lines()
        assert (changed.name, changed.prefix, changed.tells) == ("본사", "9", True)


async def test_a_line_that_is_removed_while_its_handset_moves_is_gone(office: Exchange, tmp_path: Path) -> None:
    analog = office.services.analog
    async with dialling_box(office, tmp_path / "ttyCID"):
        [line] = analog.lines()
        await asyncio.gather(analog.remove_line(line.id), analog._book.tells(line))
        assert analog.lines() == ()


async def test_a_call_read_from_the_sound_of_a_removed_line_makes_no_new_one(office: Exchange) -> None:
    analog = office.services.analog
    line = await analog.add_line(LineDraft("별관", card=CARD, listens=True))
    analog.heard(ring(line.device, office.now))
    await office.until(office.live)
    await analog.remove_line(line.id)
    before = {call.id for call in office.live()}
    analog.heard(ring(line.device, office.now + 60_000))  # was still being read
    await analog._told.settled()
    assert analog.lines() == ()
    assert {call.id for call in office.live()} == before


async def test_an_extension_dials_on_lines_of_its_own_group_only(office: Exchange, tmp_path: Path) -> None:
    analog = office.services.analog
    group = await office.services.lines.add_group(RingGroup("", "별관", everyone=False, members=("102",)))
    async with dialling_box(office, tmp_path / "ttyCID") as box:
        [line] = analog.lines()
        await analog.change_line(line.id, LineDraft("별관", group=group.id))
        with pytest.raises(NotAllowed, match="line_elsewhere"):
            await analog.dialler.dial(line.id, "101", NUMBER, "김하늘")
        assert office.live() == ()
        await analog.dialler.dial(line.id, "102", NUMBER, "관리자")  # also for somebody who acts for that desk
        await office.until(lambda: box.dialled == [(1, "01055551234")])


@pytest.fixture
async def cards(office: Exchange) -> AsyncIterator[FakeCards]:
    sound, fake = office.services.analog.sound, FakeCards({CARD: "USB PnP Sound Device"})
    sound.start(Cards(fake, Hears(sound.heard, sound.changed, office.services.clock.now_ms)))
    yield fake
    await sound.stop()


async def test_a_desk_beside_a_line_whose_callers_are_heard_is_reached_by_it(
    office: Exchange, cards: FakeCards
) -> None:
    analog: Analog = office.services.analog
    assert not analog.reaches("101")
    line = await analog.add_line(LineDraft("별관", card=CARD, listens=True))
    await office.until(lambda: cards.streams)
    cards.say(CARD, silence(0.1), silence(0.1))
    await office.until(lambda: analog.reaches("101"))
    await analog.change_line(line.id, LineDraft("별관", card=CARD, listens=False))  # recorded, but no screen pops
    assert not analog.reaches("101")
    await analog.change_line(line.id, LineDraft("별관", card=CARD, listens=True))
    assert analog.reaches("101")
    cards.pull_out(CARD)
    assert not analog.reaches("101")
