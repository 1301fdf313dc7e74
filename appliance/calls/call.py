"""What a call is to everyone outside call control: a frozen view, made from the call's timeline. Knows no SIP.

Moments are milliseconds since 1970, UTC; 0 = has not happened.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Direction(StrEnum):
    """Which way a call goes, seen from the office."""

    IN = "in"
    OUT = "out"
    INTERNAL = "internal"


class State(StrEnum):
    """Where a call is in its life. It only ever moves down this list."""

    ARRIVED = "arrived"  # accepted; its worker waits for the INVITE
    RINGING = "ringing"  # somebody's phone rings, or the far side is being called
    TALKING = "talking"
    ENDED = "ended"


class Result(StrEnum):
    """How a call ended, in one word; the catalogue has its texts as `call.result.<value>`."""

    OPEN = "open"  # has not ended
    ANSWERED = "answered"  # there was a talk and it ended normally
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"  # no phone registered, or the trunk gave no answer
    CALLBACK = "callback"  # the caller asked to be called back instead of waiting
    AFTER_HOURS = "after_hours"  # the office was closed, and the caller got its announcement
    CANCELLED = "cancelled"  # whoever called gave up before an answer
    REFUSED = "refused"  # the box did not accept the call; `cause` says why
    FAILED = "failed"  # the network or the box could not do it
    UNKNOWN = "unknown"  # it rang on an analog line whose device does not tell whether somebody answered
    LOST = "lost"  # the worker or the box died in the call
    STOPPED = "stopped"  # ended because the box was told to stop
    TERMINATED = "terminated"  # our side ended it with an announcement, to protect whoever talked
    BLOCKED = "blocked"  # the caller is on the block list
    MENU = "menu"  # a voice menu has told the caller all that they chose to hear


class Ender(StrEnum):
    """Who ended a call."""

    NOBODY = ""
    CALLER = "caller"
    CALLED = "called"
    BOX = "box"


class Stage(IntEnum):
    """How far somebody has gone with a caller who does not behave."""

    FIRST = 1
    SECOND = 2
    END = 3  # the call ends with the announcement


class Reason(StrEnum):
    """What a caller is warned for; the catalogue has its texts as `call.reason.<value>`."""

    ABUSE = "abuse"
    HARASSMENT = "harassment"
    THREAT = "threat"
    LONG_CALL = "long_call"


@dataclass(frozen=True)
class Warned:
    """One warning: from whose desk, by whom (a user's or key's name, or the box), what was played ("": nothing)."""

    at_ms: int
    stage: int
    reason: str
    extension: str
    by: str
    name: str


@dataclass(frozen=True)
class PartyView:
    """One party as screens show it. `role` is "far", "desk", "asked" or "monitor"; `number` in stored form.

    `state`: "ringing", "talking", "music" (waits), "aside" (talks with the one who asked), "held" (by its own phone).
    `watch` says how a supervisor takes part. `rings_at` are the extensions whose phones ring for it.
    """

    leg: str
    role: str
    state: str
    extension: str = ""
    number: str = ""
    name: str = ""
    since_ms: int = 0
    muted: bool = False
    watch: str = ""
    rings_at: tuple[str, ...] = ()
    returned: bool = False  # rings because whom the call was given did not take it


@dataclass(frozen=True)
class PartView:
    """One stretch of a call: who talked with the far side; `to_ms` 0 = goes on."""

    extension: str
    number: str
    from_ms: int
    to_ms: int


@dataclass(frozen=True)
class CallView:
    """One call as lists and screens show it.

    `caller_number` and `called_number` are in stored form (`appliance.core.numbers`): E.164, or raw when no rule knows
    them; empty when withheld. `presentation` is "shown", "withheld" or "unavailable". `extensions` are the phones that
    ring now or rang last; `extension` is our phone in the talk (who answered, or who called).
    """

    id: str
    direction: Direction
    state: State
    caller_number: str
    caller_name: str
    presentation: str
    called_number: str
    trunk: str
    number: str  # our own number that was called, as stored in the list of numbers
    group: str
    extensions: tuple[str, ...]
    extension: str
    started_ms: int
    ringing_ms: int
    answered_ms: int
    ended_ms: int
    result: Result
    cause: str  # a SIP code and words, or one of our own; for the timeline and the log page
    ended_by: Ender
    on_hold: bool = False
    recording: str = ""  # "", "live", "joining", "ready" or "failed"
    parties: tuple[PartyView, ...] = ()  # while it goes on
    parts: tuple[PartView, ...] = ()
    place: int = 0  # where it is parked
    waiting: bool = False  # in a group's queue
    wants_callback: bool = False  # the people of `group` are to call back
    callback_way: str = ""  # how that came: "key", "overflow", "closed", "menu" or "asked"; "" = not wanted
    held_by: str = ""
    playing: str = ""  # the announcement that is heard
    joined_to: str = ""  # the call that this one became a part of
    mos: float = 0.0  # of the worst leg, 1.0 to 4.4; 0: not known
    closed: bool = False  # while it goes on: nobody is called, because of the office's hours
    warned: tuple[Warned, ...] = ()  # what its caller was told for their behaviour, in order
    terminating: bool = False  # its last announcement is heard, after which it ends
    line: str = ""  # the name of the analog line on which it came
    line_recorded: str = ""  # how that line is recorded: "automatic", "by_hand", "never"; "": it cannot be heard
    taping: bool = False  # that line is to be recorded now, if its sound can be had
    extra_minutes: int = 0  # by how much its desk has lengthened what a call may take
    paused: bool = False  # its recording holds silence now
    pauses: tuple[tuple[int, int], ...] = ()  # when it did, in ms from the recording's beginning; (…, 0) goes on
    dictates: str = ""  # an announcement is spoken in it: where that is; "kept" or "dropped" when it is over
    dictated: str = ""  # which announcement
    menu_path: tuple[str, ...] = ()  # the steps of voice menus that the caller came by, as people call them
    callback_number: str = ""  # where they want to be called back, if not at the number that they called from
    callback_sure: bool = True  # False: they hung up before they had said so
    test: bool = False  # somebody of the office tried how it is to call
    with_box: bool = False  # while it goes on: the box speaks with the caller, and listens to their keys

    @property
    def far_number(self) -> str:
        """The number of the person outside (or of the other extension)."""
        return self.called_number if self.direction is Direction.OUT else self.caller_number

    @property
    def stage(self) -> int:
        """How far its caller was warned in it; 0: not at all."""
        return max((one.stage for one in self.warned), default=0)

    @property
    def misbehaved(self) -> bool:
        """Whether its caller was warned for more than that it took long."""
        return any(one.reason != Reason.LONG_CALL for one in self.warned)


@dataclass(frozen=True)
class Track:
    """One direction of a call's audio: `file` is an absolute path of a WAV file, mono, 16 bit, 8000 Hz."""

    leg: str
    file: str
    started_ms: int
    duration_ms: int  # 0: not closed properly, measure the file


@dataclass(frozen=True)
class Step:
    """One line of a call's timeline, in words: `key` is a catalogue text, `params` fill it."""

    at_ms: int
    key: str
    params: dict[str, object] = field(default_factory=dict)
