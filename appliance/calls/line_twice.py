"""Whether an analog line and a trunk tell of the same call. Pure; both may be first.

A gateway on the same line brings the call as well. With a number that is shown, moments and number must agree. Two
callers who hide theirs are one only where the trunk's call was to the line's own number, and no other could be meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

SAME_WITHIN_MS = 4000
_WITHHELD = "withheld"

T = TypeVar("T")


@dataclass(frozen=True)
class Seen:
    """A call as one of the two tells of it. `number` is our own that was called; numbers in stored form."""

    caller: str
    presentation: str
    number: str
    at_ms: int


def the_same(one: Seen, others: Iterable[tuple[Seen, T]]) -> T | None:
    """Return which of the others is the same call, if that is certain enough."""
    near = [(seen, which) for seen, which in others if abs(seen.at_ms - one.at_ms) <= SAME_WITHIN_MS]
    if one.caller:
        return next((which for seen, which in near if seen.caller == one.caller), None)
    hidden = [which for seen, which in near if _both_hidden(one, seen)]
    return hidden[0] if len(hidden) == 1 else None


def _both_hidden(one: Seen, other: Seen) -> bool:
    withheld = one.presentation == other.presentation == _WITHHELD and not other.caller
    return withheld and bool(one.number) and one.number == other.number
