"""Guessing becomes slower and slower; honest people are not held up for long."""

from __future__ import annotations

import pytest

from appliance.access.throttle import Pace, Throttle
from appliance.core.errors import TooManyAttempts
from tests.support.office_store import HandClock

pytestmark = pytest.mark.unit

PACE = Pace(free=3, first_ms=1000, longest_ms=60_000)


def wait(throttle: Throttle, key: str) -> int:
    """Try once; return how long one is told to wait, 0 when the attempt may go on."""
    try:
        throttle.attempt(key, PACE)
    except TooManyAttempts as error:
        return error.seconds
    return 0


def test_the_wait_doubles_with_every_failure_up_to_the_longest() -> None:
    clock = HandClock()
    throttle = Throttle(clock.now_ms)
    waits = []
    for _ in range(11):
        while seconds := wait(throttle, "a"):
            waits.append(seconds)
            clock.pass_seconds(seconds)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_too_early_attempts_do_not_make_it_longer() -> None:
    throttle = Throttle(HandClock().now_ms)
    assert [wait(throttle, "a") for _ in range(20)] == [0, 0, 0] + [1] * 17


def test_success_forgets_the_failures() -> None:
    throttle = Throttle(HandClock().now_ms)
    for _ in range(3):
        wait(throttle, "a")
    throttle.succeeded("a")
    assert wait(throttle, "a") == 0


def test_a_success_that_is_taken_back_leaves_the_failures_before_it() -> None:
    clock = HandClock()
    throttle = Throttle(clock.now_ms)
    for _ in range(2):
        wait(throttle, "a")
    for _ in range(20):
        assert wait(throttle, "a") == 0
        throttle.take_back("a")
    assert [wait(throttle, "a") for _ in range(2)] == [0, 1]
    clock.pass_seconds(3600)
    assert wait(throttle, "a") == 0


def test_others_are_not_held_up() -> None:
    throttle = Throttle(HandClock().now_ms)
    for _ in range(9):
        wait(throttle, "a")
    assert wait(throttle, "b") == 0


def test_failures_are_forgotten_after_an_hour() -> None:
    clock = HandClock()
    throttle = Throttle(clock.now_ms)
    for _ in range(9):
        wait(throttle, "a")
    clock.pass_seconds(3600)
    assert [wait(throttle, "a") for _ in range(3)] == [0, 0, 0]


def test_memory_does_not_grow_without_end() -> None:
    throttle = Throttle(HandClock().now_ms, keys_at_most=100)
    for number in range(1000):
        wait(throttle, str(number))
    assert len(throttle._records) == 100
