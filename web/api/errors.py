"""Errors of the API as JSON: `{"error": key, "message": text, "field": ...}`. Knows no operation.

`message` is in the asker's language. `error` is the same in every language and release: programs compare it. `field`
is the JSON key that was wrong, or "".
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web
from msgspec import Struct

from appliance.core.errors import InvalidInput, SoriboxError, TooManyAttempts
from appliance.i18n.catalog import text
from web.api.asker import language_of

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PATH = re.compile(r" - at `\$\.?(?P<field>[^`]*)`")
_HTTP_KEYS = {404: "api.no_such_address", 405: "api.no_such_method", 413: "api.too_large"}


class Wrong(Struct, frozen=True):
    """What every refusal looks like."""

    error: str
    message: str
    field: str = ""


class BadJson(SoriboxError):
    """The body is not JSON at all."""

    status = 400


def from_validation(error: msgspec.ValidationError, whole: str = "") -> InvalidInput:
    """Turn msgspec's refusal of a value into our own, naming the field."""
    found = _PATH.search(str(error))
    field = found["field"] if found else whole
    if not field and (missing := re.search(r"field `(\w+)`", str(error))):
        field = missing[1]
    return InvalidInput(field, "api.wrong_value", reason=_PATH.sub("", str(error)))


async def answer_errors_in_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Run `handler`; whatever it raises becomes a JSON answer."""
    try:
        return await handler(request)
    except SoriboxError as error:
        headers = {"Retry-After": str(error.seconds)} if isinstance(error, TooManyAttempts) else {}
        if error.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return _wrong(request, error.status, error.key, getattr(error, "field", ""), error.params, headers)
    except web.HTTPException as error:
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return _wrong(request, error.status, _HTTP_KEYS.get(error.status, "api.bad_request"), "", {}, headers)
    except Exception:  # the border of a request: one that fails must not end the connection without an answer
        log.exception("%s %s failed", request.method, request.match_info.route.resource)
        return _wrong(request, 500, "api.failed", "", {}, {})


@web.middleware
async def json_error_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into JSON, for an application that serves nothing but the API."""
    return await answer_errors_in_json(request, handler)


def _wrong(
    request: web.Request, status: int, key: str, field: str, params: dict[str, object], headers: dict[str, str]
) -> web.Response:
    wrong = Wrong(key, text(language_of(request), key, **params), field)
    body = msgspec.json.encode(wrong)
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)
