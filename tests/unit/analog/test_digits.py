"""What is dialled on an analog line: before 112 and 119 no more than the digit for an outside line."""

from __future__ import annotations

import pytest

from appliance.analog.dialler import digits
from appliance.core.numbers import parse

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("typed", "prefix", "expected"),
    [
        ("010-1234-5678", "", "01012345678"),
        ("010-1234-5678", "9,", "9,01012345678"),
        ("1588-1234", "9", "915881234"),
        ("114", "9", "9114"),
        ("119", "9,", "9,119"),
        ("112", "", "112"),
        ("112", "00700", "112"),
        ("+1 650 253 0000", "", "00116502530000"),
    ],
)
def test_what_is_dialled(typed: str, prefix: str, expected: str) -> None:
    assert digits(parse(typed, area_code="02"), prefix) == expected
