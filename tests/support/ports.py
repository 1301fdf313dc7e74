"""Ports for tests: those that run beside each other each look in a share of their own.

None of them is a port that the system gives to whoever asks for any: until a program opens what was found free here,
another test would have got it.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

_FIRST, _END = 10_000, 32_000  # below are well-known ones, above those that the system gives to anybody
_SHARE = 2_000


def somewhere(length: int) -> int:
    """Return an even port at random, with room for `length` ports."""
    first = _share()
    end = first + _SHARE
    if not first or length > _SHARE:
        first, end = _FIRST, _END
    return random.randrange(first, end - length + 1, 2)


@cache
def _share() -> int:
    """Return the first port of what is this process's alone; 0 when so many tests run that all of it is taken."""
    for first in range(_FIRST, _END, _SHARE):
        file = Path(tempfile.gettempdir()) / f"soribox-test-ports-{first}.lock"
        try:
            held = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)  # until this process ends
        except OSError:  # somebody else's
            continue
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(held)
            continue
        return first
    return 0


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
