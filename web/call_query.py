"""What somebody asks the call log for: the filters of its address. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from appliance.calls.call import Direction, Result
from appliance.calls.service import CallFilter
from web.periods import PERIODS, bounds, part_of_number

MISSED = "missed"
RESULTS = (MISSED, *(result.value for result in Result if result is not Result.OPEN))
DIRECTIONS = tuple(direction.value for direction in Direction)

_MISSED_RESULTS = f"{Result.NO_ANSWER} {Result.CANCELLED}"


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
        return part_of_number(self.text)

    def filter(self, now: datetime.datetime, numbers: tuple[str, ...] = ()) -> CallFilter:
        """Return what the service is asked; `now` is on the office's clock. Raises InvalidInput for dates."""
        from_ms, to_ms = bounds(self.period, self.first, self.last, now)
        wanted = CallFilter(
            from_ms=from_ms,
            to_ms=to_ms,
            direction=self.direction,
            result=self.result,
            extension=self.extension,
            number=self.digits,
            numbers=numbers,
        )
        if self.result == MISSED:
            return replace(wanted, result=_MISSED_RESULTS, direction=Direction.IN.value)
        return wanted
