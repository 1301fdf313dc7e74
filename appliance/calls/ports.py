"""What call control needs of other features, as Protocols that `appliance/main.py` plugs in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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


class CallerLookup(Protocol):
    """Finds the owner of a number."""

    async def who_is(self, number: str) -> Caller | None:
        """Return the owner of `number` (stored form), or None. Must answer within a few milliseconds."""


@dataclass(frozen=True)
class Line:
    """One of our own numbers: where calls to it go, and whether it may be shown on calls out."""

    number: str  # stored form
    label: str
    trunk: str
    group: str


@dataclass(frozen=True)
class Phone:
    """An extension. `shown_number` is its own choice of our numbers for calls out (stored form), or empty."""

    number: str
    name: str
    shown_number: str = ""
    may_call_out: bool = True


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


@dataclass(frozen=True)
class Directory:
    """All routing facts at one moment. Immutable: a change makes a new one."""

    phones: dict[str, Phone]
    lines: dict[str, Line]
    trunks: dict[str, TrunkRules]  # in order of preference for calls out
    groups: dict[str, Group]
    default_group: str
    area_code: str


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
