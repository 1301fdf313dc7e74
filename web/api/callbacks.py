"""Callbacks over the API: who is to be called back, and that it was done. Knows the callbacks' service."""

from __future__ import annotations

from enum import StrEnum

from appliance.callbacks.types import Callback
from web.api.operation import Asked
from web.api.shapes import Items, Limit, Request


class Wanted(StrEnum):
    """Which callbacks: those that wait, those that are done, or both."""

    OPEN = "open"
    DONE = "done"
    ALL = "all"


class CallbacksWanted(Request, frozen=True):
    """Which callbacks, the newest first. `group` is a ring group's id; empty means any."""

    state: Wanted = Wanted.OPEN
    group: str = ""
    cursor: str = ""
    limit: Limit = 50


async def list_callbacks(asked: Asked, query: CallbacksWanted) -> Items[Callback]:
    """List who is to be called back, a page at a time. One number is one entry, however often it asked."""
    state = "" if query.state is Wanted.ALL else query.state.value
    found, cursor = await asked.services.callbacks.search(state, query.group, query.cursor, query.limit)
    return Items(found, cursor)


async def finish_callback(asked: Asked, callback: int) -> Callback:
    """Note that somebody has dealt with a callback. One that is done already stays as it is.

    It is done by itself when somebody of the office has talked with the number.
    """
    return await asked.services.callbacks.done(callback, asked.asker.name)
