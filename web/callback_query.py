"""What somebody asks the list of callbacks for: the filters of its address. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from appliance.callbacks.types import NOBODY, OPEN, State, Wanted, Way
from web.periods import PERIODS, bounds, part_of_number

WHICH = ("open", *(state.value for state in State), "all")
WAYS = tuple(way.value for way in Way)
MINE = "me"
"""As an assignee in the address: whoever looks."""


@dataclass(frozen=True)
class CallbackQuery:
    """The filters as they stand in the address. `assignee` is a login, MINE, NOBODY or "" for anybody."""

    period: str = "all"
    first: str = ""
    last: str = ""
    state: str = "open"
    way: str = ""
    assignee: str = ""
    text: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> CallbackQuery:
        """Read an address; what is not known there is left out."""
        given = {name: query.get(name, "").strip()[:60] for name in cls.__dataclass_fields__}
        choices = {"period": PERIODS, "state": WHICH, "way": WAYS}
        known = {name: value for name, value in given.items() if value and value in choices.get(name, (value,))}
        return cls(**known)

    @property
    def address(self) -> str:
        """The filters as a query string, without what is usual."""
        usual = CallbackQuery()
        named = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return urlencode({name: value for name, value in named.items() if value != getattr(usual, name)})

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
