"""People as an admin manages them. Knows nothing of sessions beyond that some must end."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from appliance.access import models
from appliance.access.passwords import Passwords, check_new, make_password
from appliance.access.sessions import Sessions
from appliance.access.types import Actor, NewUser, SessionsEnded, User, UserChanged, UserDraft
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.errors import InvalidInput
from appliance.store.database import Database

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
_RESERVED = ("box",)  # how the access log calls the box itself
_LANGUAGES = ("", "ko", "en")
_THEMES = ("", "light", "dark")


def same_login(login: str) -> str:
    """Return the form in which a login is stored and compared."""
    return login.strip().casefold()


def check(draft: UserDraft) -> UserDraft:
    """Return the draft tidied. Raises InvalidInput for the first field that cannot be used."""
    login, name, extension = same_login(draft.login), draft.name.strip(), draft.extension.strip()
    if not _LOGIN.fullmatch(login):
        raise InvalidInput("login", "access.bad_login")
    if login in _RESERVED:
        raise InvalidInput("login", "access.login_taken")
    if not 1 <= len(name) <= 60 or not name.isprintable():
        raise InvalidInput("name", "access.bad_name")
    if extension and not re.fullmatch(r"[0-9]{2,4}", extension):
        raise InvalidInput("extension", "access.bad_extension")
    if draft.language not in _LANGUAGES:
        raise InvalidInput("language", "access.bad_language")
    return UserDraft(login, name, draft.role, extension, draft.language)


class People:
    """Adds, changes, disables people. Every change is in the access log, with what it was before."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, sessions: Sessions, passwords: Passwords) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._sessions = sessions
        self._passwords = passwords

    async def add(self, draft: UserDraft, password: str | None, by: Actor) -> NewUser:
        """Add a person. Raises InvalidInput, Conflict."""
        draft = check(draft)
        made = "" if password is not None else make_password()
        if password is not None:
            check_new(password, draft.login)
        password_hash = await self._passwords.hashed(password if password is not None else made)
        now = self._clock.now_ms()
        new = User(
            0, draft.login, draft.name, draft.role, draft.extension, draft.language, must_change_password=bool(made)
        )

        def store() -> User:
            models.note(now, by, "user_added", draft.login, role=draft.role.value, extension=draft.extension)
            return models.add(new, password_hash, now)

        user = await self._database.write(store)
        self._changed(user)
        return NewUser(user, made)

    async def change(self, user_id: int, draft: UserDraft, by: Actor) -> User:
        """Replace what an admin says of a person. Raises InvalidInput, NotFound, Conflict."""
        draft = check(draft)

        def store() -> User:
            models.refuse_taken(draft.login, draft.extension, but=user_id)
            return self._noted_change(user_id, by, "user_changed", _columns(draft))

        return await self._store(store)

    async def set_disabled(self, user_id: int, disabled: bool, by: Actor) -> User:
        """Shut a person out, or let them in again; their history stays. Raises NotFound, Conflict."""

        def store() -> User:
            if disabled:
                models.end_sessions(user_id)
            what = "user_disabled" if disabled else "user_enabled"
            return self._noted_change(user_id, by, what, {"disabled": disabled})

        user = await self._store(store)
        if disabled:
            self._bus.publish(SessionsEnded(user_id))
        return user

    async def set_preferences(self, user_id: int, language: str | None, theme: str | None) -> User:
        """Store what a person chose for their own screen. Raises InvalidInput, NotFound."""
        if language is not None and language not in _LANGUAGES:
            raise InvalidInput("language", "access.bad_language")
        if theme is not None and theme not in _THEMES:
            raise InvalidInput("theme", "access.bad_theme")
        chosen = {name: value for name, value in (("language", language), ("theme", theme)) if value is not None}
        return await self._store(lambda: models.change(user_id, chosen))

    async def set_password(
        self, user_id: int, password_hash: str, must_change: bool, by: Actor, what: str, keep: str = ""
    ) -> User:
        """Store a new password and end all sessions but the one whose token's hash is `keep`."""

        def store() -> User:
            models.end_sessions(user_id, keep)
            user = models.change(user_id, {"password_hash": password_hash, "must_change_password": must_change})
            models.note(self._clock.now_ms(), by, what, user.login)
            return user

        user = await self._store(store)
        self._bus.publish(SessionsEnded(user_id, keep))
        return user

    def _noted_change(self, user_id: int, by: Actor, what: str, values: dict[str, Any]) -> User:
        row = models.row_of(user_id)
        before = {name: getattr(row, name) for name in values}
        different = [name for name in values if values[name] != before[name]]
        details = {name: [before[name], values[name]] for name in different}
        models.note(self._clock.now_ms(), by, what, row.login, changed=details)
        return models.change(user_id, values)

    async def _store(self, work: Callable[[], User]) -> User:
        user = await self._database.write(work)
        self._changed(user)
        return user

    def _changed(self, user: User) -> None:
        self._sessions.forget()
        self._bus.publish(UserChanged(user.id))


def _columns(draft: UserDraft) -> dict[str, Any]:
    return {
        "login": draft.login,
        "name": draft.name,
        "role": draft.role.value,
        "extension": draft.extension or None,
        "language": draft.language,
    }
