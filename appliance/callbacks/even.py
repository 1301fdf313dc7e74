"""Shares work evenly: each next piece goes to whoever has least. Pure."""

from __future__ import annotations

from collections.abc import Mapping


def shares(has: Mapping[str, int], pieces: int) -> tuple[str, ...]:
    """Return to whom each piece goes; of those who have as little, who stands first."""
    now, given = dict(has), []
    for _ in range(pieces):
        least = min(now, key=now.__getitem__)
        now[least] += 1
        given.append(least)
    return tuple(given)
