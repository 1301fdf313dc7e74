"""What goes over the API about callbacks and recalls: requests, and answers that are put together."""

from __future__ import annotations

from enum import StrEnum

from msgspec import UNSET, Struct, UnsetType

from appliance.callbacks.types import OPEN, Callback, Result, State, Way
from appliance.recalls.types import Result as RecallResult
from web.api.desk_shapes import AtDesk
from web.api.shapes import Limit, Request, Whole


class CallbackState(StrEnum):
    """In which state callbacks are wanted. "open" is all but those that are done."""

    OPEN = "open"
    NEW = "new"
    WAITING = "waiting"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    ALL = "all"

    @property
    def states(self) -> tuple[State, ...]:
        """The states that are meant; none means any."""
        if self is CallbackState.ALL:
            return ()
        return OPEN if self is CallbackState.OPEN else (State(self.value),)


class CallbackFilter(Request, frozen=True):
    """Which callbacks. `group` is a ring group's id, `assignee` a login or "-" for nobody's, `number` a part of one.

    The period is about the last time that it was asked for. Empty and zero mean "any".
    """

    state: CallbackState = CallbackState.OPEN
    group: str = ""
    way: Way | None = None
    assignee: str = ""
    number: str = ""
    from_ms: Whole = 0
    to_ms: Whole = 0


class CallbacksWanted(CallbackFilter, frozen=True):
    """Which callbacks, the newest first, a page at a time."""

    cursor: str = ""
    limit: Limit = 50


class ProgressWanted(Request, frozen=True):
    """Of which callbacks: those that came first within a period, one way, of one person (or "-": of nobody)."""

    way: Way | None = None
    assignee: str = ""
    from_ms: Whole = 0
    to_ms: Whole = 0


class CallbackStepSeen(Struct, frozen=True):
    """One line of the history of a callback. `kind` is the same in every language, `text` is for people."""

    at_ms: int
    kind: str
    who: str
    call: str
    about: str
    text: str


class CallbackSeen(Struct, frozen=True):
    """A callback and everything that happened to it."""

    callback: Callback
    history: tuple[CallbackStepSeen, ...]


class ProgressSeen(Struct, frozen=True):
    """How the callbacks of one day that came one way are. `rate` is the share that is done, in percent."""

    day: str
    way: Way
    asked: int
    assigned: int
    done: int
    open: int
    rate: float
    menu: str = ""  # by which steps of a voice menu


class CallbackChange(Request, frozen=True):
    """What is to be different about a callback; what is left out stays. One that is done keeps its state."""

    state: State | UnsetType = UNSET
    note: str | UnsetType = UNSET


class CallbackDone(Request, frozen=True):
    """What came of it, and a note; an empty note leaves the one that is there."""

    result: Result = Result.NONE
    note: str = ""


class AssignSent(Request, frozen=True):
    """Callbacks to be given to people evenly. Without `callbacks`: all open ones that are nobody's.

    `to` are logins; with `signed_in` everybody who is signed in now is meant, too.
    """

    callbacks: tuple[Whole, ...] = ()
    to: tuple[str, ...] = ()
    signed_in: bool = False


class UnassignSent(Request, frozen=True):
    """Callbacks that are to be nobody's again."""

    callbacks: tuple[Whole, ...]


class CallSent(AtDesk, frozen=True, kw_only=True):
    """From whose desk to call."""


class RecallsWanted(Request, frozen=True):
    """Which recalls, by their time. `agent` is a login; empty and zero mean "any" that the asker may see."""

    state: str = "open"
    agent: str = ""
    from_ms: Whole = 0
    to_ms: Whole = 0
    latest_first: bool = False
    cursor: str = ""
    limit: Limit = 50


class RecallSent(Request, frozen=True):
    """A call to be promised for `at_ms`. `agent` is a login; empty: whoever asks.

    Whom to call: a number as people write it, or a customer's id, or the call in which it was promised.
    """

    at_ms: Whole
    agent: str = ""
    number: str = ""
    customer: Whole = 0
    call: str = ""
    name: str = ""
    note: str = ""


class RecallChange(Request, frozen=True):
    """What is to be different about a recall; what is left out stays."""

    at_ms: Whole | UnsetType = UNSET
    agent: str | UnsetType = UNSET
    number: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    note: str | UnsetType = UNSET


class PutOff(Request, frozen=True):
    """In how many minutes to be reminded again."""

    minutes: Whole = 10


class RecallDone(Request, frozen=True):
    """What came of it, and a note."""

    result: RecallResult = RecallResult.NONE
    note: str = ""
