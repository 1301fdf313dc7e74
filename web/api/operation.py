"""What an operation of the API is, and how a request becomes a call of its handler. Knows no particular operation.

A handler is a plain coroutine whose annotations are the contract: `body` and `query` are msgspec Structs, other
parameters are parts of the path, what it returns is the answer. `openapi.py` reads the same annotations.
"""

from __future__ import annotations

import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from web.api.asker import Asker, who_asks
from web.api.errors import BadJson, from_validation
from web.api.idempotency import ANSWERS, Answer
from web.keys import SERVICES

if TYPE_CHECKING:
    from appliance.services import Services


@dataclass(frozen=True)
class Asked:
    """What every handler is given: the services, who asks, and the request for the few that need more."""

    services: Services
    asker: Asker
    request: web.Request


Handler = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Operation:
    """One line of the table. `permission` as in `web.api.asker` or `appliance.access.permissions`."""

    method: str
    path: str
    handler: Handler
    permission: str
    status: int = 200

    @cached_property
    def hints(self) -> Mapping[str, Any]:
        """The handler's annotations."""
        return typing.get_type_hints(self.handler, localns={"Services": object})

    @property
    def body(self) -> type[Any] | None:
        """What the request's body must be, if it has one."""
        return self.hints.get("body")

    @property
    def query(self) -> type[Any] | None:
        """What the address's query may hold, if anything."""
        return self.hints.get("query")

    @property
    def answer(self) -> Any:
        """What is answered; NoneType for nothing."""
        return self.hints["return"]

    @property
    def parts(self) -> dict[str, type[Any]]:
        """The parts of the path, by name."""
        return {name: kind for name, kind in self.hints.items() if name not in ("asked", "body", "query", "return")}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a request. Errors are left to whoever turns them into JSON."""
        asker = await who_asks(request)
        asker.must(self.permission)
        given: dict[str, Any] = {name: self._part(request, name, kind) for name, kind in self.parts.items()}
        if self.query is not None:
            given["query"] = self._query(request, self.query)
        raw = await request.read()
        if self.body is not None:
            given["body"] = self._body(raw, self.body)
        asked = Asked(request.app[SERVICES], asker, request)

        async def work() -> Answer | web.StreamResponse:
            return self._answer(await self.handler(asked, **given))

        done = (
            await request.app[ANSWERS].once(request, asker.name, raw, work) if self.method == "POST" else await work()
        )
        return done if isinstance(done, web.StreamResponse) else done.response()

    def _answer(self, result: Any) -> Answer | web.StreamResponse:
        if isinstance(result, web.StreamResponse):
            return result
        return Answer(self.status, b"" if result is None else msgspec.json.encode(result))

    @staticmethod
    def _part(request: web.Request, name: str, kind: type[Any]) -> Any:
        try:
            return msgspec.convert(request.match_info[name], kind, strict=False)
        except msgspec.ValidationError as error:
            raise from_validation(error, name) from error

    @staticmethod
    def _query(request: web.Request, kind: type[Any]) -> Any:
        try:
            return msgspec.convert(dict(request.query), kind, strict=False)
        except msgspec.ValidationError as error:
            raise from_validation(error) from error

    @staticmethod
    def _body(raw: bytes, kind: type[Any]) -> Any:
        try:
            return msgspec.json.decode(raw or b"{}", type=kind)
        except msgspec.ValidationError as error:
            raise from_validation(error) from error
        except msgspec.DecodeError as error:
            raise BadJson("api.not_json") from error
