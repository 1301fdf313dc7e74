"""What buttons say when they are pressed, held and let go. By a clock that the test turns."""

from __future__ import annotations

import pytest

from appliance.indicators.fingers import Fingers
from appliance.indicators.holding import Phase, Says, Signal, step
from hw.pins.api import ButtonKind, ButtonPin, Moved
from tests.support.turned_clock import Turned

pytestmark = pytest.mark.unit

DEBOUNCE_MS = 30


class Hand:
    """Somebody's hand on one button, and what the button said when (ms)."""

    def __init__(self, kind: ButtonKind) -> None:
        self.clock, self.said = Turned(), list[tuple[int, Says]]()
        began = self.clock.now_ms()
        self.button = ButtonPin(kind.value, kind, "GPIO17")
        self.fingers = Fingers(self.clock, lambda _, says: self.said.append((self.clock.now_ms() - began, says)))

    def press(self, ms: int) -> None:
        """Press for so long, as the contact has it: what counts is told a moment later."""
        self.clock.turn(DEBOUNCE_MS)
        self.fingers.moved(Moved(self.button, True), DEBOUNCE_MS)
        self.clock.turn(ms)
        self.fingers.moved(Moved(self.button, False), DEBOUNCE_MS)


def test_a_night_button_does_its_work_when_it_is_pressed() -> None:
    hand = Hand(ButtonKind.NIGHT)
    hand.press(100)
    hand.press(5000)
    assert [says for _, says in hand.said] == [Says.BEGINS, Says.DO] * 2


@pytest.mark.parametrize(("kind", "seconds"), [(ButtonKind.PANIC, 1), (ButtonKind.RESET, 10)])
def test_others_are_held_as_long_as_it_takes_from_the_moment_of_the_contact(kind: ButtonKind, seconds: int) -> None:
    hand = Hand(kind)
    hand.press(seconds * 1000 - 1)
    assert hand.said == [(DEBOUNCE_MS, Says.BEGINS), (seconds * 1000, Says.DO)]
    assert hand.clock.waits == 0


@pytest.mark.parametrize("kind", [ButtonKind.PANIC, ButtonKind.RESET])
def test_one_that_is_let_go_too_early_does_nothing_and_begins_anew(kind: ButtonKind) -> None:
    hand = Hand(kind)
    for _ in range(20):
        hand.press(900)
    assert {says for _, says in hand.said} == {Says.BEGINS, Says.LET_GO}
    hand.press(60_000)  # held for ever is done once
    assert [says for _, says in hand.said].count(Says.DO) == 1


def test_whatever_comes_in_whatever_order_is_no_error() -> None:
    for phase in Phase:
        for signal in Signal:
            after, says = step(phase, signal)
            assert says is not Says.DO or (phase, signal, after) == (Phase.HELD, Signal.TIME, Phase.DONE)
