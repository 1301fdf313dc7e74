"""Makes a double submit harmless: the same form sent twice is carried out once. Knows no page.

Each form carries a random mark. The first request with a mark does the work; another one with the same mark, be it a
double click or a reload, waits for the first and gets the same answer. A form that was refused may be sent again.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable

_KEPT = 500


def new_mark() -> str:
    """Return a mark for a new form."""
    return secrets.token_urlsafe(9)


class Once:
    """The marks seen lately and where each led."""

    def __init__(self) -> None:
        self._done: OrderedDict[tuple[str, str], asyncio.Future[str]] = OrderedDict()

    async def run(self, token: str, mark: str, work: Callable[[], Awaitable[str]]) -> str:
        """Return the location that `work` returned, for this mark of this session. Errors are not remembered."""
        if not mark:
            return await work()
        key = (token, mark)
        if (earlier := self._done.get(key)) is not None:
            return await asyncio.shield(earlier)
        outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._done[key] = outcome
        while len(self._done) > _KEPT:
            self._done.popitem(last=False)
        try:
            location = await work()
        except BaseException as error:
            self._done.pop(key, None)
            outcome.set_exception(error)
            outcome.exception()  # nobody may be waiting: the error reaches the first sender anyway
            raise
        outcome.set_result(location)
        return location
