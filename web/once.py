"""Makes a double submit harmless: the same form sent twice is carried out once. Knows no page.

Each form carries a random mark. The first request with a mark does the work; another one with the same mark and the
same content, be it a double click or a reload, waits for the first and gets the same answer. A form that was refused,
or that was edited after going back to it, is carried out.
"""

from __future__ import annotations

import asyncio
import hashlib
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
        self._done: OrderedDict[tuple[str, str, bytes], asyncio.Future[str]] = OrderedDict()
        self._secret = secrets.token_bytes(32)  # what was sent may hold a password: no digest of it can be guessed at

    async def run(self, token: str, mark: str, work: Callable[[], Awaitable[str]], sent: bytes = b"") -> str:
        """Return the location that `work` returned, for this mark of this session and all that was `sent` with it.

        Errors are not remembered.
        """
        if not mark:
            return await work()
        key = (token, mark, hashlib.blake2b(sent, key=self._secret).digest())
        if (earlier := self._done.get(key)) is not None:
            return await asyncio.shield(earlier)
        outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._done[key] = outcome
        if len(self._done) > _KEPT:
            self._forget_oldest()
        try:
            location = await work()
        except BaseException as error:
            self._done.pop(key, None)
            outcome.set_exception(error)
            outcome.exception()  # nobody may be waiting: the error reaches the first sender anyway
            raise
        outcome.set_result(location)
        return location

    def _forget_oldest(self) -> None:
        """Forget what was carried out the longest ago; what is still being carried out stays."""
        oldest = next((key for key, led in self._done.items() if led.done()), None)
        if oldest is not None:
            del self._done[oldest]
