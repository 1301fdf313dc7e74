"""What recalls tell the rest of the core, always after it is safely stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RecallsChanged:
    """Anything of a recall is different; `agents` are the logins whose recalls these are or were."""

    recall: int
    agents: frozenset[str]


@dataclass(frozen=True)
class RecallsDue:
    """The time of recalls of these people has come."""

    agents: frozenset[str]
