"""What goes over the API of hours. The rules of `shapes.py` hold here as well.

Times are text as people write them: "09:00-18:00"; one may pass midnight ("18:00-02:00"). Days are "2026-11-26". Both
are on the office's clock.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType, field

from appliance.calls.ports import OverflowKind
from appliance.hours.types import Occasion, Origin
from web.api.shapes import Request, Whole


class WeekdayHours(Request, frozen=True):
    """The hours of one weekday: several spans, none for a day off; and lunch, "" = none."""

    open: tuple[str, ...] = ()
    lunch: str = ""


class InsteadSent(Request, frozen=True):
    """What callers get: announcement, callback, group, extension, outside or menu.

    `target` is a group's or voice menu's id, an extension or a number outside; `announcement` the id of one, "" = the
    box's own.
    """

    kind: OverflowKind = OverflowKind.ANNOUNCEMENT
    target: str = ""
    announcement: str = ""


_USUAL_WEEK = (*(WeekdayHours(open=("09:00-18:00",), lunch="12:00-13:00"),) * 5, WeekdayHours(), WeekdayHours())


class ScheduleSent(Request, frozen=True):
    """A schedule to be added: seven days, Monday first, and what callers get by occasion."""

    label: str
    week: tuple[WeekdayHours, ...] = _USUAL_WEEK
    keeps_holidays: bool = True
    instead: dict[Occasion, InsteadSent] = field(default_factory=dict)


class ScheduleChange(Request, frozen=True):
    """What is to be different about a schedule; what is left out stays, also of occasions that are not named."""

    label: str | UnsetType = UNSET
    week: tuple[WeekdayHours, ...] | UnsetType = UNSET
    keeps_holidays: bool | UnsetType = UNSET
    instead: dict[Occasion, InsteadSent] | UnsetType = UNSET


class ScheduleSeen(Struct, frozen=True):
    """A schedule. `usual` is the one of all numbers that have none of their own."""

    id: str
    label: str
    week: tuple[WeekdayHours, ...]
    keeps_holidays: bool
    instead: dict[Occasion, InsteadSent]
    numbers: tuple[str, ...]
    period: str  # how it is now: open, lunch, closed, holiday, special or night
    why: str  # for people


class NightSeen(Struct, frozen=True):
    """The night switch. `until_ms` 0 = until somebody switches it off; `by` is a login or an extension."""

    on: bool
    until_ms: int
    since_ms: int
    by: str


class NightSent(Request, frozen=True):
    """How the switch is to be; `until` as "08:30" or "2026-11-27T08:30" on the office's clock, or `until_ms`."""

    on: bool
    until: str = ""
    until_ms: Whole = 0


class HoursSeen(Struct, frozen=True):
    """Hours as they are now. Not `in_force`: calls are always taken, but for the night switch."""

    in_force: bool
    night: NightSeen
    schedules: tuple[ScheduleSeen, ...]


class HoursChange(Request, frozen=True):
    """Whether hours are kept."""

    in_force: bool


class ScheduleChosen(Request, frozen=True):
    """Which schedule a number has; "usual" for that of all."""

    schedule: str


class DaysWanted(Request, frozen=True, rename={"first": "from", "last": "to"}):
    """Which days; the whole of what is known when left out."""

    first: str = ""
    last: str = ""


class DayKept(Struct, frozen=True):
    """A public holiday (`kind` "holiday") or a special day ("special").

    A holiday that is not `observed` is a day like any other; `origin` says who knows of it. A special day without
    hours is closed.
    """

    day: str
    kind: str
    name: str
    open: tuple[str, ...] = ()
    observed: bool = True
    origin: Origin = Origin.OFFICE


class SpecialDaySent(Request, frozen=True):
    """A special day; without hours the office is closed."""

    name: str
    open: tuple[str, ...] = ()


class HolidaySent(Request, frozen=True):
    """A public holiday to be entered (`name`), or whether one that is known is observed."""

    name: str = ""
    observed: bool | UnsetType = UNSET


class MomentWanted(Request, frozen=True):
    """Of which number, "" = one that is not listed; and when, as 2026-11-26T12:30 on the office's clock, "" = now."""

    number: str = ""
    at: str = ""


class VerdictSeen(Struct, frozen=True):
    """What callers get at a moment. `why` and `gets` are for people, `reason` is the same in every language."""

    at: str
    period: str
    reason: str
    why: str
    gets: str
