"""What somebody asks the call log for: the filters of its address, and the moments that the periods mean. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from appliance.calls.call import Direction, Result
from appliance.calls.service import CallFilter
from appliance.core.errors import InvalidInput

PERIODS = ("today", "yesterday", "week", "month", "all", "range")
MISSED = "missed"
RESULTS = (MISSED, *(result.value for result in Result if result is not Result.OPEN))
DIRECTIONS = tuple(direction.value for direction in Direction)

_DAY = datetime.timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 1970, 9000
_MISSED_RESULTS = f"{Result.NO_ANSWER} {Result.CANCELLED}"
_NUMBER_SIGNS = frozenset("0123456789-+() .")


@dataclass(frozen=True)
class CallQuery:
    """The filters as they stand in the address of the page. `first` and `last` are days, both included."""

    period: str = "today"
    first: str = ""
    last: str = ""
    direction: str = ""
    result: str = ""
    extension: str = ""
    text: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> CallQuery:
        """Read an address; what is not known there is left out."""
        given = {name: query.get(name, "").strip()[:60] for name in cls.__dataclass_fields__}
        choices = {"period": PERIODS, "direction": DIRECTIONS, "result": RESULTS}
        known = {name: value for name, value in given.items() if value and value in choices.get(name, (value,))}
        return cls(**known)

    @property
    def address(self) -> str:
        """The filters as a query string, without what is usual."""
        usual = CallQuery()
        set_fields = {
            name: value for name in self.__dataclass_fields__ if (value := getattr(self, name)) != getattr(usual, name)
        }
        return urlencode(set_fields)

    @property
    def digits(self) -> str:
        """The part of a number that was entered, as it stands in the stored form; "" when a name was entered."""
        if not self.text or not set(self.text) <= _NUMBER_SIGNS:
            return ""
        digits = "".join(sign for sign in self.text if sign.isdigit())
        if digits.startswith("0") and not digits.startswith("00") and len(digits) > 1:
            return "+82" + digits[1:]
        return digits

    def filter(self, now: datetime.datetime, numbers: tuple[str, ...] = ()) -> CallFilter:
        """Return what the service is asked; `now` is on the office's clock. Raises InvalidInput for dates."""
        start, end = _bounds(self, now)
        wanted = CallFilter(
            from_ms=_ms(start),
            to_ms=_ms(end),
            direction=self.direction,
            result=self.result,
            extension=self.extension,
            number=self.digits,
            numbers=numbers,
        )
        if self.result == MISSED:
            return replace(wanted, result=_MISSED_RESULTS, direction=Direction.IN.value)
        return wanted


def _bounds(query: CallQuery, now: datetime.datetime) -> tuple[datetime.datetime | None, datetime.datetime | None]:
    """Return the first moment that counts and the first that does not any more, None = open."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    match query.period:
        case "yesterday":
            return today - _DAY, today
        case "week":
            return today - 6 * _DAY, None
        case "month":
            return today.replace(day=1), None
        case "all":
            return None, None
        case "range":
            first, last = _day("first", query.first, now), _day("last", query.last, now)
            if first and last and first > last:
                raise InvalidInput("last", "call_log.bad_period")
            return first, last + _DAY if last else None
    return today, None


def _day(field: str, text: str, now: datetime.datetime) -> datetime.datetime | None:
    if not text:
        return None
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(field, "call_log.bad_day") from error
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise InvalidInput(field, "call_log.bad_day")
    return datetime.datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)


def _ms(moment: datetime.datetime | None) -> int:
    return int(moment.timestamp() * 1000) if moment else 0
