"""Times of the day, hours of a week and telephone numbers as they are read aloud, in Korean and English. Pure.

Korean counts hours with its own numerals and minutes with those from Chinese; zero in a telephone number is "공".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from appliance.i18n.spoken_numbers import chinese, english

_DAY = 1440  # minutes
_NOON = 720
_HOUR = 60

_KOREAN_HOURS = ("열두", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열", "열한")
_KOREAN_DAYS = ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일")
_ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_KOREAN_DIGITS = "공일이삼사오육칠팔구"
_ENGLISH_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

Spans = tuple[tuple[int, int], ...]
"""Minutes from which and to which something lasts, from the day's midnight on; several a day."""


def number(language: str, written: str) -> str:
    """Return a telephone number digit by digit, with a pause where it is written with a hyphen."""
    return ", ".join(_digits(language, part) for part in written.split("-") if part)


def _digits(language: str, part: str) -> str:
    digits = [int(one) for one in part if one.isdecimal()]
    if language == "ko":
        return "".join(_KOREAN_DIGITS[one] for one in digits)
    return " ".join(_ENGLISH_DIGITS[one] for one in digits)


def clock(language: str, minute: int) -> str:
    """Return a time of the day: "오전 아홉 시 삼십 분", "nine thirty a.m."."""
    hour, minutes = divmod(minute % _DAY, _HOUR)
    return _korean_clock(hour, minutes) if language == "ko" else _english_clock(hour, minutes)


def _korean_clock(hour: int, minutes: int) -> str:
    part = {0: "밤", 12: "낮"}.get(hour) or ("오전" if hour < 12 else "오후")
    said = f"{part} {_KOREAN_HOURS[hour % 12]} 시"
    return f"{said} {chinese(minutes)} 분" if minutes else said


def _english_clock(hour: int, minutes: int) -> str:
    if not minutes and hour in (0, 12):
        return "noon" if hour else "midnight"
    said = english(hour % 12 or 12) + (f" {'oh ' if minutes < 10 else ''}{english(minutes)}" if minutes else "")
    return f"{said} {'a.m.' if hour < 12 else 'p.m.'}"


def week(language: str, days: Sequence[Spans]) -> str:
    """Return the hours of a week, Monday first, days that are alike together; "" when nothing is ever open."""
    return ", ".join(_stretches(language, days))


def _stretches(language: str, days: Sequence[Spans]) -> Iterator[str]:
    for spans, stretch in groupby(range(len(days)), key=lambda day: days[day]):
        of = list(stretch)
        if spans:
            between = " 그리고 " if language == "ko" else " and "
            hours = between.join(_span(language, begins, ends) for begins, ends in spans)
            yield f"{_days(language, of[0], of[-1])}{' ' if language == 'ko' else ', '}{hours}"


def _days(language: str, first: int, last: int) -> str:
    if last - first == len(_KOREAN_DAYS) - 1:
        return "매일" if language == "ko" else "every day"
    names = _KOREAN_DAYS if language == "ko" else _ENGLISH_DAYS
    if first == last:
        return names[first]
    if last - first == 1:
        return f"{names[first]}과 {names[last]}" if language == "ko" else f"{names[first]} and {names[last]}"
    return f"{names[first]}부터 {names[last]}까지" if language == "ko" else f"{names[first]} to {names[last]}"


def _span(language: str, begins: int, ends: int) -> str:
    if ends - begins >= _DAY:
        return "스물네 시간" if language == "ko" else "round the clock"
    one, other = clock(language, begins), clock(language, ends)
    return f"{one}부터 {other}까지" if language == "ko" else f"{one} to {other}"
