"""Callbacks as plain frozen objects. Moments are milliseconds since 1970, UTC; 0 = has not happened."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a callback is; the catalogue has its texts as `callbacks.state.<value>`."""

    NEW = "new"  # nobody has done anything yet
    WAITING = "waiting"  # tried in vain, or put off
    IN_PROGRESS = "in_progress"  # somebody is on it
    DONE = "done"


OPEN = (State.NEW, State.WAITING, State.IN_PROGRESS)


class Way(StrEnum):
    """How it came that somebody is to be called back; the catalogue has its texts as `callbacks.way.<value>`."""

    KEY = "key"  # pressed in a queue
    OVERFLOW = "overflow"  # a group that calls back whom it cannot serve
    CLOSED = "closed"  # outside the hours
    MENU = "menu"  # a step of a voice menu
    ASKED = "asked"  # in some other way
    MISSED = "missed"  # nobody answered
    ABANDONED = "abandoned"  # hung up while it rang, or while waiting


class Result(StrEnum):
    """What came of a callback; the catalogue has its texts as `callbacks.result.<value>`."""

    NONE = ""
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    WRONG_NUMBER = "wrong_number"
    NOT_NEEDED = "not_needed"


class StepKind(StrEnum):
    """What happened to a callback; the catalogue has its texts as `callbacks.step.<value>`."""

    ASKED = "asked"  # `about` is the way
    TRIED = "tried"  # a call out that was not answered
    TALKED = "talked"  # a talk with the number
    ASSIGNED = "assigned"  # `about` is to whom
    UNASSIGNED = "unassigned"  # `about` is from whom
    STATE = "state"  # somebody says where it is; `about` is the state
    NOTED = "noted"  # a note was written
    DONE = "done"  # `about` is the result


@dataclass(frozen=True)
class Callback:
    """One number that is to be called back, however often it asked: `asked` says how often, `call` is the last time.

    `number` is in stored form, `group` the ring group that is to call back, `way` how it came: of several times the
    last. `assignee` is a login. `done_by` is a login or program, or the extension that talked with the number in the
    call `done_call`. `menu` and `sure` are, as in `Ask`, of the last time.
    """

    id: int
    number: str
    name: str
    group: str
    way: Way
    state: State
    asked: int
    first_ms: int
    last_ms: int
    call: str
    tries: int = 0
    last_try_ms: int = 0
    assignee: str = ""
    assigned_by: str = ""
    assigned_ms: int = 0
    result: Result = Result.NONE
    note: str = ""
    done_ms: int = 0
    done_by: str = ""
    done_call: str = ""
    menu: str = ""
    sure: bool = True

    @property
    def is_open(self) -> bool:
        """Whether somebody is still to be called back."""
        return self.state is not State.DONE


@dataclass(frozen=True)
class Step:
    """One line of the history of a callback. `who` is a login, a program or an extension."""

    at_ms: int
    kind: StepKind
    who: str = ""
    call: str = ""
    about: str = ""
    caller: str = ""  # from where it was asked for, if that is another number
    menu: str = ""
    sure: bool = True


@dataclass(frozen=True)
class Ask:
    """In a call somebody asked to be called back, or is to be because nobody answered them.

    `caller` is where they called from, if they left another number; `menu` the steps of a voice menu that they came by.
    Who is not `sure` was asked where, and hung up before they had said so.
    """

    call: str
    number: str
    name: str
    group: str
    way: Way
    at_ms: int
    caller: str = ""
    menu: str = ""
    sure: bool = True


@dataclass(frozen=True)
class Talk:
    """Somebody of ours talked with a number from a moment on; the call ended at `ended_ms`."""

    call: str
    number: str
    extension: str
    from_ms: int
    ended_ms: int


@dataclass(frozen=True)
class Try:
    """Somebody of ours called a number, from `from_ms` to `ended_ms`, and there was no answer."""

    call: str
    number: str
    extension: str
    from_ms: int
    ended_ms: int


@dataclass(frozen=True)
class Wanted:
    """Which callbacks are asked for. Empty and zero mean "any".

    `number` is part of a number, `numbers` are whole ones of which any may be it. `assignee` is a login or NOBODY.
    The period is about the last time it was asked for: from `from_ms` on and before `to_ms`.
    """

    states: tuple[State, ...] = ()
    group: str = ""
    way: str = ""
    assignee: str = ""
    number: str = ""
    numbers: tuple[str, ...] = ()
    from_ms: int = 0
    to_ms: int = 0


NOBODY = "-"
"""As an assignee that is asked for: none."""


@dataclass(frozen=True)
class Progress:
    """How the callbacks of one day are that came one way. A day is one of the office's, "2026-11-23"."""

    day: str
    way: Way
    asked: int
    assigned: int
    done: int
    menu: str = ""  # by which steps of a voice menu

    @property
    def open(self) -> int:
        """How many are still to be called back."""
        return self.asked - self.done
