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
    """A person sits elsewhere now; `extension` is empty when they are without a phone."""

    user: int
    extension: str


@dataclass(frozen=True)
class KindsChanged:
    """The kinds of states are others now."""
