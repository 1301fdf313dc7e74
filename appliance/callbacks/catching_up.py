"""Finds in the call log what a core that died could not write any more. Knows no event."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.callbacks import models
from appliance.callbacks.types import Callback
from appliance.calls.call import CallView, Result
from appliance.calls.service import CallFilter, Calls
from appliance.store.database import Database

LOOKS_BACK_MS = 30 * 86_400_000
_AT_ONCE = 200


async def wanted_since(calls: Calls, database: Database, since_ms: int) -> tuple[CallView, ...]:
    """Return the calls since a moment in which a callback was wanted that was not noted, in their order."""
    found = await _all(calls, CallFilter(from_ms=since_ms, result=Result.CALLBACK))
    missing = await database.read(lambda: models.not_noted(call.id for call in found))
    return tuple(call for call in found if call.id in missing)


async def talks_with(calls: Calls, callbacks: Sequence[Callback]) -> tuple[CallView, ...]:
    """Return the calls with people who are to be called back, since the first of them asked, in their order."""
    if not callbacks:
        return ()
    numbers = tuple(callback.number for callback in callbacks)
    since_ms = min(callback.last_ms for callback in callbacks)
    return await _all(calls, CallFilter(from_ms=since_ms, result=Result.ANSWERED, numbers=numbers))


async def _all(calls: Calls, wanted: CallFilter) -> tuple[CallView, ...]:
    found: list[CallView] = []
    cursor = ""
    while True:
        page = await calls.search(wanted, cursor, _AT_ONCE)
        found += page.calls
        cursor = page.next_cursor
        if not cursor:
            return tuple(reversed(found))
