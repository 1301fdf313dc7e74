"""What lamps show: from facts to patterns, how patterns are played, and what lies over what. By a turned clock."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from appliance.core.health import Level
from appliance.indicators.deciding import decide
from appliance.indicators.patterns import STEPS, code, countdown, play
from appliance.indicators.player import Player
from appliance.indicators.stage import Stage
from appliance.indicators.types import Facts, Pattern
from hw.pins.api import Lamp
from tests.support.turned_clock import Turned

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("lamp", "facts", "pattern"),
    [
        (Lamp.POWER, {}, Pattern.HEARTBEAT),
        (Lamp.LINE, {}, Pattern.OFF),
        (Lamp.LINE, {"lines": 2, "lines_up": 2}, Pattern.ON),
        (Lamp.LINE, {"lines": 2, "lines_up": 1}, Pattern.SLOW),
        (Lamp.LINE, {"lines": 2}, Pattern.FAST),
        (Lamp.RINGING, {"waiting": 3}, Pattern.SLOW),
        (Lamp.RINGING, {"waiting": 3, "ringing": 1}, Pattern.FAST),
        (Lamp.RECORDING, {"paused": 1}, Pattern.SLOW),
        (Lamp.RECORDING, {"paused": 1, "recording": 1}, Pattern.ON),
        (Lamp.CALLBACKS, {"callbacks": 2}, Pattern.SLOW),
        (Lamp.CALLBACKS, {"callbacks": 2, "overdue": 1}, Pattern.FAST),
        (Lamp.NIGHT, {"night": True}, Pattern.ON),
        (Lamp.FAULT, {"worst": Level.DEGRADED}, Pattern.SLOW),
        (Lamp.FAULT, {"worst": Level.FAILED}, Pattern.FAST),
    ],
)
def test_what_a_lamp_shows(lamp: Lamp, facts: dict[str, object], pattern: Pattern) -> None:
    shown = decide(replace(Facts(), **facts))  # type: ignore[arg-type]  # fields by their names
    assert shown[lamp] is pattern
    quiet = decide(Facts())
    assert {one for one in Lamp if shown[one] is not quiet[one]} <= {lamp}, "no other lamp is touched"


class Front:
    """The lamps of a box, and everything that they did: at which moment (ms) which is lit or dark."""

    def __init__(self, *missing: Lamp) -> None:
        self.clock, self.seen = Turned(), list[tuple[int, Lamp, bool]]()
        self.began = self.clock.now_ms()
        self.player = Player(self.clock, self.light, lambda lamp: lamp not in missing)

    def light(self, lamp: Lamp, *, on: bool) -> None:
        self.seen.append((self.clock.now_ms() - self.began, lamp, on))

    def edges(self, lamp: Lamp) -> list[tuple[int, bool]]:
        return [(at, on) for at, one, on in self.seen if one is lamp]


@pytest.mark.parametrize("pattern", [one for one in STEPS if len(STEPS[one]) > 1])
def test_a_pattern_is_played_edge_by_edge_and_nothing_wakes_in_between(pattern: Pattern) -> None:
    front = Front()
    front.player.show({Lamp.FAULT: play(pattern)})
    wakes = 0
    expected, at = [], 0
    for step in range(4 * len(STEPS[pattern])):
        on, ms = STEPS[pattern][step % len(STEPS[pattern])]
        expected.append((at, on))
        assert front.clock.waits == 1
        front.clock.turn(ms)
        wakes, at = wakes + 1, at + ms
    assert front.edges(Lamp.FAULT)[:-1] == expected


def test_lamps_that_stay_as_they_are_cost_nothing() -> None:
    front = Front()
    front.player.show({lamp: play(Pattern.ON) for lamp in Lamp})
    assert front.clock.waits == 0
    assert {lamp for _, lamp, on in front.seen if on} == set(Lamp)


def test_for_a_lamp_that_the_box_does_not_have_nothing_wakes() -> None:
    front = Front(Lamp.POWER)
    front.player.show({Lamp.POWER: play(Pattern.HEARTBEAT)})
    assert front.clock.waits == 0
    assert front.player.playing()[Lamp.POWER].pattern is Pattern.HEARTBEAT


def test_a_pattern_goes_on_when_another_lamp_changes() -> None:
    front = Front()
    front.player.show({Lamp.LINE: play(Pattern.SLOW), Lamp.FAULT: play(Pattern.OFF)})
    front.clock.turn(700)
    assert front.player.show({Lamp.LINE: play(Pattern.SLOW), Lamp.FAULT: play(Pattern.FAST)})
    assert not front.player.show({Lamp.LINE: play(Pattern.SLOW)})
    front.clock.turn(1300)
    assert front.edges(Lamp.LINE) == [(0, True), (1000, False), (2000, True)]
    assert front.edges(Lamp.FAULT)[:4] == [(0, False), (700, True), (950, False), (1200, True)]


@pytest.mark.parametrize("jump_ms", [-86_400_000, 86_400_000])
def test_a_clock_that_is_put_right_does_not_stop_the_lamps(jump_ms: int) -> None:
    front = Front()
    front.player.show({Lamp.LINE: play(Pattern.FAST)})
    for due in front.clock._due:
        due.at_ms += jump_ms  # timers of the loop run by a clock of their own
    front.clock.ms += jump_ms
    before = len(front.seen)
    front.clock.turn(2000)
    assert 6 <= len(front.seen) - before <= 10


def test_the_countdown_puts_one_lamp_out_after_the_other() -> None:
    front = Front()
    lamps = (Lamp.POWER, Lamp.LINE, Lamp.FAULT, Lamp.NIGHT)
    front.player.show(countdown(lamps, 10_000))
    front.clock.turn(20_000)
    out = {lamp: at for at, lamp, on in front.seen if not on}
    assert out == {Lamp.POWER: 10_000, Lamp.LINE: 7500, Lamp.FAULT: 5000, Lamp.NIGHT: 2500}


def test_each_lamp_flashes_its_digit_and_all_begin_together() -> None:
    lamps = (Lamp.LINE, Lamp.RINGING, Lamp.RECORDING, Lamp.CALLBACKS)
    for digits in product("16", repeat=2):
        front = Front()
        front.player.show(code(lamps, "".join(digits) + "35"))
        front.clock.turn(5999)
        for lamp, digit in zip(lamps, (*digits, "3", "5"), strict=True):
            assert sum(on for _, on in front.edges(lamp)) == int(digit)
        front.clock.turn(2)
        assert all(front.edges(lamp)[-1] == (6000, True) for lamp in lamps)


def test_what_a_button_says_lies_over_the_code_and_that_over_how_the_box_is() -> None:
    front = Front()
    changes: list[int] = []
    stage = Stage(front.clock, front.player, lambda: changes.append(1))
    stage.box({Lamp.FAULT: Pattern.SLOW, Lamp.POWER: Pattern.HEARTBEAT})
    stage.code.put(code((Lamp.FAULT,), "3"), 900)
    stage.signal.put({Lamp.FAULT: play(Pattern.FLICKER)}, 2)

    def shown() -> Pattern:
        return stage.playing()[Lamp.FAULT].pattern

    assert shown() is Pattern.FLICKER
    front.clock.turn(2000)
    assert shown() is Pattern.CODE
    front.clock.turn(898_000)
    assert shown() is Pattern.SLOW
    stage.signal.put({Lamp.FAULT: play(Pattern.DOUBLE)}, 2)
    stage.signal.put({Lamp.POWER: play(Pattern.ON)}, 2)  # the last word counts
    assert shown() is Pattern.SLOW
    assert stage.playing()[Lamp.POWER].pattern is Pattern.ON
    stage.signal.take_away()
    stage.signal.take_away()
    assert stage.playing()[Lamp.POWER].pattern is Pattern.HEARTBEAT
    assert changes
