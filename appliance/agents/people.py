"""What the people are called, from memory. Follows whoever keeps them; knows no seat."""

from __future__ import annotations

from appliance.access.service import Access
from appliance.access.types import User


class People:
    """Everybody who may sign in, as last heard."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._users: dict[int, User] = {}
        self._looks: dict[int, int] = {}  # how often was asked how somebody is

    async def open(self) -> None:
        """Read everybody."""
        self._users = {user.id: user for user in await self._access.users()}

    async def look(self, user: int) -> None:
        """Ask how a person is now. Raises NotFound."""
        self._looks[user] = mine = self._looks.get(user, 0) + 1
        found = await self._access.user(user)
        if self._looks[user] == mine:  # else it was asked again meanwhile: that answer is newer, whichever comes last
            self._users[user] = found

    def meet(self, user: User) -> None:
        """Take note of somebody who is here."""
        self._users[user.id] = user

    def get(self, user: int) -> User | None:
        """Return a person, or None."""
        return self._users.get(user)

    def login(self, user: int) -> str:
        """Return somebody's login; "" for nobody."""
        return self._users[user].login if user in self._users else ""

    def name(self, user: int) -> str:
        """Return somebody's name; "" for nobody."""
        return self._users[user].name if user in self._users else ""
