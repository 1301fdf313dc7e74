"""Sound cards: ALSA's program with its `file` plug-in and the fake keep the same promises."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest

from hw.sound import alsa, cards
from hw.sound.alsa import Alsa, listed
from hw.sound.api import BLOCK, RATE, Block, CardCondition, CardFound, Source
from hw.sound.cards import Cards, Hears
from hw.sound.fake import FakeCards
from tests.support.alsa_lines import AlsaLines
from tests.support.serial_line import Seen

pytestmark = pytest.mark.unit


class Outside(Protocol):
    """What happens to cards."""

    async def say(self, name: str, left: array[int], right: array[int]) -> None: ...
    def plug_in(self, name: str) -> None: ...
    def pull_out(self, name: str) -> None: ...


class FakeOutside:
    def __init__(self) -> None:
        self.fake = FakeCards({"line": "line (USB)", "other": "other (USB)"})
        self.plug_in = self.fake.plug_in
        self.pull_out = self.fake.pull_out

    async def say(self, name: str, left: array[int], right: array[int]) -> None:
        self.fake.say(name, left, right)
        await asyncio.sleep(0)  # as any card, it lets others have their turn


class Machine:
    """Cards that are listened to, and what was heard."""

    def __init__(self, source: Source, outside: Outside) -> None:
        self.blocks: list[Block] = []
        self.seen = Seen()
        self.outside = outside
        self.cards = Cards(source, Hears(self._hear, self.seen, lambda: time.time_ns() // 1_000_000))

    def _hear(self, block: Block) -> None:
        self.blocks.append(block)
        self.seen(block)

    def said(self) -> list[Block]:
        """Return the blocks from the first sound on: silence of before may still be on its way."""
        loud = [place for place, block in enumerate(self.blocks) if any(block.channels[0])]
        return self.blocks[loud[0] :] if loud else []

    def heard(self, side: int) -> array[int]:
        return array("h", [one for block in self.said() for one in block.channels[side]])

    async def until(self, condition: CardCondition, card: str = "line") -> None:
        await self.seen.until(lambda: [s.condition for s in self.cards.states() if s.name == card] == [condition])


@pytest.fixture(params=["alsa", "fake"])
async def machine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Machine]:
    monkeypatch.setattr(cards, "AGAIN_S", 0.05)
    if request.param == "fake":
        outside = FakeOutside()
        made = Machine(outside.fake, outside)
        yield made
        await made.cards.stop()
        return
    lines = AlsaLines(tmp_path, "line", "other")
    monkeypatch.setenv("ALSA_CONFIG_PATH", lines.environment["ALSA_CONFIG_PATH"])
    made = Machine(Alsa(), lines)
    yield made
    await made.cards.stop()
    lines.close()
    assert not lines.recorders("line")


LEFT = array("h", [(n * 37) % 20000 - 10000 for n in range(BLOCK * 4)])
RIGHT = array("h", [(n * 11) % 8000 - 4000 for n in range(BLOCK * 4)])


async def test_the_channels_of_a_card_are_heard_apart_and_with_their_moment(machine: Machine) -> None:
    assert {CardFound("line", "line (USB)"), CardFound("other", "other (USB)")} == set(await machine.cards.found())
    await machine.cards.want({"line": 2})
    await open_both(machine)
    before = time.time_ns() // 1_000_000
    machine.blocks.clear()
    await machine.outside.say("line", LEFT, RIGHT)
    await machine.seen.until(lambda: len(machine.said()) >= 4)
    after = time.time_ns() // 1_000_000
    assert machine.heard(0)[: len(LEFT)] == LEFT
    assert machine.heard(1)[: len(RIGHT)] == RIGHT
    moments = [block.at_ms for block in machine.said()]
    assert moments == sorted(moments)
    assert before - 500 < moments[0] < after


async def test_a_block_that_is_read_late_is_not_said_to_have_come_before_the_one_before_it() -> None:
    outside, blocks, now = FakeOutside(), list[Block](), [1_000_000]
    listening = Cards(outside.fake, Hears(blocks.append, lambda _: None, lambda: now[0]))
    await listening.want({"line": 2})
    while "line" not in outside.fake.streams:  # noqa: ASYNC110 - a card tells nobody that it is open
        await asyncio.sleep(0)
    outside.fake.say("line", LEFT[:BLOCK])
    now[0] += 50  # the machine was busy: the last one was read late, and these two together
    outside.fake.say("line", LEFT[: 2 * BLOCK])
    now[0] -= 3_600_000  # somebody has put the clock right
    outside.fake.say("line", LEFT[:BLOCK])
    await listening.stop()
    assert [block.at_ms - 1_000_000 for block in blocks] == [-100, -100, -50, 50 - 3_600_000 - 100]


async def open_both(machine: Machine) -> None:
    """Wait until sound comes in at all."""
    async with asyncio.timeout(20):
        while not machine.blocks:
            await machine.outside.say("line", array("h", bytes(2 * BLOCK)), array("h", bytes(2 * BLOCK)))


async def test_a_card_that_is_pulled_out_is_noticed_and_taken_again_when_it_is_back(machine: Machine) -> None:
    await machine.cards.want({"line": 2})
    await open_both(machine)
    await machine.until(CardCondition.HEARD)
    machine.outside.pull_out("line")
    await machine.until(CardCondition.GONE)
    machine.outside.plug_in("line")
    machine.blocks.clear()
    await open_both(machine)
    await machine.until(CardCondition.HEARD)


async def test_a_card_that_is_not_there_is_no_error_and_one_that_is_not_wanted_is_let_go(machine: Machine) -> None:
    await machine.cards.want({"nothing": 2, "line": 2, "other": 4})
    await machine.until(CardCondition.GONE, "nothing")
    await open_both(machine)
    await machine.cards.want({"other": 4})
    assert [one.name for one in machine.cards.states()] == ["other"]
    machine.blocks.clear()
    await machine.outside.say("line", LEFT, RIGHT)
    assert not machine.blocks


async def test_what_a_plug_in_gives_at_once_is_taken_no_faster_than_it_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "asound.conf"
    settings.write_text("pcm.!null { type null }\n", encoding="utf-8")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(settings))
    heard: list[Block] = []
    seen = Seen()

    def hear(block: Block) -> None:
        heard.append(block)
        seen(block)

    null = Cards(Alsa(), Hears(hear, seen, lambda: time.time_ns() // 1_000_000))
    begun = time.monotonic()
    await null.want({"null": 2})
    await seen.until(lambda: len(heard) >= 10)
    took = time.monotonic() - begun
    await null.stop()
    assert took > 0.4
    assert len(heard) * BLOCK / RATE < took + 0.7


async def test_gaps_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = FakeOutside()
    machine = Machine(outside.fake, outside)
    await machine.cards.want({"line": 2})
    await open_both(machine)
    outside.fake.miss("line")
    outside.fake.miss("line")
    assert [one.overruns for one in machine.cards.states()] == [2]
    await machine.cards.stop()


async def test_without_its_program_there_are_no_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alsa, "PROGRAM", "no-such-program")
    assert await Alsa().found() == ()
    machine = Machine(Alsa(), FakeOutside())
    await machine.cards.want({"line": 2})
    await machine.until(CardCondition.GONE)
    await machine.cards.stop()


def test_the_list_of_cards_has_each_once_by_the_name_that_does_the_most() -> None:
    said = (
        "null\n    Discard all samples\ndefault:CARD=Device\n    USB PnP Sound Device\n    Default Audio Device\n"
        "hw:CARD=Device,DEV=0\n    Direct\n"
        "plughw:CARD=Device,DEV=0\n    USB PnP Sound Device, USB Audio\n    Hardware\n"
        "desk\n    The box beside the desk\n"
    )
    assert listed(said) == (
        CardFound("plughw:CARD=Device,DEV=0", "USB PnP Sound Device, USB Audio"),
        CardFound("desk", "The box beside the desk"),
    )
