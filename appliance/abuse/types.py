"""Incidents, what is remembered of a caller, and entries of the block list, as plain frozen objects. Knows no table.

Numbers are in stored form, moments milliseconds since 1970, UTC; 0 = has not happened, or never.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from appliance.calls.ports import BlockAction


@dataclass(frozen=True)
class Incident:
    """One warning, or the end of a call. `login` is who sat at `extension`, `by` who pressed."""

    id: int
    call: str
    at_ms: int
    number: str
    stage: int
    reason: str
    extension: str
    login: str
    by: str
    said: str
    seen_ms: int = 0


@dataclass(frozen=True)
class Standing:
    """What is remembered of a caller: the highest stage and when, how often they were warned, and calls ended."""

    stage: int = 0
    at_ms: int = 0
    reason: str = ""
    warned: int = 0
    terminated: int = 0

    @property
    def next_stage(self) -> int:
        """Which stage comes next: whoever was terminated before is warned once more, then it is the end."""
        return min(self.stage + 1, 3) if self.stage < 3 else 2


NEVER_WARNED = Standing()


@dataclass(frozen=True)
class Count:
    """How often somebody (a login, an extension or a caller's number) was part of warnings and of ends of calls."""

    who: str
    warned: int
    terminated: int


class BlockKind(StrEnum):
    """Whom an entry means: one number, all that begin so, or whoever does not show a number."""

    NUMBER = "number"
    PREFIX = "prefix"
    WITHHELD = "withheld"


@dataclass(frozen=True)
class BlockDraft:
    """An entry as somebody makes it: `pattern` as it was typed."""

    kind: BlockKind
    pattern: str = ""
    reason: str = ""
    action: BlockAction = BlockAction.ANNOUNCEMENT
    announcement: str = ""  # an id; "": the box's own
    until_ms: int = 0
    menu: str = ""  # the voice menu that they hear, of the action MENU


@dataclass(frozen=True)
class Block:
    """An entry: `pattern` in stored form; `hits` and `last_ms` count the calls that were refused by it."""

    id: int
    kind: BlockKind
    pattern: str
    reason: str
    action: BlockAction
    announcement: str
    by: str
    since_ms: int
    until_ms: int = 0
    removed_ms: int = 0
    removed_by: str = ""
    hits: int = 0
    last_ms: int = 0
    menu: str = ""


@dataclass(frozen=True)
class IncidentNoted:
    """A warning or an end of a call is stored."""

    incident: Incident


@dataclass(frozen=True)
class IncidentsSeen:
    """Somebody who may has looked at the incidents."""


@dataclass(frozen=True)
class BlocksChanged:
    """The block list has changed, or one of its entries has turned somebody away; and that is stored."""
