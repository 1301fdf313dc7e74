"""Who is signed in. Sessions are stored by the hash of their token and remembered while they are in use.

Knows nothing of passwords; `service.py` starts a session when it is convinced.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from appliance.access import models
from appliance.access.passwords import make_token, token_hash
from appliance.access.types import Actor, SessionsEnded, SignedIn, User
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.errors import Unavailable
from appliance.store.database import Database

log = logging.getLogger(__name__)

IDLE_MS = 12 * 60 * 60_000
LINK_MS = 15 * 60_000
_NOTED_EVERY_MS = 5 * 60_000  # how exactly "last seen" is stored


@dataclass(frozen=True)
class _Known:
    user: User
    seen_ms: int  # in memory, exact
    noted_ms: int  # as stored


class Sessions:
    """Starts, finds and ends sessions."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._generation = 0
        self._ended: set[str] = set()  # signed out while the store could not be written

    async def open(self) -> None:
        """Remove what has run out."""
        now = self._clock.now_ms()
        await self._database.write(lambda: models.remove_stale(now - IDLE_MS, now))

    async def start(self, user: User, address: str, agent: str, what: str = "signed_in") -> SignedIn:
        """Begin a session for somebody who has proved who they are; `what` goes into the access log."""
        token, now = make_token(), self._clock.now_ms()

        def store() -> None:
            models.start_session(token_hash(token), user.id, address, agent, now)
            models.note(now, Actor(user.login, address), what)

        try:
            await self._database.write(store)
        except Unavailable as error:
            # With a full disk an admin must get in to see why; this session ends with the process.
            log.warning("a session is kept in memory only: %s", error)
            self._known[token_hash(token)] = _Known(user, now, now)
        return SignedIn(token, user)

    async def who(self, token: str, touch: bool = True) -> SignedIn | None:
        """Return the session of `token`, or None when it has ended or was not used for 12 hours.

        Without `touch` the question itself does not count as use.
        """
        key, now = token_hash(token), self._clock.now_ms()
        if not token or key in self._ended:
            return None
        known = self._known.get(key) or await self._stored(key)
        if known is None or known.user.disabled or now - known.seen_ms >= IDLE_MS:
            self._known.pop(key, None)
            return None
        if not touch:
            return SignedIn(token, known.user)
        if now - known.noted_ms >= _NOTED_EVERY_MS:
            known = await self._note(key, known, now)
        if key in self._known:  # still: it may have ended while that was stored
            self._known[key] = _Known(known.user, now, known.noted_ms)
        return SignedIn(token, known.user)

    async def _note(self, key: str, known: _Known, now: int) -> _Known:
        """Store that the session is in use. A store that cannot write signs nobody out."""
        try:
            await self._database.write(lambda: models.seen(key, now))
        except Unavailable as error:
            log.warning("use of a session not noted: %s", error)
        return _Known(known.user, now, now)

    async def _stored(self, key: str) -> _Known | None:
        generation = self._generation
        found = await self._database.read(lambda: models.session(key))
        if found is None:
            return None
        user, seen_ms = found
        known = _Known(user, seen_ms, seen_ms)
        if generation == self._generation:  # nothing was changed or ended while we read
            self._known[key] = known
        return known

    async def end(self, token: str, address: str) -> None:
        """Sign out. A token that is not known is no error."""
        key, now = token_hash(token), self._clock.now_ms()

        def remove() -> User | None:
            user = models.end_session(key)
            if user:
                models.note(now, Actor(user.login, address), "signed_out")
            return user

        try:
            user = await self._database.write(remove)
        except Unavailable as error:
            log.warning("a session was ended in memory only: %s", error)
            known = self._known.pop(key, None)  # the others stay: some may be in memory only
            user = known.user if known else None
            self._ended.add(key)
        else:
            self.forget()
        if user:
            self._bus.publish(SessionsEnded(user.id))

    def forget(self) -> None:
        """Ask the database again from now on: somebody was changed, or sessions were ended."""
        self._generation += 1
        self._known.clear()

    async def living(self) -> dict[str, int]:
        """Return every session that has not ended: the hash of its token, and whose it is."""
        oldest = self._clock.now_ms() - IDLE_MS
        stored = await self._database.read(lambda: models.sessions_since(oldest))
        used = {key: one.user.id for key, one in self._known.items() if one.seen_ms > oldest and not one.user.disabled}
        return {key: user for key, user in (stored | used).items() if key not in self._ended}

    async def make_link(self, user: User) -> str:
        """Return a token that signs `user` in once, within 15 minutes."""
        token, until = make_token(), self._clock.now_ms() + LINK_MS
        await self._database.write(lambda: models.add_link(token_hash(token), user.id, until))
        return token

    async def start_by_link(self, link: str, address: str, agent: str) -> SignedIn | None:
        """Use a sign-in link up. None when it is unknown, used or too old."""
        token, now = make_token(), self._clock.now_ms()

        def use() -> User | None:
            user = models.use_link(token_hash(link), now)
            if user:
                models.start_session(token_hash(token), user.id, address, agent, now)
                models.note(now, Actor(user.login, address), "signed_in_by_link")
            return user

        user = await self._database.write(use)
        return SignedIn(token, user) if user else None
