"""What surrounds every request: security headers, and errors as pages in the visitor's language. Knows no page."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from appliance.core.errors import SoriboxError, TooManyAttempts
from web.api.errors import answer_errors_in_json
from web.keys import SERVICES, VISITOR
from web.render import ErrorPage, render

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Nothing but our own files, no script in the page, no page of ours inside another's (W3C CSP Level 3).
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # not "no-referrer": forms would then send "Origin: null"
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HSTS = "max-age=31536000"
_API = "/api/"


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers of every answer (a signal, so that no answer escapes, not even an error's)."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    if _wants_hsts(request):
        response.headers.setdefault("Strict-Transport-Security", _HSTS)


def _wants_hsts(request: web.Request) -> bool:
    """Return whether to forbid plain HTTP on this host name.

    The rule is kept per host and reaches all its ports (RFC 6797 section 8.3), so it is only given on HTTPS where
    the panel owns the usual ports; elsewhere it would lock people out of the redirect and of other programs.
    """
    config = request.app[SERVICES].config
    return request.secure and (config.https_port, config.http_port) == (443, 80)


@web.middleware
async def error_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into pages. The API words its own errors, as JSON."""
    if request.path.startswith(_API):
        return await answer_errors_in_json(request, handler)
    try:
        return await handler(request)
    except SoriboxError as error:
        return _error_page(request, error.status, error.key, error.params, _retry(error))
    except web.HTTPException as error:
        if error.status < 400:
            raise
        key = f"panel.http_{error.status}" if error.status in (404, 405, 413) else "panel.http_400"
        return _error_page(request, error.status, key, {}, {})
    except Exception:  # the border of a request: one that fails must not end the connection without an answer
        log.exception("%s %s failed", request.method, request.match_info.route.resource)
        return _error_page(request, 500, "panel.http_500", {}, {})


def _retry(error: SoriboxError) -> dict[str, str]:
    return {"Retry-After": str(error.seconds)} if isinstance(error, TooManyAttempts) else {}


def _error_page(
    request: web.Request, status: int, key: str, params: dict[str, object], headers: dict[str, str]
) -> web.Response:
    signed_in = VISITOR in request and request[VISITOR].user is not None
    response = render(request, "errors/error.html", ErrorPage(status, key, params, signed_in), status=status)
    response.headers.update(headers)
    return response
