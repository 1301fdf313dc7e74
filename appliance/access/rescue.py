"""A way back into the panel for whoever stands at the box: a code that only the box tells, for a quarter of an hour.

It gives an admin a new password and takes nothing away: no call, no recording, no customer. It is kept in memory only,
so that a restart closes it. Five wrong codes close it, too.
"""

from __future__ import annotations

import hmac
import re
import secrets

from appliance.access import models
from appliance.access.passwords import Passwords, check_new
from appliance.access.people import People, same_login
from appliance.access.sessions import Sessions
from appliance.access.throttle import Pace, Throttle
from appliance.access.types import Actor, RescueEnded, SessionsEnded, SignedIn, User
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.errors import Conflict, InvalidInput, NotAllowed
from appliance.store.database import Database
from appliance.store.settings import Settings

RESCUE_MS = 15 * 60_000
DIGITS = range(1, 7)  # as lamps can flash them
_TRIES = 5
_PACE = Pace()


class Rescue:
    """The way back; closed until `begin`."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        bus: Bus,
        clock: Clock,
        sessions: Sessions,
        people: People,
        passwords: Passwords,
    ) -> None:
        self._database = database
        self._settings = settings
        self._bus = bus
        self._clock = clock
        self._sessions = sessions
        self._people = people
        self._passwords = passwords
        self._throttle = Throttle(clock.now_ms)
        self._code = ""
        self._until_ms = 0
        self._left = 0

    @property
    def code(self) -> str:
        """The code while the way is open; "" otherwise."""
        return self._code if self._clock.now_ms() < self._until_ms else ""

    async def begin(self, places: int, by: Actor) -> str:
        """Open the way and sign every admin out. Returns the code. Raises Conflict while there is no admin yet."""
        if not self._settings.get("office.set_up"):
            raise Conflict("access.not_set_up")
        now_ms = self._clock.now_ms()
        admins = await self._database.write(lambda: _sign_admins_out(by, now_ms))
        self._sessions.forget()
        for admin in admins:
            self._bus.publish(SessionsEnded(admin.id))
        self._code = "".join(str(secrets.choice(DIGITS)) for _ in range(places))
        self._until_ms, self._left = now_ms + RESCUE_MS, _TRIES
        return self._code

    async def use(self, code: str, login: str, password: str, address: str, agent: str) -> SignedIn:
        """Give an admin ("": the first one) a new password, and sign them in. Works once.

        Raises NotAllowed for a wrong code or when the way is closed, TooManyAttempts, InvalidInput beside a field.
        """
        if not self.code:
            raise NotAllowed("access.rescue_closed")
        self._throttle.attempt(address, _PACE)
        self._check(code)
        self._throttle.succeeded(address)
        admin = await self._admin(login)
        check_new(password, admin.login)
        hashed = await self._passwords.hashed(password)
        self._check(code)  # two may have come at once
        self._close()
        user = await self._people.set_password(admin.id, hashed, False, Actor(admin.login, address), "password_rescued")
        return await self._sessions.start(user, address, agent)

    def _check(self, code: str) -> None:
        digits = re.sub(r"[\s-]", "", code)
        if self.code and hmac.compare_digest(digits.encode(), self.code.encode()):
            return
        self._left -= 1
        if self._left <= 0:
            self._close()
        raise NotAllowed("access.wrong_rescue_code")

    def _close(self) -> None:
        self._code, self._until_ms = "", 0
        self._bus.publish(RescueEnded())

    async def _admin(self, login: str) -> User:
        admins = await self._database.read(models.admins)
        wanted = same_login(login)
        found = next((one for one in admins if not wanted or one.login == wanted), None)
        if found is None:
            raise InvalidInput("login", "access.no_such_admin")
        return found


def _sign_admins_out(by: Actor, now_ms: int) -> tuple[User, ...]:
    admins = models.admins()
    for admin in admins:
        models.end_sessions(admin.id)
    models.note(now_ms, by, "rescue_opened", "")
    return admins
