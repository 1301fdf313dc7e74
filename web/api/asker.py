"""Who asks the API: a key, a signed-in user, or the box's own command line. Knows no operation.

A key comes as `Authorization: Bearer ...`. A browser comes with the panel's session cookie (guarded against forgery by
`web.csrf`). Whoever can open the unix socket in the data folder owns the box, and is let in as its admin.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance.access.permissions import allowed
from appliance.access.types import Actor, Key, User
from appliance.core.errors import NotAllowed, SoriboxError
from appliance.i18n.catalog import DEFAULT, LANGUAGES
from web.keys import SERVICES, VISITOR

LOCAL: web.AppKey[bool] = web.AppKey("local", bool)  # this application is served on the unix socket

# Permissions of this module's own, beside those of `appliance.access.permissions`.
ANYONE = "anyone"  # also without a key
KNOWN = "known"  # every user and key
ON_THE_BOX = "on_the_box"  # through the unix socket only


class NotSignedIn(SoriboxError):
    """Nobody knows who asks."""

    status = 401


@dataclass(frozen=True)
class Asker:
    """Whoever asks. Without a `principal` it is the box itself (`local`), or nobody."""

    principal: User | Key | None
    local: bool
    language: str
    address: str
    session: str = ""
    extension: str = ""  # where the user sits, or for whom a program works

    @property
    def identity(self) -> str:
        """Who it is beyond doubt: names of keys need not be unique, and a name may look like another's."""
        if isinstance(self.principal, Key):
            return f"key:{self.principal.id}"
        if self.principal is not None:
            return self.session
        return "box" if self.local else f"nobody:{self.address}"

    @property
    def name(self) -> str:
        """The name under which the access log and a call's timeline note what was done."""
        if isinstance(self.principal, User):
            return self.principal.login
        return f"key:{self.principal.name}" if self.principal is not None else "box"

    @property
    def actor(self) -> Actor:
        """The same for the access service."""
        return Actor(self.name, self.address)

    def may(self, permission: str) -> bool:
        """Say whether this permission is given to whoever asks."""
        if permission == ANYONE or self.local:
            return True
        if permission == ON_THE_BOX or self.principal is None:
            return False
        return permission == KNOWN or allowed(self.principal, permission)

    def must(self, permission: str) -> None:
        """Raise unless whoever asks may: NotSignedIn when nobody is known, NotAllowed otherwise."""
        if self.may(permission):
            return
        if self.principal is None:
            raise NotSignedIn("api.not_signed_in")
        raise NotAllowed("api.not_allowed", permission=permission)


async def who_asks(request: web.Request) -> Asker:
    """Find out who asks. Raises NotSignedIn for a key that is unknown or revoked."""
    language, address = language_of(request), request.remote or ""
    if request.app.get(LOCAL, False):
        return Asker(None, True, language, "local")
    access = request.app[SERVICES].access
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if secret:
        key = await access.who_by_key(secret.strip()) if scheme.lower() == "bearer" else None
        if key is None:
            raise NotSignedIn("api.unknown_key")
        return Asker(key, False, language, address, extension=await _seat_of(request, key))
    user = request[VISITOR].user if VISITOR in request else None
    if user is not None and user.must_change_password:
        raise NotAllowed("api.password_first")
    if user is None:
        return Asker(None, False, language, address)
    seat = request.app[SERVICES].agents.extension_of(user)
    return Asker(user, False, language, address, session_of(request[VISITOR].token), seat)


async def _seat_of(request: web.Request, key: Key) -> str:
    """Return where the person sits for whom a program works. Raises NotSignedIn when they are not with us any more."""
    if not key.person:
        return ""
    services = request.app[SERVICES]
    person = await services.access.at_work(key.person)
    if person is None:
        raise NotSignedIn("api.unknown_key")
    return services.agents.extension_of(person)


def session_of(token: str) -> str:
    """Return how a session of the panel is called where it is told apart from keys."""
    return f"session:{token}"


def language_of(request: web.Request) -> str:
    """Return the language in which to answer."""
    if VISITOR in request:
        return request[VISITOR].language
    for wanted in request.headers.get("Accept-Language", "").split(","):
        if (code := wanted.strip()[:2].lower()) in LANGUAGES:
            return code
    return DEFAULT
