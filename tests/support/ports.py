"""Ports for tests: those that run beside each other each look in a share of their own.

None of them is a port that the system gives to whoever asks for any: until a program opens what was found free here,
another test would have got it.
"""

from __future__ import annotations

import os
import random
import socket
from contextlib import ExitStack

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


def free_run(length: int) -> int:
    """Return the first of `length` ports in a row that are free now on 127.0.0.1, for both UDP and TCP."""
    for _ in range(1000):
        first = somewhere(length)
        if _are_free(range(first, first + length)):
            return first
    raise AssertionError(f"no {length} free ports in a row")


def _are_free(run: range) -> bool:
    with ExitStack() as open_ones:
        try:
            for port in run:
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    open_ones.enter_context(socket.socket(socket.AF_INET, kind)).bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
