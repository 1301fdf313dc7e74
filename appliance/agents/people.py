"""What the people are called, from memory. Follows whoever keeps them; knows no seat."""

from __future__ import annotations

from appliance.access.service import Access
from appliance.access.types import User


class People:
    """Everybody who may sign in, as last heard."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._users: dict[int, User] = {}

    async def open(self) -> None:
        """Read everybody."""
        self._users = {user.id: user for user in await self._access.users()}

    async def look(self, user: int) -> None:
        """Ask how a person is now. Raises NotFound."""
        self._users[user] = await self._access.user(user)

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
