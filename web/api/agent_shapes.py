"""What goes over the API about seats and states: requests, and answers that are put together."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from appliance.agents.types import Colour
from web.api.shapes import Limit, Request, Whole


class DeskSeen(Struct, frozen=True):
    """An extension and who sits there. `login` and `person` are empty when nobody does.

    `state` is the same in every language, `text` is what it is called. `until_ms` is when it ends by itself (0: it does
    not), `why` in words for people; `by` is agent, admin, box or phone, and `who` which of them.
    """

    extension: str
    name: str
    login: str
    person: str
    state: str
    text: str
    colour: Colour
    since_ms: int
    until_ms: int
    why: str
    by: str
    who: str
    registered: bool
    group_calls: bool
    direct_calls: bool
    free_since_ms: int
    calls_today: int


class SeatSent(Request, frozen=True):
    """Where a person shall sit; an empty extension is no phone. `take_over` sends away whoever sits there."""

    extension: str
    take_over: bool = False


class SeatSeen(Struct, frozen=True):
    """Where a person sits; an empty extension is no phone."""

    login: str
    extension: str


class StateSent(Request, frozen=True):
    """A state to put a desk into, and why."""

    state: str
    why: str = ""


class ChangesWanted(Request, frozen=True):
    """Which lines of the history of desks, the newest first; `before` is the id of the last one of the page before."""

    extension: str = ""
    from_ms: Whole = 0
    to_ms: Whole = 0
    before: Whole = 0
    limit: Limit = 100


class ChangeSeen(Struct, frozen=True):
    """From this moment on a desk had another state, or another person; `login` is whose time begins."""

    id: int
    at_ms: int
    extension: str
    login: str
    from_state: str
    to_state: str
    why: str
    by: str
    who: str


class StateSeen(Struct, frozen=True):
    """A kind of state. `place` is its place in the order, 1 = first; `used`: it can be retired but not removed."""

    key: str
    ko: str
    en: str
    colour: Colour
    working: bool
    group_calls: bool
    direct_calls: bool
    place: int
    retired: bool
    built_in: bool
    used: bool


class StateKindSent(Request, frozen=True):
    """A kind of state to be added. One text may be left out; without a key the box makes one."""

    ko: str = ""
    en: str = ""
    key: str = ""
    colour: Colour = Colour.BLUE
    working: bool = True
    direct_calls: bool = False
    place: Whole = 0


class StateKindChange(Request, frozen=True):
    """What is to be different about a kind of state; what is left out stays."""

    ko: str | UnsetType = UNSET
    en: str | UnsetType = UNSET
    colour: Colour | UnsetType = UNSET
    working: bool | UnsetType = UNSET
    direct_calls: bool | UnsetType = UNSET
    place: Whole | UnsetType = UNSET
    retired: bool | UnsetType = UNSET
