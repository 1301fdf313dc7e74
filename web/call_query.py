"""What somebody asks the call log for: the filters of its address. Pure."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import ClassVar

from appliance.calls.call import Direction, Result
from appliance.calls.service import CallFilter
from web.address_query import AddressQuery
from web.periods import PERIODS, bounds, part_of_number

MISSED = "missed"
RESULTS = (MISSED, *(result.value for result in Result if result is not Result.OPEN))
DIRECTIONS = tuple(direction.value for direction in Direction)

_MISSED_RESULTS = f"{Result.NO_ANSWER} {Result.CANCELLED}"


@dataclass(frozen=True)
class CallQuery(AddressQuery):
    """The filters as they stand in the address of the page. `first` and `last` are days, both included."""

    choices: ClassVar = {"period": PERIODS, "direction": DIRECTIONS, "result": RESULTS}

    period: str = "today"
    first: str = ""
    last: str = ""
    direction: str = ""
    result: str = ""
    extension: str = ""
    text: str = ""

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
