"""Hours and telephone numbers as they are read aloud."""

from __future__ import annotations

import pytest

from appliance.i18n.spoken_hours import clock, number, week

pytestmark = pytest.mark.unit

WORK = ((540, 1080),)


@pytest.mark.parametrize(
    ("minute", "korean", "said"),
    [
        (0, "밤 열두 시", "midnight"),
        (540, "오전 아홉 시", "nine a.m."),
        (725, "낮 열두 시 오 분", "twelve oh five p.m."),
        (720, "낮 열두 시", "noon"),
        (1110, "오후 여섯 시 삼십 분", "six thirty p.m."),
        (1440, "밤 열두 시", "midnight"),
        (1500, "오전 한 시", "one a.m."),
    ],
)
def test_times_of_the_day(minute: int, korean: str, said: str) -> None:
    assert (clock("ko", minute), clock("en", minute)) == (korean, said)


def test_days_that_are_alike_are_said_together() -> None:
    days = (*(WORK,) * 5, ((540, 780),), ())
    assert week("ko", days) == (
        "월요일부터 금요일까지 오전 아홉 시부터 오후 여섯 시까지, 토요일 오전 아홉 시부터 오후 한 시까지"
    )
    assert week("en", days) == "Monday to Friday, nine a.m. to six p.m., Saturday, nine a.m. to one p.m."
    assert week("ko", (WORK,) * 7) == "매일 오전 아홉 시부터 오후 여섯 시까지"
    assert week("en", (WORK, WORK, *((),) * 5)).startswith("Monday and Tuesday, ")
    assert week("ko", ((), (), ((0, 1440),), *((),) * 4)) == "수요일 스물네 시간"
    assert week("ko", ((),) * 7) == ""


def test_numbers_are_said_digit_by_digit() -> None:
    assert number("ko", "02-1234-5678") == "공이, 일이삼사, 오육칠팔"
    assert number("en", "02-1234") == "zero two, one two three four"
