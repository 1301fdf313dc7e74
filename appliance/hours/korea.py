"""The public holidays of Korea, computed: lunar ones, substitute ones, elections. They are copied into the store.

The rules (관공서의 공휴일에 관한 규정, as amended on 2026-04-30) are the library's business; days that are decided
on short notice (임시공휴일) are entered by the office, or come with a newer release.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from appliance.hours.types import Holiday


def holidays_of(years: Iterable[int]) -> tuple[Holiday, ...]:
    """Return the public holidays of some years. Blocks: the library is read from disk when it is first needed."""
    from holidays import country_holidays  # 17 MB that are not needed before

    wanted = tuple(years)
    korean = country_holidays("KR", years=wanted, language="ko")
    english = country_holidays("KR", years=wanted, language="en_US")
    return tuple(_holiday(day, korean[day], english.get(day) or korean[day]) for day in sorted(korean))


def _holiday(day: date, korean: str, english: str) -> Holiday:
    return Holiday(day, _tidy(korean), _tidy(english))


def _tidy(name: str) -> str:
    return name.replace("신정연휴", "신정").replace(" 대체 휴일", " 대체공휴일").replace("; ", " · ")
