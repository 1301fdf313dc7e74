"""What an operation of the API is, and how a request becomes a call of its handler. Knows no particular operation.

A handler is a plain coroutine whose annotations are the contract: `body` and `query` are msgspec Structs (a body may be
`Sent` instead), other parameters are parts of the path, what it returns is the answer. `openapi.py` reads the same
annotations.
"""

from __future__ import annotations

import logging
import typing
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web
from msgspec import structs

from appliance.core.errors import SoriboxError
from web.api.address import PREFIX
from web.api.asker import Asker, who_asks
from web.api.errors import BadJson, from_validation
from web.api.idempotency import ANSWERS, Answer
from web.api.shapes import SECRETS
from web.keys import SERVICES

if TYPE_CHECKING:
    from appliance.services import Services


log = logging.getLogger(__name__)

_PIECE = 65536

# What the access log calls a change that needs this permission.
_NOTED = {
    "agents.manage": "agent_states_changed",
    "announcements.manage": "announcements_changed",
    "hours.manage": "hours_changed",
    "hours.switch": "night_switched",
    "lines.manage": "lines_changed",
    "phone.own": "lines_changed",
    "settings.manage": "settings_changed",
    "customers.edit": "customer_changed",
    "customers.remove": "customer_removed",
    "calls.monitor": "call_monitored",
    "abuse.manage": "blocks_changed",
}


@dataclass(frozen=True)
class Asked:
    """What every handler is given: the services, who asks, and the request for the few that need more."""

    services: Services
    asker: Asker
    request: web.Request


@dataclass(frozen=True)
class Sent:
    """A body that is no JSON and may be large: read piece by piece by the handler."""

    pieces: AsyncIterator[bytes]


Handler = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Operation:
    """One line of the table. `permission` as in `web.api.asker` or `appliance.access.permissions`."""

    method: str
    path: str
    handler: Handler
    permission: str
    status: int = 200
    media: tuple[str, ...] = ()  # what is answered, when that is no JSON

    @cached_property
    def hints(self) -> Mapping[str, Any]:
        """The handler's annotations."""
        return typing.get_type_hints(self.handler, localns={"Services": object}, include_extras=True)

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
        raw = b"" if self.body is Sent else await request.read()
        if self.body is Sent:
            given["body"] = Sent(request.content.iter_chunked(_PIECE))
        elif self.body is not None:
            given["body"] = self._body(raw, self.body)
        asked = Asked(request.app[SERVICES], asker, request)

        async def work() -> Answer | web.StreamResponse:
            result = await self.handler(asked, **given)
            await self._note(asked)
            return self._answer(result)

        done = (
            await request.app[ANSWERS].once(request, asker.identity, raw, work)
            if self.method == "POST"
            else await work()
        )
        return done if isinstance(done, web.StreamResponse) else done.response()

    async def _note(self, asked: Asked) -> None:
        """Write a change into the access log; people and keys write their own. The change is stored: never undone."""
        what = "" if self.method == "GET" else _NOTED.get(self.permission, "")
        if not what:
            return
        about = f"{self.method} {asked.request.path.removeprefix(PREFIX)}"
        try:
            await asked.services.access.note(asked.asker.actor, what, about)
        except SoriboxError as error:
            log.warning("%s could not be written to the access log: %s", what, error)

    def _answer(self, result: Any) -> Answer | web.StreamResponse:
        if isinstance(result, web.StreamResponse):
            return result
        body = b"" if result is None else msgspec.json.encode(result)
        secret = SECRETS.get(type(result))
        again = body if secret is None else msgspec.json.encode(structs.replace(result, **{secret: ""}))
        return Answer(self.status, body, again)

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
