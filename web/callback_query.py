"""What somebody asks the list of callbacks for: the filters of its address. Pure."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import ClassVar

from appliance.callbacks.types import NOBODY, OPEN, State, Wanted, Way
from web.address_query import AddressQuery
from web.periods import PERIODS, bounds, part_of_number

WHICH = ("open", *(state.value for state in State), "all")
WAYS = tuple(way.value for way in Way)
MINE = "me"
"""As an assignee in the address: whoever looks."""


@dataclass(frozen=True)
class CallbackQuery(AddressQuery):
    """The filters as they stand in the address. `assignee` is a login, MINE, NOBODY or "" for anybody."""

    choices: ClassVar = {"period": PERIODS, "state": WHICH, "way": WAYS}

    period: str = "all"
    first: str = ""
    last: str = ""
    state: str = "open"
    way: str = ""
    assignee: str = ""
    text: str = ""

    @property
    def by_name(self) -> bool:
        """Whether a name was entered rather than a number."""
        return bool(self.text) and not part_of_number(self.text)

    def wanted(self, now: datetime.datetime, me: str, numbers: tuple[str, ...] = ()) -> Wanted:
        """Return what the service is asked; `now` is on the office's clock. Raises InvalidInput for dates."""
        from_ms, to_ms = bounds(self.period, self.first, self.last, now)
        states = {"open": OPEN, "all": ()}.get(self.state)
        return Wanted(
            states=(State(self.state),) if states is None else states,
            way=self.way,
            assignee=me if self.assignee == MINE else self.assignee,
            number=part_of_number(self.text),
            numbers=numbers,
            from_ms=from_ms,
            to_ms=to_ms,
        )


__all__ = ["MINE", "NOBODY", "WAYS", "WHICH", "CallbackQuery"]
