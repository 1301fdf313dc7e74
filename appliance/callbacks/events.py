"""What callbacks tell the rest of the core, always after it is safely stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CallbacksChanged:
    """A callback has come, or anything of it is different; `groups` are those whose open ones have changed."""

    callback: int
    groups: frozenset[str]


@dataclass(frozen=True)
class CallbacksOverdue:
    """Others than before have waited for longer than the office wants."""
