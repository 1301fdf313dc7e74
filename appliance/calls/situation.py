"""How everything is at one moment, for those who decide where a call goes. Plain facts; asks nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from appliance.calls.ports import Availability, Blocking, Closed, Directory, MenuStep

ANYBODY = Availability(group_calls=True, direct_calls=True, free_since_ms=0, calls_today=0, kind="ready", person="")


def always_there(extension: str) -> Availability:
    """Say that a desk takes everything: how it is without anything that knows better."""
    return ANYBODY


def always_open(number: str) -> Closed | None:
    """Say that the office answers: how it is without hours."""
    return None


def nobody(number: str, *, withheld: bool) -> Blocking | None:
    """Say that nobody is blocked."""
    return None


def no_menu(target: str) -> MenuStep | None:
    """Say that there are no voice menus."""
    return None


class FindsBlocking(Protocol):
    """Says who does not get through."""

    def __call__(self, number: str, *, withheld: bool) -> Blocking | None:
        """Return why a caller (stored form; "" when not shown) is not to get through, or None."""


@dataclass(frozen=True)
class Situation:
    """All that decisions rest on."""

    directory: Directory
    registered: frozenset[str]  # extensions with a phone that is registered
    online: frozenset[str]  # trunks that work now
    busy: Mapping[str, int]  # calls on each trunk
    accepting: bool = True
    desks: Callable[[str], Availability] = always_there
    talking: frozenset[str] = frozenset()  # extensions
    ringing: frozenset[str] = frozenset()  # extensions whose phone rings, or is about to
    waiting: Mapping[str, int] = field(default_factory=dict)  # how many wait in each group's queue
    last_offered: Mapping[str, str] = field(default_factory=dict)  # whom each group offered a call last
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)  # in the office's time zone
    most_hops: int = 3
    closed: Callable[[str], Closed | None] = always_open  # what callers of an own number get instead of an answer
    blocking: FindsBlocking = nobody
    menu: Callable[[str], MenuStep | None] = no_menu

    def staffed(self, group: str) -> int:
        """Return how many of a group's people are there to take its calls, now or after the talk that they are in."""
        known = self.directory.groups.get(group)
        here = (phone for phone in (known.phones if known else ()) if phone in self.registered)
        return sum(self.desks(phone).group_calls or phone in self.talking for phone in here)

    def is_free_for_group(self, extension: str, *, together: bool) -> bool:
        """Whether a desk can be offered a group's call now.

        Phones that ring `together` may ring for several calls at once; who is offered calls one by one has one.
        """
        here = extension in self.registered and extension not in self.talking
        return here and (together or extension not in self.ringing) and self.desks(extension).group_calls
