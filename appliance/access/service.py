"""Access: set-up, signing in and out, people, keys, and the log of it all. Knows no page and no cookie."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from appliance.access import models
from appliance.access.passwords import Passwords, check_new, make_password, make_token, token_hash
from appliance.access.people import People, check, same_login
from appliance.access.rescue import Rescue
from appliance.access.sessions import Sessions
from appliance.access.set_up_code import SetUpCode
from appliance.access.throttle import Pace, Throttle
from appliance.access.types import (
    AccessEntry,
    Actor,
    Key,
    NewKey,
    NewUser,
    Role,
    SetUpForm,
    SignedIn,
    User,
    UserChanged,
    UserDraft,
)
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Unavailable
from appliance.store import settings as office
from appliance.store.database import Database
from appliance.store.settings import Settings

log = logging.getLogger(__name__)

BOX = Actor()

# One person mistyping, and one address trying many names.
_PER_PERSON = Pace()
_PER_ADDRESS = Pace(free=20)
_LONGEST_LOGIN = 64

_OFFICE_FIELDS = {
    "office_name": "office.name",
    "language": "office.language",
    "time_zone": "office.time_zone",
    "area_code": "office.area_code",
}


class Access:
    """Who may use the box. `folder` is the data folder; it holds the set-up code until that is used.

    `rescue` is the way back in when nobody can sign in any more.
    """

    def __init__(self, database: Database, settings: Settings, bus: Bus, clock: Clock, folder: Path) -> None:
        self._database = database
        self._settings = settings
        self._bus = bus
        self._clock = clock
        self._code = SetUpCode(folder)
        self._passwords = Passwords()
        self._set_ups = Throttle(clock.now_ms)
        self._addresses = Throttle(clock.now_ms)
        self._people_tried = Throttle(clock.now_ms)
        self._links = Throttle(clock.now_ms)
        self._password_changes = Throttle(clock.now_ms)
        self._sessions = Sessions(database, bus, clock)
        self._people = People(database, bus, clock, self._sessions, self._passwords)
        self.rescue = Rescue(database, settings, bus, clock, self._sessions, self._people, self._passwords)

    async def open(self) -> None:
        """Make the set-up code when there is need of one. The settings must be open."""
        await self._sessions.open()
        if not self.set_up_done:
            await asyncio.to_thread(self._code.prepare)

    # First start

    @property
    def set_up_done(self) -> bool:
        """Whether the first admin was made."""
        return bool(self._settings.get("office.set_up"))

    async def is_set_up(self) -> bool:
        """Say whether the first admin was made."""
        return self.set_up_done

    def setup_code(self) -> str:
        """Return the code to show on the terminal, "1234-5678"; empty when the box is set up."""
        return self._code.code

    async def set_up(self, code: str, form: SetUpForm, address: str = "", agent: str = "") -> SignedIn:
        """Make the first admin and name the office, all or nothing; sign the admin in.

        Raises NotAllowed for a wrong code, TooManyAttempts, InvalidInput beside a field of the form, Conflict when it
        was done already.
        """
        if self.set_up_done:
            raise Conflict("access.already_set_up")
        self._set_ups.attempt(address, _PER_PERSON)
        if not self._code.fits(code):
            raise NotAllowed("access.wrong_code")
        self._set_ups.succeeded(address)
        draft = check(UserDraft(form.login, form.name, Role.ADMIN))
        check_new(form.password, draft.login)
        admin = await self._first_admin(draft, form.password, await _office_values(form), address)
        await asyncio.to_thread(self._code.use_up)
        self._bus.publish(UserChanged(admin.id))
        return await self._sessions.start(admin, address, agent)

    async def _first_admin(self, draft: UserDraft, password: str, values: dict[str, object], address: str) -> User:
        password_hash = await self._passwords.hashed(password)
        now = self._clock.now_ms()

        def store() -> User:
            if models.has_admin():
                raise Conflict("access.already_set_up")
            models.note(now, Actor(draft.login, address), "set_up", draft.login)
            return models.add(User(0, draft.login, draft.name, Role.ADMIN), password_hash, now)

        return await self._settings.set_with(store, values)

    # Signing in and out

    async def sign_in(self, login: str, password: str, address: str, agent: str) -> SignedIn:
        """Begin a session. Raises TooManyAttempts, or NotAllowed that does not tell which of the two was wrong."""
        login = same_login(login)
        person = (login[:_LONGEST_LOGIN], address)
        self._addresses.attempt(address, _PER_ADDRESS)  # first: an address that must wait leaves no further traces
        self._people_tried.attempt(person, _PER_PERSON)
        found = await self._database.read(lambda: models.find_login(login))
        user, stored = found if found else (None, None)
        fitting = await self._passwords.fits(password, stored)
        if user is None or user.disabled or not fitting:
            # An unknown login may be a password typed into the wrong field: no more than its beginning is kept.
            await self._failed(login if user else login[:3] + "…", address)
            raise NotAllowed("access.wrong_password")
        self._people_tried.succeeded(person)
        self._addresses.take_back(address)
        return await self._sessions.start(user, address, agent)

    async def _failed(self, who: str, address: str) -> None:
        now = self._clock.now_ms()
        try:
            await self._database.write(lambda: models.note(now, Actor(who, address), "sign_in_failed"))
        except Unavailable:
            log.warning("a failed sign-in could not be written to the access log")

    async def make_sign_in_link(self, login: str) -> str:
        """Return a token that signs this person in once, within 15 minutes. Raises NotFound."""
        return await self._sessions.make_link(await self.user_by_login(login))

    async def sign_in_by_link(self, token: str, address: str, agent: str) -> SignedIn:
        """Use a sign-in link. Raises NotAllowed when it is unknown, used or too old; TooManyAttempts."""
        self._links.attempt(address, _PER_ADDRESS)
        signed_in = await self._sessions.start_by_link(token, address, agent)
        if signed_in is None:
            raise NotAllowed("access.bad_link")
        self._links.take_back(address)
        return signed_in

    async def who(self, token: str, touch: bool = True) -> SignedIn | None:
        """Return the session of a token, or None when it has ended; seldom waits for the database.

        Without `touch` the question itself does not count as use of the session.
        """
        return await self._sessions.who(token, touch)

    async def living_sessions(self) -> dict[str, int]:
        """Return every session that has not ended, by `session_name`, and the id of its person."""
        return await self._sessions.living()

    @staticmethod
    def session_name(token: str) -> str:
        """Return the name of a session, which may be stored and shown to nobody's harm."""
        return token_hash(token)

    async def sign_out(self, token: str, address: str = "") -> None:
        """End a session. Harmless when it has ended already."""
        await self._sessions.end(token, address)

    async def change_password(self, user_id: int, old: str, new: str, keep: str = "", address: str = "") -> None:
        """Change one's own password; ends all one's sessions but that of the token `keep`.

        Raises InvalidInput beside "old" or "new", TooManyAttempts.
        """
        self._password_changes.attempt(user_id, _PER_PERSON)
        user = await self.user(user_id)
        found = await self._database.read(lambda: models.find_login(user.login))
        if not await self._passwords.fits(old, found[1] if found else None):
            raise InvalidInput("old", "access.wrong_old_password")
        self._password_changes.succeeded(user_id)
        check_new(new, user.login, "new")
        if new == old:
            raise InvalidInput("new", "access.same_password")
        by, kept = Actor(user.login, address), token_hash(keep) if keep else ""
        hashed = await self._passwords.hashed(new)
        await self._people.set_password(user_id, hashed, False, by, "password_changed", kept)

    # People

    async def users(self) -> tuple[User, ...]:
        """Return everybody, by name."""
        return await self._database.read(models.users)

    async def user(self, user_id: int) -> User:
        """Return one person. Raises NotFound."""
        return await self._database.read(lambda: models.user_of(models.row_of(user_id)))

    async def user_by_login(self, login: str) -> User:
        """Return one person. Raises NotFound."""
        return await self._database.read(lambda: models.by_login(same_login(login)))

    async def at_work(self, login: str) -> User | None:
        """Return a person who is there and not shut out, or None."""
        try:
            user = await self.user_by_login(login)
        except NotFound:
            return None
        return None if user.disabled else user

    async def add_user(self, draft: UserDraft, password: str | None = None, by: Actor = BOX) -> NewUser:
        """Add a person. Without `password` the box makes one, which must be changed on first use.

        Raises InvalidInput, Conflict beside the field that is taken.
        """
        return await self._people.add(draft, password, by)

    async def change_user(self, user_id: int, draft: UserDraft, by: Actor = BOX) -> User:
        """Replace what is said of a person. Raises InvalidInput, NotFound, Conflict (also for the last admin)."""
        return await self._people.change(user_id, draft, by)

    async def disable_user(self, user_id: int, by: Actor = BOX) -> User:
        """Shut a person out at once. Raises NotFound, Conflict for the last admin."""
        return await self._people.set_disabled(user_id, True, by)

    async def enable_user(self, user_id: int, by: Actor = BOX) -> User:
        """Let a person in again. Raises NotFound."""
        return await self._people.set_disabled(user_id, False, by)

    async def reset_password(self, user_id: int, by: Actor = BOX) -> str:
        """Make a new password, which must be changed on first use, and end all sessions. Raises NotFound."""
        await self.user(user_id)
        password = make_password()
        await self._people.set_password(user_id, await self._passwords.hashed(password), True, by, "password_reset")
        return password

    async def set_preferences(self, user_id: int, language: str | None = None, theme: str | None = None) -> User:
        """Store a person's own choice of language ("ko", "en") and theme ("light", "dark"); "" = the default."""
        return await self._people.set_preferences(user_id, language, theme)

    # Keys for programs

    async def add_key(self, name: str, role: Role = Role.ADMIN, by: Actor = BOX, *, person: str = "") -> NewKey:
        """Make a key for a program, which may work for a person (their login). Raises InvalidInput."""
        name = name.strip()
        if not 1 <= len(name) <= 60 or not name.isprintable():
            raise InvalidInput("name", "access.bad_name")
        works_for = await self.at_work(person) if person else None
        if person and works_for is None:
            raise InvalidInput("person", "access.no_such_person")
        login = works_for.login if works_for is not None else ""
        secret, now = "sb_" + make_token(), self._clock.now_ms()

        def store() -> Key:
            models.note(now, by, "key_added", name, role=role.value, person=login)
            return models.add_key(name, role, token_hash(secret), now, login)

        return NewKey(await self._database.write(store), secret)

    async def keys(self) -> tuple[Key, ...]:
        """Return all keys, the newest first."""
        return await self._database.read(models.keys)

    async def revoke_key(self, key_id: int, by: Actor = BOX) -> Key:
        """End a key at once and for good. Raises NotFound."""
        now = self._clock.now_ms()

        def store() -> Key:
            key = models.revoke_key(key_id, now)
            models.note(now, by, "key_revoked", key.name)
            return key

        return await self._database.write(store)

    async def who_by_key(self, secret: str) -> Key | None:
        """Return the key with this secret, unless it was revoked."""
        return await self._database.read(lambda: models.key_by_secret(token_hash(secret)))

    # The access log

    async def note(self, by: Actor, what: str, about: str = "", **details: object) -> None:
        """Write a line, e.g. who listened to which recording. `what` has a text `access.log.<what>`."""
        now = self._clock.now_ms()
        await self._database.write(lambda: models.note(now, by, what, about, **details))

    async def entries(self, before_id: int = 0, limit: int = 100) -> tuple[AccessEntry, ...]:
        """Return lines of the log, the newest first, older than `before_id` when that is given."""
        return await self._database.read(lambda: models.entries(before_id, limit))


async def _office_values(form: SetUpForm) -> dict[str, object]:
    """Return the settings that the form is about. Raises InvalidInput beside the field of the form."""
    try:
        values = await office.check({key: getattr(form, field) for field, key in _OFFICE_FIELDS.items()})
    except InvalidInput as error:
        field = next(field for field, key in _OFFICE_FIELDS.items() if key == error.field)
        raise InvalidInput(field, error.key, **error.params) from error
    return {**values, "office.set_up": True}
