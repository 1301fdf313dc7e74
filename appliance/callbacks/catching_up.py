"""Finds in the call log what a core that died could not write any more. Knows no event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from appliance.callbacks import models
from appliance.callbacks.from_calls import Rules, ask_of
from appliance.calls.call import CallView, Direction, Result
from appliance.calls.service import CallFilter, Calls
from appliance.store.database import Database

LOOKS_BACK_MS = 30 * 86_400_000
_AT_ONCE = 200
_CHECKED_AT_ONCE = 5000
_TAKEN = (Result.OPEN, Result.ANSWERED, Result.REFUSED, Result.CALLBACK, Result.MENU)
_NOT_ANSWERED = " ".join(result.value for result in Result if result not in _TAKEN)


async def wanted_since(calls: Calls, database: Database, since_ms: int) -> tuple[CallView, ...]:
    """Return the calls since a moment in which a callback was wanted that was not noted, in their order."""
    return await _not_noted(database, await _all(calls, CallFilter(from_ms=since_ms, wants_callback=True)))


async def unanswered_since(calls: Calls, database: Database, since_ms: int, rules: Rules) -> tuple[CallView, ...]:
    """Return the unanswered calls since a moment that the rules make callbacks of and that were not noted."""
    mark_ms = await database.read(models.mark_ms)
    from_outside = CallFilter(max(since_ms, mark_ms + 1), direction=Direction.IN.value, result=_NOT_ANSWERED)
    found = [call for call in await _all(calls, from_outside) if ask_of(call, call.ended_ms, rules) is not None]
    return await _not_noted(database, found)


async def calls_with(calls: Calls, numbers: Sequence[str], since_ms: int) -> tuple[CallView, ...]:
    """Return the calls with people who are to be called back, since the first of them asked."""
    wanted, found = CallFilter(from_ms=since_ms), list[CallView]()
    for start in range(0, len(numbers), _AT_ONCE):
        found += await _all(calls, replace(wanted, numbers=tuple(numbers[start : start + _AT_ONCE])))
    return tuple(found)


async def _not_noted(database: Database, found: Sequence[CallView]) -> tuple[CallView, ...]:
    missing: set[str] = set()
    for start in range(0, len(found), _CHECKED_AT_ONCE):
        ids = [call.id for call in found[start : start + _CHECKED_AT_ONCE]]
        missing |= await database.read(partial(models.not_noted, ids))
    return tuple(call for call in found if call.id in missing)


async def _all(calls: Calls, wanted: CallFilter) -> list[CallView]:
    found: list[CallView] = []
    cursor = ""
    while True:
        page = await calls.search(wanted, cursor, _AT_ONCE)
        found += page.calls
        cursor = page.next_cursor
        if not cursor:
            return found[::-1]
