"""The waveform of the player."""

from __future__ import annotations

import random
from array import array

import pytest

from appliance.recordings.peaks import AT_MOST, Peaks, stretch

pytestmark = pytest.mark.unit


def points(samples: list[int], reach: int, piece: int) -> bytes:
    peaks = Peaks(reach)
    for at in range(0, len(samples), piece):
        peaks.add(array("h", samples[at : at + piece]))
    return peaks.points()


@pytest.mark.parametrize("piece", [1, 3, 4, 5, 100])
def test_each_point_is_the_loudest_of_its_stretch_however_the_sound_comes(piece: int) -> None:
    sound = [0, 0, 0, 0, 0, 32767, 0, 0, -32768, 0, 0, 0, 16384, 0, -16384, 0, 1, -1, 100, -100, 8192]
    assert points(sound, 4, piece) == bytes([0, 255, 255, 129, 0, 65])


@pytest.mark.parametrize("reach", [1, 2, 15, 400, 12_000])
def test_the_loudest_is_found_wherever_it_is(reach: int) -> None:
    chance = random.Random(reach)
    sound = [round(32767 * chance.random() ** 20) for _ in range(25_000)]
    loudest = [max(sound[at : at + reach]) >> 8 for at in range(0, len(sound), reach)]
    assert points(sound, reach, 9999) == bytes(2 * upper + 1 if upper else 0 for upper in loudest)


def test_silence_has_no_points_above_zero() -> None:
    assert points([0] * 100, 10, 7) == bytes(10)


def test_a_call_has_twenty_points_a_second_until_a_screen_can_show_no_more() -> None:
    assert stretch(8000 * 60, 8000) == 400
    for hours in (1, 3, 12):
        samples = hours * 3600 * 8000
        assert samples / stretch(samples, 8000) <= AT_MOST
