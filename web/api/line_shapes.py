"""What goes over the API of groups, forwards and feature codes. The rules of `shapes.py` hold here as well."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

from appliance.calls.ports import ForwardWhen, Overflow, OverflowKind, Strategy
from web.api.shapes import Request, Whole

Weekday = Annotated[int, Meta(ge=0, le=6)]  # 0 = Monday
Minute = Annotated[int, Meta(ge=0, le=1439)]  # of the day, on the office's clock


class OverflowSent(Request, frozen=True):
    """Where callers go whom the group could not serve.

    `target` is a group's or voice menu's id, an extension, or a number outside; empty for hang_up, callback and the
    box's own announcement.
    """

    kind: OverflowKind = OverflowKind.HANG_UP
    target: str = ""

    def plain(self) -> Overflow:
        """Return it as the service wants it."""
        return Overflow(self.kind, self.target)


class GroupSent(Request, frozen=True):
    """A ring group to be added. `everyone` = all enabled extensions, also those made later.

    `members` are in order; `priorities` names those that are not tried first (1), up to 9. `rounds` 0 = until
    `queue_seconds` are over, `queue_limit` 0 = any number may wait, `announce_seconds` 0 = nothing is said.
    """

    # The API's own promise, not derived: it must stay when the type inside changes.
    # pylint: disable=duplicate-code
    label: str
    everyone: bool = False
    members: tuple[str, ...] = ()
    ring_seconds: Whole = 30
    strategy: Strategy = Strategy.ALL
    priorities: dict[str, Whole] = field(default_factory=dict)
    rounds: Whole = 1
    queue: bool = False
    queue_seconds: Whole = 120
    queue_limit: Whole = 0
    announce_seconds: Whole = 30
    offers_callback: bool = False
    music: str = ""
    overflow: OverflowSent = OverflowSent()


class GroupChange(Request, frozen=True):
    """What is to be different about a ring group; what is left out stays."""

    label: str | UnsetType = UNSET
    everyone: bool | UnsetType = UNSET
    members: tuple[str, ...] | UnsetType = UNSET
    ring_seconds: Whole | UnsetType = UNSET
    strategy: Strategy | UnsetType = UNSET
    priorities: dict[str, Whole] | UnsetType = UNSET
    rounds: Whole | UnsetType = UNSET
    queue: bool | UnsetType = UNSET
    queue_seconds: Whole | UnsetType = UNSET
    queue_limit: Whole | UnsetType = UNSET
    announce_seconds: Whole | UnsetType = UNSET
    offers_callback: bool | UnsetType = UNSET
    music: str | UnsetType = UNSET
    overflow: OverflowSent | UnsetType = UNSET


class Hours(Request, frozen=True):
    """Hours of the week on the office's clock, on the days on which they begin. They may pass midnight."""

    weekdays: tuple[Weekday, ...]
    from_minute: Minute
    to_minute: Minute


class ForwardsWanted(Request, frozen=True):
    """Which forwards: those of one extension or own number (stored form), or all."""

    owner: str = ""


class ForwardSent(Request, frozen=True):
    """A forward. It takes the place of the one of the same kind and schedule.

    `target` is an extension, or a number outside in any usual way. `after_seconds` is for no_answer.
    """

    when: ForwardWhen
    target: str
    after_seconds: Whole = 20
    schedule: Hours | None = None
    enabled: bool = True


class ForwardSwitch(Request, frozen=True):
    """A forward is to be switched on or off; off it keeps its target."""

    enabled: bool


class ForwardSeen(Struct, frozen=True):
    """A forward. `owner` is an extension or an own number, `id` what the forward is called among its owner's."""

    owner: str
    id: str
    when: ForwardWhen
    target: str
    after_seconds: int
    schedule: Hours | None
    enabled: bool


class CodeSeen(Struct, frozen=True):
    """A code that can be dialled on a phone. `parameter` is what follows it: none, extension, place or number.

    `feature` is the same in every language, `name` and `explanation` are for people.
    """

    code: str
    parameter: str
    feature: str
    name: str
    explanation: str
