"""What call control needs of other features, as Protocols that `appliance/main.py` plugs in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from appliance.calls.events import CallRecorded
from appliance.calls.requests import Goal


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
        """Return the WAV file of an announcement by its id ("": the box's own excuse), or "" when there is none."""

    def callback_noted(self) -> str:
        """Return the file that confirms to a caller that they will be called back; or ""."""

    def own(self, name: str) -> str:
        """Return the file of one of the box's own announcements, in the office's language; or ""."""

    async def number(self, number: str) -> str:
        """Return a file that reads a telephone number (stored form) aloud, digit by digit; or ""."""

    async def position(self, place: int, wait_seconds: int, *, offers_callback: bool) -> str:
        """Return a file that tells a waiting caller their place, and about how long it takes (0: not known); or ""."""


@dataclass(frozen=True)
class Notice:
    """What a caller is told for their behaviour: a WAV file ("": there is none), its name, and how long it lasts."""

    file: str = ""
    name: str = ""
    seconds: int = 0


class BlockAction(StrEnum):
    """What a blocked caller meets."""

    BUSY = "busy"
    ANNOUNCEMENT = "announcement"
    MENU = "menu"  # a voice menu, without anybody's phone ringing first


@dataclass(frozen=True)
class Blocking:
    """The entry of the block list that a caller is on. `announcement` is an id, "": the box's own; `menu` an id."""

    entry: int
    action: BlockAction
    announcement: str = ""
    menu: str = ""


class Protection(Protocol):
    """Keeps people from callers who do not behave. Nothing of it may wait."""

    def notice(self, stage: int, reason: str, language: str = "") -> Notice:
        """Return what is said at a stage for a reason, in a language ("": the office's)."""

    def blocking(self, number: str, *, withheld: bool) -> Blocking | None:
        """Return why a caller (stored form; "" when not shown) is not to get through, or None."""


@dataclass(frozen=True)
class DictationSounds:
    """What the box says to whoever speaks an announcement, each a file; stands in timelines, so it only grows."""

    begin: str
    tone: str
    ask: str
    nothing: str
    kept: str
    dropped: str
    failed: str


@dataclass(frozen=True)
class Spoken:
    """What was spoken in a call for the `take`-th time: a WAV file, of which the first `length_ms` count."""

    call: str
    take: int
    file: Path
    length_ms: int


class Dictations(Protocol):
    """Makes announcements of what is spoken at phones. What a call speaks is called by the call."""

    def sounds(self, tone: str) -> DictationSounds | None:
        """Return what the box says to whoever speaks, and `tone`; None: it cannot speak yet. Must not wait."""

    def wanted(self, extension: str, number: str) -> tuple[str, str]:
        """Return which announcement a phone means by a number, and who sits there. Raises NotAllowed, NotFound."""

    async def prepare(self, spoken: Spoken) -> str:
        """Return the file that would be the announcement, or "" when nothing is to be heard. Raises Unavailable."""

    async def keep(self, call: str, announcement: str, by: str) -> None:
        """Make what a call has prepared last the announcement. Twice is once. Raises SoriboxError."""

    async def forget(self, call: str, folder: Path) -> None:
        """Remove what a call has spoken, and the conversation's folder. Raises OSError."""


class CallerLookup(Protocol):
    """Finds the owner of a number."""

    async def who_is(self, number: str) -> Caller | None:
        """Return the owner of `number` (stored form), or None. Must answer within a few milliseconds."""


class ForwardWhen(StrEnum):
    """When a call goes on elsewhere. NO_ANSWER waits for `Forward.after_seconds` first."""

    ALWAYS = "always"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Schedule:
    """Hours of the week on the office's clock: from `from_minute` of the day on, up to but without `to_minute`.

    `weekdays` are the days on which it begins (0 = Monday). It passes midnight when it ends before it begins, and
    lasts a whole day when it ends as it begins.
    """

    weekdays: frozenset[int]
    from_minute: int
    to_minute: int

    def holds(self, now: datetime) -> bool:
        """Say whether it holds at `now`, which must be what the office's clock shows."""
        minute, today = now.hour * 60 + now.minute, now.weekday()
        if self.from_minute < self.to_minute:
            return today in self.weekdays and self.from_minute <= minute < self.to_minute
        if minute >= self.from_minute:
            return today in self.weekdays
        return minute < self.to_minute and (today - 1) % 7 in self.weekdays


@dataclass(frozen=True)
class Forward:
    """Sends calls on (call forwarding) to an extension, or to a number outside in stored form."""

    when: ForwardWhen
    target: str
    after_seconds: int = 20
    schedule: Schedule | None = None


@dataclass(frozen=True)
class Line:
    """One of our own numbers: where calls to it go. Of `forwards` the first that fits counts."""

    number: str  # stored form
    label: str
    trunk: str
    group: str
    forwards: tuple[Forward, ...] = ()
    menu: str = ""  # the voice menu that its callers hear; "": they are connected at once


@dataclass(frozen=True)
class Phone:
    """An extension. `shown_number` is its own choice of our numbers for calls out (stored form), or empty.

    Of `forwards` the first that fits counts. `pickup_group` is the group whose calls it may pick up; empty: those of
    all groups that it is in.
    """

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


class Strategy(StrEnum):
    """Whom a group calls next, among those of the best priority that are free.

    ALL calls all of them together; the others call one at a time: ORDER the first in the group's order, ROUND_ROBIN
    the next after whom was called last, LONGEST_IDLE who has been free the longest, FEWEST_CALLS who has had the fewest
    calls today.
    """

    ALL = "all"
    ORDER = "order"
    ROUND_ROBIN = "round_robin"
    LONGEST_IDLE = "longest_idle"
    FEWEST_CALLS = "fewest_calls"


@dataclass(frozen=True)
class Member:
    """A phone in a group. Lower priorities are tried first."""

    extension: str
    priority: int = 1


class OverflowKind(StrEnum):
    """What becomes of a caller whom a group could not serve."""

    HANG_UP = "hang_up"
    GROUP = "group"
    EXTENSION = "extension"
    ANNOUNCEMENT = "announcement"
    OUTSIDE = "outside"
    CALLBACK = "callback"
    MENU = "menu"


@dataclass(frozen=True)
class Overflow:
    """Where a group's callers go at last; from group to group never in a circle.

    HANG_UP and CALLBACK have no target. An ANNOUNCEMENT without one is the box's own.
    """

    kind: OverflowKind = OverflowKind.HANG_UP
    target: str = ""  # a group's name, an extension, an announcement's file, or a number outside in stored form


@dataclass(frozen=True)
class Group:
    """A ring group: whom it calls, and what its callers meet until somebody answers.

    Each step rings `ring_seconds`; everybody is tried `rounds` times, 0 = until the queue's time is over. With a
    `queue` the caller then waits for somebody to be free, all in all no longer than `queue_seconds`, if no more than
    `queue_limit` wait already (0 = any number). Then comes `overflow`.
    """

    name: str
    label: str
    phones: tuple[str, ...]  # in the order of `members`
    ring_seconds: int
    strategy: Strategy = Strategy.ALL
    members: tuple[Member, ...] = ()  # by priority, then in the group's order
    rounds: int = 1
    queue: bool = False
    queue_seconds: int = 120
    queue_limit: int = 0
    announce_seconds: int = 30  # how often position and expected wait are said; 0 = never
    offers_callback: bool = False  # "press 1 to be called back"
    music: str = ""  # empty: the box's own
    overflow: Overflow = Overflow()


@dataclass(frozen=True)
class Rules:
    """What the office has set for all calls; times in seconds."""

    parking_places: int = 5
    park_return_seconds: int = 120
    transfer_return_seconds: int = 25
    forward_hops: int = 3
    monitor_shown: bool = True
    pickup_across_groups: bool = False
    callback_keys: bool = True  # whoever is to be called back is asked where
    warned_apart: bool = True  # who is warned and the desk do not hear each other meanwhile


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


class Forwards(Protocol):
    """Keeps the forwards that are set by codes on phones."""

    async def forward(self, extension: str, forward: Forward | None) -> None:
        """Send an extension's calls on as `forward` says, or, None, no more. Raises InvalidInput, NotFound, Conflict.

        The target of `forward` is as it was dialled.
        """


class ShownNumbers(Protocol):
    """Knows which of our numbers a phone may show on a call out."""

    def shown_choices(self, extension: str) -> tuple[Line, ...]:
        """Return the numbers that an extension may choose from for one call, its usual one first; must not wait.

        Empty for an extension that may not call out, or that is not there.
        """


@dataclass(frozen=True)
class MenuStep:
    """One step of a voice menu, as call control walks it. `id` is what `Menus.step` found it by.

    `announcement` (an id, "": none) is heard first. `keys` lead on; `dials`: extensions may be dialled, too. It is
    heard `tries` times, with `seconds` for a key; then comes `otherwise`, or `mistaken` after wrong keys.
    `unanswered`: where the caller goes on when nobody was found there.
    """

    id: str
    name: str
    announcement: str = ""
    keys: Mapping[str, Goal] = field(default_factory=dict)
    dials: bool = False
    seconds: int = 5
    tries: int = 3
    otherwise: Goal | None = None
    mistaken: Goal | None = None
    unanswered: Goal | None = None


class Menus(Protocol):
    """The office's voice menus."""

    def step(self, target: str) -> MenuStep | None:
        """Return a menu's first step ("shop") or one of its steps ("shop/s2"); must not wait. None: it is not there."""


@dataclass(frozen=True)
class Closed:
    """What a caller gets instead of an answer, because of the office's hours; stands in timelines, so it only grows.

    `period` is how it is ("lunch"), `why` a catalogue key that `params` fill. `kind` is one of `OverflowKind` and
    `target` where that leads. `announcement` is what is played before the call ends or the callback is noted,
    `otherwise` what is played to those who cannot be called back. `label` says in people's words what they get.
    """

    period: str
    why: str
    params: dict[str, str]
    kind: str
    target: str = ""
    announcement: str = ""
    otherwise: str = ""
    label: str = ""


class Hours(Protocol):
    """When the office answers."""

    def closed(self, number: str, now: datetime) -> Closed | None:
        """Return what callers of an own number ("": one that is not listed) get at `now`; None: the office answers.

        `now` is what the office's clock shows. Must not wait.
        """

    def night(self) -> bool:
        """Say whether the night switch is on; must not wait."""

    async def turn_night(self, by: str) -> bool:
        """Switch the night on or off, whichever it is not; returns whether it is on now. Raises Unavailable."""


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
