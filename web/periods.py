"""The periods that lists offer, as moments; and a number as part of one. Shared by the filters of lists. Pure."""

from __future__ import annotations

import datetime

from appliance.core.errors import InvalidInput

PERIODS = ("today", "yesterday", "week", "month", "all", "range")

_DAY = datetime.timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 1970, 9000
_NUMBER_SIGNS = frozenset("0123456789-+() .")


def part_of_number(text: str) -> str:
    """Return the part of a number that was entered, as it stands in the stored form; "" when it is none."""
    if not text or not set(text) <= _NUMBER_SIGNS:
        return ""
    digits = "".join(sign for sign in text if sign.isdigit())
    if digits.startswith("0") and not digits.startswith("00") and len(digits) > 1:
        return "+82" + digits[1:]
    return digits


def bounds(period: str, first: str, last: str, now: datetime.datetime) -> tuple[int, int]:
    """Return the first moment that counts and the first that does not any more, in milliseconds, 0 = open.

    `first` and `last` are days, both included; `now` is on the office's clock. Raises InvalidInput for dates.
    """
    start, end = _bounds(period, first, last, now)
    return _ms(start), _ms(end)


def _bounds(
    period: str, first: str, last: str, now: datetime.datetime
) -> tuple[datetime.datetime | None, datetime.datetime | None]:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    match period:
        case "yesterday":
            return today - _DAY, today
        case "week":
            return today - 6 * _DAY, None
        case "month":
            return today.replace(day=1), None
        case "all":
            return None, None
        case "range":
            from_day, to_day = _day("first", first, now), _day("last", last, now)
            if from_day and to_day and from_day > to_day:
                raise InvalidInput("last", "call_log.bad_period")
            return from_day, to_day + _DAY if to_day else None
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
