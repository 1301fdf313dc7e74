"""Whose call a caller-ID box tells of, and that it tells of it again and again."""

from __future__ import annotations

import pytest

from appliance.analog.callers import Repeats, caller
from hw.api import Frame, FrameKind, Presentation

pytestmark = pytest.mark.unit


def ring(number: str, channel: int = 1) -> Frame:
    return Frame(FrameKind.RING, channel, number)


@pytest.mark.parametrize(
    ("digits", "area_code", "stored"),
    [
        ("01012345678", "", "+821012345678"),
        ("010123456780101234", "", "+821012345678"),  # the number, and its own beginning behind it
        ("021234567802123456", "", "+82212345678"),
        ("1012345678", "", "+821012345678"),
        ("15881234", "", "+8215881234"),
        ("2345678", "031", "+82312345678"),
        ("", "02", ""),
    ],
)
def test_a_number_is_understood(digits: str, area_code: str, stored: str) -> None:
    assert caller(ring(digits), area_code) == stored


def test_a_call_that_is_told_again_is_one_call() -> None:
    told = Repeats()
    withheld = Frame(FrameKind.RING, 1, presentation=Presentation.WITHHELD)
    assert not told.again("a", ring("0101"), 0)
    assert told.again("a", ring("0101"), 4900)
    assert told.again("a", ring("0101"), 9000)  # five seconds after it was told last
    assert not told.again("a", ring("0101", 2), 9000)
    assert not told.again("b", ring("0101"), 9000)
    assert not told.again("a", ring("0101"), 14_000)
    assert not told.again("a", withheld, 14_100)
    told.over("a", 1)
    assert not told.again("a", withheld, 14_200)
