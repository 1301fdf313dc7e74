"""Makes it safe to send a POST again: the same `Idempotency-Key` gets the same answer, and the work is done once.

Answers are kept for a day, in memory, without the secrets in them: those are told once, to whoever asked first. After
a restart the natural keys (an extension's number, a login) still keep anything from being made twice. Knows no
operation.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from aiohttp import web

from appliance.core.errors import Conflict, InvalidInput

HEADER = "Idempotency-Key"
_KEPT_SECONDS = 24 * 3600
_KEPT = 2000
_LONGEST_KEY = 200


@dataclass(frozen=True)
class Answer:
    """An answer that can be given again; `again` is its body without what is told only once."""

    status: int
    body: bytes
    again: bytes

    def response(self) -> web.Response:
        """Return it as a response."""
        return web.Response(
            status=self.status if self.body else 204,
            body=self.body or None,
            content_type="application/json" if self.body else None,
        )


Work = Callable[[], Awaitable[Answer | web.StreamResponse]]


@dataclass(frozen=True)
class _Kept:
    digest: bytes
    due: float
    answer: asyncio.Future[Answer]


class Answers:
    """The answers given lately, by who asked and with which key."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._secret = secrets.token_bytes(32)  # a request may hold a password: no digest of it can be guessed at

    async def once(self, request: web.Request, who: str, body: bytes, work: Work) -> Answer | web.StreamResponse:
        """Do `work` unless this request was answered before; only answers are remembered, errors are not.

        Raises Conflict when the key was used for another request.
        """
        key = request.headers.get(HEADER, "")
        if not key:
            return await work()
        if len(key) > _LONGEST_KEY:
            raise InvalidInput(HEADER, "api.key_too_long")
        digest = hashlib.blake2b(f"{request.method} {request.path}\n".encode() + body, key=self._secret).digest()
        self._forget_old()
        earlier = self._kept.get((who, key))
        if earlier is not None:
            if earlier.digest != digest:
                raise Conflict("api.key_used_before", field=HEADER)
            return await asyncio.shield(earlier.answer)
        return await self._first((who, key), digest, work)

    async def _first(self, name: tuple[str, str], digest: bytes, work: Work) -> Answer | web.StreamResponse:
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._kept[name] = _Kept(digest, time.monotonic() + _KEPT_SECONDS, future)
        try:
            answer = await work()
        except BaseException as error:
            self._kept.pop(name, None)
            future.set_exception(error)
            future.exception()  # nobody else may be waiting; whoever sent it first gets the error anyway
            raise
        if isinstance(answer, Answer):
            future.set_result(replace(answer, body=answer.again))
        else:
            self._kept.pop(name, None)
            future.cancel()
        return answer

    def _forget_old(self) -> None:
        """Forget what is a day old, and the oldest of too many; what is still being worked on stays."""
        now, too_many = time.monotonic(), len(self._kept) - _KEPT
        for name, kept in tuple(self._kept.items()):
            if kept.due >= now and too_many <= 0:
                return
            if kept.answer.done():
                del self._kept[name]
                too_many -= 1


ANSWERS: web.AppKey[Answers] = web.AppKey("answers", Answers)
