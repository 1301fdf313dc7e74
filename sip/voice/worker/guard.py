"""Callbacks of pjsua2: an exception in one is printed and swallowed by the binding, and the call is stuck half way."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

log = logging.getLogger(__name__)

Owner = TypeVar("Owner")
Given = ParamSpec("Given")


def guarded(callback: Callable[Concatenate[Owner, Given], None]) -> Callable[Concatenate[Owner, Given], None]:
    """Let a callback log what goes wrong in it instead of losing it in C++."""

    @functools.wraps(callback)
    def call(owner: Owner, /, *args: Given.args, **named: Given.kwargs) -> None:
        try:
            callback(owner, *args, **named)
        except Exception:  # the border to C++: nothing may pass
            log.exception("callback %s failed", callback.__name__)

    return call
