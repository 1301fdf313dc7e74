"""What callbacks tell the rest of the core, always after it is safely stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CallbacksChanged:
    """A callback has come, was asked for again, or is done; `groups` are those whose open ones have changed."""

    callback: int
    groups: frozenset[str]
