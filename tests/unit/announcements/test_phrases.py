"""What waiting callers are told, word for word: places and minutes as people say them."""

from __future__ import annotations

import pytest

from appliance.announcements import phrases
from appliance.i18n.spoken_numbers import minutes, place

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("number", "korean", "english"),
    [
        (1, "첫 번째", "first"),
        (2, "두 번째", "second"),
        (3, "세 번째", "third"),
        (4, "네 번째", "fourth"),
        (5, "다섯 번째", "fifth"),
        (8, "여덟 번째", "eighth"),
        (9, "아홉 번째", "ninth"),
        (10, "열 번째", "tenth"),
        (11, "열한 번째", "eleventh"),
        (12, "열두 번째", "twelfth"),
        (20, "스무 번째", "twentieth"),
        (21, "스물한 번째", "twenty-first"),
        (33, "서른세 번째", "thirty-third"),
        (40, "마흔 번째", "fortieth"),
        (99, "아흔아홉 번째", "ninety-ninth"),
        (100, "백 번째", "one hundredth"),
        (120, "백스무 번째", "one hundred twentieth"),
        (215, "이백열다섯 번째", "two hundred fifteenth"),
        (1000, "1000번째", "1000th"),
    ],
)
def test_places_are_counted_as_people_do(number: int, korean: str, english: str) -> None:
    assert (place("ko", number), place("en", number)) == (korean, english)


@pytest.mark.parametrize(
    ("number", "korean", "english"),
    [(1, "일", "one"), (2, "이", "two"), (10, "십", "ten"), (15, "십오", "fifteen"), (60, "육십", "sixty")],
)
def test_minutes_are_counted_otherwise(number: int, korean: str, english: str) -> None:
    assert (minutes("ko", number), minutes("en", number)) == (korean, english)


def test_a_waiting_caller_hears_place_wait_and_what_to_press() -> None:
    assert phrases.position("ko", 3, 120, offers_callback=True) == (
        "현재 세 번째로 기다리고 계십니다. 예상 대기 시간은 약 이 분입니다. 전화를 다시 받으시려면 일 번을 누르세요."
    )
    assert phrases.position("en", 3, 120, offers_callback=True) == (
        "You are third in line. The expected wait is about two minutes. To be called back, press one."
    )


def test_what_is_not_known_is_not_said() -> None:
    assert phrases.position("ko", 1, 0, offers_callback=False) == "바로 다음 차례입니다."
    assert phrases.position("en", 2, 20, offers_callback=False) == (
        "You are second in line. The expected wait is about one minute."
    )
    assert "한 시간이 넘습니다" in phrases.position("ko", 9, 9000, offers_callback=False)


def test_waits_are_told_roughly_so_that_few_different_ones_are_spoken() -> None:
    assert [phrases.round_minutes(seconds) for seconds in (1, 89, 90, 600, 700, 760, 3600)] == [1, 1, 2, 10, 10, 15, 60]
    assert len({phrases.round_minutes(seconds) for seconds in range(1, 3601)}) == 20
