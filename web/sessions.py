"""Who asks: the session cookie, and the visitor that a request carries. Knows no page.

The cookie is `__Host-` (this host, whole path, HTTPS only), HttpOnly and SameSite=Lax. Its name bears the port,
because browsers share cookies between the ports of a host and several boxes may stand on one machine.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from appliance.access.types import Actor, User
from appliance.i18n.catalog import DEFAULT, LANGUAGES
from web.keys import SERVICES, VISITOR

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

THEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Visitor:
    """Whoever asks. `user` is None and `token` empty when nobody is signed in."""

    user: User | None
    token: str
    language: str

    @property
    def theme(self) -> str:
        """The colours to show: light, dark, or whatever the machine prefers."""
        return self.user.theme if self.user is not None and self.user.theme in THEMES else "auto"


def session_cookie(request: web.Request) -> str:
    """Return the name of the session cookie of this box."""
    return f"__Host-soribox-{request.app[SERVICES].config.https_port}"


def language_cookie(request: web.Request) -> str:
    """Return the name of the cookie that remembers the language before signing in."""
    return f"soribox-language-{request.app[SERVICES].config.https_port}"


@web.middleware
async def session_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who asks, before anything that depends on it."""
    token = request.cookies.get(session_cookie(request), "")
    signed_in = await request.app[SERVICES].access.who(token) if token else None
    user = signed_in.user if signed_in is not None else None
    request[VISITOR] = Visitor(user, token if user is not None else "", _language(request, user))
    return await handler(request)


def remember(response: web.StreamResponse, request: web.Request, token: str) -> None:
    """Give the browser its session. Without an age: the cookie goes when the browser is closed."""
    response.set_cookie(session_cookie(request), token, path="/", secure=True, httponly=True, samesite="Lax")


def forget(response: web.StreamResponse, request: web.Request) -> None:
    """Take the session from the browser."""
    response.del_cookie(session_cookie(request), path="/", secure=True, httponly=True, samesite="Lax")


def remember_language(response: web.StreamResponse, request: web.Request, language: str) -> None:
    """Keep the language for the sign-in page of this browser."""
    response.set_cookie(
        language_cookie(request), language, path="/", max_age=YEAR, secure=True, httponly=True, samesite="Lax"
    )


def _language(request: web.Request, user: User | None) -> str:
    """Return the user's own language or the office's; for a stranger the one chosen here, or the browser's."""
    office = str(request.app[SERVICES].settings.get("office.language"))
    default = office if office in LANGUAGES else DEFAULT
    if user is not None:
        return user.language if user.language in LANGUAGES else default
    chosen = request.cookies.get(language_cookie(request), "")
    if chosen in LANGUAGES:
        return chosen
    for wanted in request.headers.get("Accept-Language", "").split(","):
        if (code := wanted.strip()[:2].lower()) in LANGUAGES:
            return code
    return default


def origin(request: web.Request) -> tuple[str, str]:
    """Return the address and the program of whoever asks, for the access log."""
    return request.remote or "", request.headers.get("User-Agent", "")[:200]


def actor(request: web.Request) -> Actor:
    """Return who does something here, for the access log."""
    user = request[VISITOR].user
    return Actor(user.login if user is not None else "", request.remote or "")
