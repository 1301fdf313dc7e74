"""Ranges of ports for tests: those that run beside each other each look in a share of their own."""

from __future__ import annotations

import os
import random

_FIRST, _END = 10_000, 32_000  # below are well-known ones, above those that the system gives to anybody
_SHARES = 4


def somewhere(length: int) -> int:
    """Return an even port at random, with room for `length` ports."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker:
        return random.randrange(_FIRST, _END - length, 2)
    share = (_END - _FIRST) // _SHARES
    first = _FIRST + share * (int(worker.removeprefix("gw")) % _SHARES)
    return random.randrange(first, first + share - length, 2)
