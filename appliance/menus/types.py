"""Voice menus as plain frozen objects. Knows no table and no call."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

KEYS = tuple("1234567890*#")
DRAFT = "~"  # before the id of a menu: as it is being worked on
TIMEOUT, WRONG, NEXT, UNANSWERED = "timeout", "wrong", "next", "unanswered"


class Kind(StrEnum):
    """What a step does; the catalogue has its texts as `menus.kind.<value>`."""

    CHOICE = "choice"  # an announcement, then a key or an extension is waited for
    SAY = "say"  # an announcement, and on
    GROUP = "group"
    EXTENSION = "extension"
    OUTSIDE = "outside"
    CALLBACK = "callback"
    STEP = "step"  # on to another step of the same menu
    MENU = "menu"  # on to another menu
    END = "end"  # an announcement, and the call ends


SLOTS: dict[Kind, tuple[str, ...]] = {
    Kind.CHOICE: (*KEYS, TIMEOUT, WRONG),
    Kind.SAY: (NEXT,),
    Kind.EXTENSION: (UNANSWERED,),
    Kind.OUTSIDE: (UNANSWERED,),
}
"""Where other steps may follow: a key, nothing pressed, wrong keys, the end of an announcement, nobody there."""

TARGETED = (Kind.GROUP, Kind.EXTENSION, Kind.OUTSIDE, Kind.STEP, Kind.MENU)
HEARD = (Kind.CHOICE, Kind.SAY, Kind.GROUP, Kind.EXTENSION, Kind.OUTSIDE, Kind.CALLBACK, Kind.END)
"""Kinds that may have an announcement."""


@dataclass(frozen=True)
class Branch:
    """What follows a step: `slot` is a key, or one of TIMEOUT, WRONG, NEXT and UNANSWERED."""

    slot: str
    step: Step


@dataclass(frozen=True)
class Step:
    """One step. `id` is its own within the menu; `target` a group's id, an extension, a number outside (stored form).

    Of a STEP it is a step's id, of a MENU a menu's. A choice is heard `tries` times with `seconds` for a key each; with
    `dials`, callers may dial extensions.
    """

    id: str
    kind: Kind
    name: str
    target: str = ""
    announcement: str = ""
    seconds: int = 5
    tries: int = 3
    dials: bool = False
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True)
class Menu:
    """A menu: `root` is what callers hear (None: nothing yet), `draft` what is being worked on (None: nothing)."""

    id: str
    label: str
    version: int
    root: Step | None
    draft: Step | None = None

    @property
    def edited(self) -> Step:
        """The tree that an editor shows."""
        found = self.draft or self.root
        assert found is not None  # noqa: S101 - a menu has the one or the other
        return found


@dataclass(frozen=True)
class Version:
    """How a menu was from a moment on, and who made it so."""

    menu: str
    version: int
    at_ms: int
    by: str
    label: str
    root: Step


@dataclass(frozen=True)
class Problem:
    """Why a tree cannot be put to work: at a step; `key` is a catalogue text that `params` fill."""

    step: str
    key: str
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class MenusChanged:
    """A menu was added, changed or removed, and that is stored."""
