"""When a button counts: bounces, a button that is held at the start, a key switch. By a clock that the test turns."""

from __future__ import annotations

import random

import pytest

from hw.pins.api import Board, ButtonKind, ButtonPin, Moved
from hw.pins.contact import Contact
from hw.pins.watch import Watch
from tests.support.turned_clock import Turned

pytestmark = pytest.mark.unit

NIGHT, KEY = (
    ButtonPin("night", ButtonKind.NIGHT, "GPIO17"),
    ButtonPin("key", ButtonKind.NIGHT, "GPIO22", switch=True),
)
BOARD = Board("test", buttons=(NIGHT, KEY), debounce_ms=30)


class Bench:
    """A board whose contacts the test moves."""

    def __init__(self, *down: str) -> None:
        self.clock, self.down, self.told = Turned(), set(down), list[Moved]()
        self.watch = Watch(BOARD, lambda name: name in self.down, self.told.append, self.clock.call_later)
        self.watch.start()

    def set(self, name: str, *, down: bool) -> None:
        (self.down.add if down else self.down.discard)(name)
        self.watch.edge(name)

    @property
    def heard(self) -> list[tuple[str, bool]]:
        return [(one.button.name, one.down) for one in self.told if not one.at_start]


def test_a_press_counts_when_it_has_stayed_and_bounces_do_not() -> None:
    bench = Bench()
    for at in range(9):  # bounces on the way down
        bench.set("night", down=at % 2 == 0)
        bench.clock.turn(4)
    bench.clock.turn(25)
    assert bench.heard == []
    bench.clock.turn(1)
    assert bench.heard == [("night", True)]
    bench.set("night", down=False)
    bench.clock.turn(30)
    assert bench.heard == [("night", True), ("night", False)]
    assert bench.clock.waits == 0


def test_no_burst_that_is_shorter_ever_counts() -> None:
    bench, chance = Bench(), random.Random(7)
    for _ in range(2000):
        bench.set("night", down=chance.random() < 0.5)
        bench.clock.turn(chance.uniform(0, 29))
    bench.set("night", down=False)
    bench.clock.turn(1000)
    assert bench.heard == []


def test_a_button_that_is_held_when_the_box_starts_does_nothing_until_it_was_let_go() -> None:
    bench = Bench("night")
    bench.clock.turn(60_000)
    bench.set("night", down=True)
    bench.clock.turn(100)
    assert (bench.heard, bench.watch.contact("night")) == ([], Contact.STUCK)
    bench.set("night", down=False)
    bench.clock.turn(100)
    assert (bench.heard, bench.watch.contact("night")) == ([], Contact.UP)
    bench.set("night", down=True)
    bench.clock.turn(100)
    assert bench.heard == [("night", True)]


@pytest.mark.parametrize("on", [False, True])
def test_a_key_switch_tells_where_it_stands_when_the_box_starts(on: bool) -> None:
    bench = Bench(*(["key"] if on else []))
    assert bench.told == [Moved(KEY, on, at_start=True)]
    bench.set("key", down=not on)
    bench.clock.turn(30)
    assert bench.heard == [("key", not on)]


def test_nothing_counts_any_more_after_the_end() -> None:
    bench = Bench()
    bench.set("night", down=True)
    bench.watch.stop()
    bench.watch.edge("night")
    bench.clock.turn(1000)
    assert bench.heard == []
