"""Everything that can happen to a call, as it stands in the timeline. Knows no database and no socket.

A call is nothing but the list of its happenings: folding them through `machine.step` gives its state, at any later
time and after any crash. So these types only ever grow: new fields have defaults, old ones are never removed.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from sip.api import AloneNote, Fact, Identity, Target


class Arrived(Struct, frozen=True, tag=True):
    """A call was accepted at the gate; all that routing decided about it. Numbers are in stored form."""

    direction: str
    caller_number: str
    caller_name: str
    presentation: str
    called_number: str
    trunk: str
    number: str
    group: str
    extension: str
    target: Target
    shown: Identity
    ring_seconds: int
    sip_call_id: str = ""


class TurnedAway(Struct, frozen=True, tag=True):
    """The gate did not accept the call; `arrived` is what was known, `cause` a catalogue key under `call.cause.`."""

    arrived: Arrived
    code: int
    cause: str


class Heard(Struct, frozen=True, tag=True):
    """The voice told a fact; `number` is its place in the conversation."""

    fact: Fact
    number: int


class Noted(Struct, frozen=True, tag=True):
    """The edge noted this about a call that it handles alone; `number` is the note's, and numbers only grow.

    `group` is the ring group that it made to ring, `line` our own number that it showed outside, in stored form.
    """

    note: AloneNote
    number: int
    group: str = ""
    line: str = ""


class CallerLeft(Struct, frozen=True, tag=True):
    """The caller gave up before the worker had the INVITE."""


class TakenByEdge(Struct, frozen=True, tag=True):
    """The edge did not wait any longer and handles the call alone, without us and without a recording."""


class RangTooLong(Struct, frozen=True, tag=True):
    """The ring time is over."""


class NoWorkerFree(Struct, frozen=True, tag=True):
    """The voice could not take the call."""

    reason: str


class HangupAsked(Struct, frozen=True, tag=True):
    """Somebody ended the call from the panel, the command line or a program."""

    by: str


class BoxStopped(Struct, frozen=True, tag=True):
    """The box was told to stop and the call had had its time."""


class Vanished(Struct, frozen=True, tag=True):
    """After a restart nobody knew the conversation any more."""


Ending: TypeAlias = CallerLeft | TakenByEdge | RangTooLong | NoWorkerFree | HangupAsked | BoxStopped | Vanished

Happening: TypeAlias = Arrived | TurnedAway | Heard | Noted | Ending
