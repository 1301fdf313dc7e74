"""A callback as a plain frozen object. Moments are milliseconds since 1970, UTC; 0 = has not happened."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a callback is; the catalogue has its texts as `callbacks.state.<value>`."""

    OPEN = "open"
    DONE = "done"


@dataclass(frozen=True)
class Callback:
    """One number that is to be called back, however often it asked: `asked` says how often, `call` is the last time.

    `number` is in stored form, `group` the ring group that is to call back: of several the one that was asked last.
    `done_by` is a person or program, or the extension that talked with the number in the call `done_call`.
    """

    id: int
    number: str
    name: str
    group: str
    state: State
    asked: int
    first_ms: int
    last_ms: int
    call: str
    done_ms: int = 0
    done_by: str = ""
    done_call: str = ""


@dataclass(frozen=True)
class Ask:
    """In a call somebody asked to be called back."""

    call: str
    number: str
    name: str
    group: str
    at_ms: int


@dataclass(frozen=True)
class Talk:
    """Somebody of ours talked with a number from a moment on; the call ended at `ended_ms`."""

    call: str
    number: str
    extension: str
    from_ms: int
    ended_ms: int
