"""Recalls as plain frozen objects. Moments are milliseconds since 1970, UTC; 0 = has not happened."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a recall is; the catalogue has its texts as `recalls.state.<value>`."""

    OPEN = "open"
    DONE = "done"


class Result(StrEnum):
    """What came of a recall; the catalogue has its texts as `recalls.result.<value>`."""

    NONE = ""
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Recall:
    """A call that was promised: `agent` (a login) calls `number` (stored form) at `at_ms`.

    `call` is the call in which it was promised, "" when it was none. `made_by` is a login or program.
    """

    id: int
    at_ms: int
    agent: str
    number: str
    name: str
    note: str
    call: str
    made_by: str
    made_ms: int
    state: State = State.OPEN
    result: Result = Result.NONE
    done_note: str = ""
    done_by: str = ""
    done_ms: int = 0


@dataclass(frozen=True)
class RecallDraft:
    """What somebody says of a recall; the number as people write it."""

    at_ms: int
    agent: str
    number: str
    name: str = ""
    note: str = ""
    call: str = ""


@dataclass(frozen=True)
class Wanted:
    """Which recalls are asked for, by the time for which they are. Empty and zero mean "any".

    `seen_by` leaves those that this person has, or has made.
    """

    state: str = ""
    agent: str = ""
    numbers: tuple[str, ...] = ()
    from_ms: int = 0
    to_ms: int = 0
    seen_by: str = ""
