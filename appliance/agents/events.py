"""What is told about agents, always after it is safely stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DeskChanged:
    """A desk has another state, or another person. `user` is who sits there now, `user_before` who did."""

    extension: str
    user: int
    user_before: int


@dataclass(frozen=True)
class SeatChanged:
    """A person sits elsewhere than `before`, or has seen why; an empty extension is no phone."""

    user: int
    extension: str
    before: str


@dataclass(frozen=True)
class KindsChanged:
    """The kinds of states are others now."""
