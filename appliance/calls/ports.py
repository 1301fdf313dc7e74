"""What call control needs of other features, as Protocols that `appliance/main.py` plugs in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from appliance.calls.events import CallRecorded


@dataclass(frozen=True)
class Caller:
    """Who a number belongs to, as far as the office knows."""

    customer: int
    name: str
    company: str = ""


class Recorder(Protocol):
    """Keeps what was recorded of a call."""

    async def take(self, recorded: CallRecorded) -> None:
        """Take over a finished call's tracks; returns when that is durably noted. Twice is once."""


class Prompts(Protocol):
    """Spoken announcements."""

    def file(self, announcement: str) -> str:
        """Return the WAV file of an announcement by its id, or "" when it is not there (any more)."""

    def callback_noted(self) -> str:
        """Return the file that confirms to a caller that they will be called back; or ""."""

    async def position(self, place: int, wait_seconds: int, *, offers_callback: bool) -> str:
        """Return a file that tells a waiting caller their place, and about how long it takes (0: not known); or ""."""


class CallerLookup(Protocol):
    """Finds the owner of a number."""

    async def who_is(self, number: str) -> Caller | None:
        """Return the owner of `number` (stored form), or None. Must answer within a few milliseconds."""


class ForwardWhen(StrEnum):
    ALWAYS = "always"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Schedule:
    weekdays: frozenset[int]
    from_minute: int
    to_minute: int

    def holds(self, now: datetime) -> bool:
        return True


@dataclass(frozen=True)
class Forward:
    when: ForwardWhen
    target: str
    after_seconds: int = 20
    schedule: Schedule | None = None


class Strategy(StrEnum):
    ALL = "all"
    ORDER = "order"
    ROUND_ROBIN = "round_robin"
    LONGEST_IDLE = "longest_idle"
    FEWEST_CALLS = "fewest_calls"


@dataclass(frozen=True)
class Member:
    extension: str
    priority: int = 1


class OverflowKind(StrEnum):
    HANG_UP = "hang_up"
    GROUP = "group"
    EXTENSION = "extension"
    ANNOUNCEMENT = "announcement"
    OUTSIDE = "outside"
    CALLBACK = "callback"


@dataclass(frozen=True)
class Overflow:
    kind: OverflowKind = OverflowKind.HANG_UP
    target: str = ""


@dataclass(frozen=True)
class Availability:
    group_calls: bool
    direct_calls: bool
    free_since_ms: int
    calls_today: int
    kind: str
    person: str


class Desks(Protocol):
    def availability(self, extension: str) -> Availability: ...

    def changed(self, hear: Callable[[str], None]) -> Callable[[], None]: ...

    async def set_state(self, extension: str, kind: str, by: str) -> None: ...


@dataclass(frozen=True)
class Line:
    """One of our own numbers: where calls to it go, and whether it may be shown on calls out."""

    number: str  # stored form
    label: str
    trunk: str
    group: str
    forwards: tuple[Forward, ...] = ()


@dataclass(frozen=True)
class Phone:
    """An extension. `shown_number` is its own choice of our numbers for calls out (stored form), or empty."""

    number: str
    name: str
    shown_number: str = ""
    may_call_out: bool = True
    forwards: tuple[Forward, ...] = ()
    may_forward_out: bool = True
    pickup_group: str = ""


@dataclass(frozen=True)
class TrunkRules:
    """What call control must know of a trunk."""

    trunk: str
    name: str
    international_prefixes: tuple[str, ...]  # how this carrier writes foreign callers, without "+"
    dial_e164: bool  # dial out as +82…; otherwise national digits
    main_number: str  # stored form; shown when the caller has no number of their own here
    channels: int  # calls at once; 0 = no limit


@dataclass(frozen=True)
class Group:
    """A ring group: its phones and how long they ring, in seconds."""

    name: str
    label: str
    phones: tuple[str, ...]
    ring_seconds: int
    strategy: Strategy = Strategy.ALL
    members: tuple[Member, ...] = ()
    rounds: int = 1
    queue: bool = False
    queue_seconds: int = 120
    queue_limit: int = 0
    announce_seconds: int = 30
    offers_callback: bool = False
    music: str = ""
    overflow: Overflow = Overflow()


@dataclass(frozen=True)
class Rules:
    """What the office has set for all calls; times in seconds."""

    parking_places: int = 10
    park_return_seconds: int = 120
    transfer_return_seconds: int = 25
    forward_hops: int = 3
    pickup_across_groups: bool = True


@dataclass(frozen=True)
class Directory:
    """All routing facts at one moment. Immutable: a change makes a new one."""

    phones: dict[str, Phone]
    lines: dict[str, Line]
    trunks: dict[str, TrunkRules]  # in order of preference for calls out
    groups: dict[str, Group]
    default_group: str
    area_code: str
    rules: Rules = Rules()


class DirectorySource(Protocol):
    """Where the routing facts come from."""

    def directory(self) -> Directory:
        """Return the facts as they are now; must not wait."""


@dataclass(frozen=True)
class Availability:
    """Whether a desk may be given calls in the state that it is in. Whether it is on the phone is for calls to know.

    `free_since_ms`: when its last talk ended, or it became ready. `calls_today`: talks with callers of groups today,
    in the office's time zone. `person` is the login of whoever sits there, "" = nobody.
    """

    group_calls: bool
    direct_calls: bool
    free_since_ms: int
    calls_today: int
    kind: str
    person: str


class Desks(Protocol):
    """Who may be given calls."""

    def availability(self, extension: str) -> Availability:
        """Return how a desk is now; must not wait. A number that is no enabled extension takes no calls."""

    def changed(self, hear: Callable[[str], None]) -> Callable[[], None]:
        """Call `hear` with an extension whose availability has changed; returns how to stop."""

    async def set_state(self, extension: str, kind: str, by: str) -> None:
        """Put a desk into a state by a code dialled on its phone. Raises NotFound, InvalidInput, Conflict."""
