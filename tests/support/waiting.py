"""Waits for what other processes do, where there is nothing to be told by."""

from __future__ import annotations

import time
from collections.abc import Callable

_EVERY_SECONDS = 0.02


def wait_until(true: Callable[[], object], what: str, seconds: float = 15.0) -> None:
    """Return as soon as `true()` is; fail after `seconds`, naming `what` was waited for."""
    due = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < due, f"waited {seconds:.0f} s for {what}"
        time.sleep(_EVERY_SECONDS)
