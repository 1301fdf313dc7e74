"""Tracks in their places: who spoke when, on which side."""

from __future__ import annotations

from array import array

import pytest

from appliance.recordings.joining import LONGEST_GAP_SECONDS, Placed, lay, length, window, windows

pytestmark = pytest.mark.unit

RATE = 1000  # a sample a millisecond


class Constant:
    """A track in which every sample is the same."""

    def __init__(self, value: int, samples: int) -> None:
        self.value, self.samples = value, samples

    def read(self, first: int, count: int) -> array[int]:
        return array("h", [self.value] * max(0, min(count, self.samples - first)))


def track(value: int, started_ms: int, samples: int) -> Placed:
    return Placed(Constant(value, samples), samples, started_ms)


def heard(*sides: list[Placed], count: int = 7) -> list[list[int]]:
    laid = lay(sides, RATE)
    pieces = list(windows(laid, count))
    return [[sample for piece in pieces for sample in piece[side]] for side in range(len(sides))]


def test_the_side_that_began_later_is_silent_until_then() -> None:
    left, right = heard([track(1, 5000, 20)], [track(2, 5010, 20)])
    assert left == [1] * 20 + [0] * 10
    assert right == [0] * 10 + [2] * 20


def test_several_tracks_of_a_side_keep_the_pause_between_them() -> None:
    left, right = heard([track(1, 0, 5), track(3, 12, 5)], [track(2, 0, 20)])
    assert left == [1] * 5 + [0] * 7 + [3] * 5 + [0] * 3
    assert right == [2] * 20


def test_the_order_in_which_tracks_are_given_does_not_matter() -> None:
    assert heard([track(3, 12, 5), track(1, 0, 5)], []) == heard([track(1, 0, 5), track(3, 12, 5)], [])


def test_overlapping_tracks_of_one_side_are_heard_together_and_never_wrap_around() -> None:
    left, _ = heard([track(30000, 0, 10), track(30000, 5, 10)], [])
    assert left == [30000] * 5 + [32767] * 5 + [30000] * 5
    left, _ = heard([track(-30000, 0, 10), track(-30000, 5, 2)], [])
    assert left == [-30000] * 5 + [-32768] * 2 + [-30000] * 3


def test_a_side_without_tracks_is_silent_throughout() -> None:
    assert heard([track(1, 100, 9)], []) == [[1] * 9, [0] * 9]
    assert heard([], []) == [[], []]


def test_empty_tracks_have_no_place() -> None:
    assert heard([track(1, 0, 0)], [track(2, 500, 4)]) == [[0] * 4, [2] * 4]


def test_a_clock_that_was_set_in_the_call_makes_no_endless_silence() -> None:
    years = 50 * 365 * 24 * 3600 * 1000
    laid = lay([[track(1, 0, 10), track(3, years + 10, 10)], [track(2, 5, 10), track(4, years + 13, 10)]], RATE)
    assert length(laid) < 100
    left, right = (window(side, 0, length(laid)) for side in laid)
    assert list(left) == [1] * 10 + [0] * 5 + [3] * 10 + [0] * 3
    assert list(right) == [0] * 5 + [2] * 10 + [0] * 3 + [4] * 10


def test_a_long_hold_stays_as_long_as_it_was() -> None:
    gap = (LONGEST_GAP_SECONDS - 1) * 1000
    laid = lay([[track(1, 0, 10), track(1, gap, 10)], []], RATE)
    assert length(laid) == gap + 10
