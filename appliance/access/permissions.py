"""What may be done, as data. Knows no page and no route; those name a permission from here."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.access.types import Key, Role, User

_ADMIN = frozenset({Role.ADMIN})
_EVERYONE = frozenset(Role)


@dataclass(frozen=True)
class Permission:
    """One thing that may be allowed. `text` is its catalogue key; `dangerous`: touches others' privacy or money."""

    key: str
    roles: frozenset[Role]
    dangerous: bool = False

    @property
    def text(self) -> str:
        """The catalogue key of its description."""
        return f"access.permission.{self.key}"


PERMISSIONS = {
    permission.key: permission
    for permission in (
        Permission("lines.manage", _ADMIN, dangerous=True),
        Permission("users.manage", _ADMIN, dangerous=True),
        Permission("settings.manage", _ADMIN),
        Permission("access_log.see", _ADMIN, dangerous=True),
        Permission("health.see", _ADMIN),
        Permission("live.see", _EVERYONE),
        Permission("agents.manage", _ADMIN),
        Permission("agents.set_others", _ADMIN, dangerous=True),
        Permission("announcements.manage", _ADMIN),
        Permission("announcements.play", _EVERYONE),
        Permission("hours.manage", _ADMIN),
        Permission("hours.switch", _EVERYONE),
        Permission("phone.own", _EVERYONE),
        Permission("calls.see_own", _EVERYONE),
        Permission("calls.see_all", _EVERYONE),
        Permission("calls.hang_up", _ADMIN, dangerous=True),
        Permission("calls.for_others", _ADMIN, dangerous=True),
        Permission("calls.monitor", _ADMIN, dangerous=True),
        Permission("abuse.manage", _ADMIN, dangerous=True),
        Permission("evidence.export", _ADMIN, dangerous=True),
        Permission("callbacks.work", _EVERYONE),
        Permission("callbacks.assign", _ADMIN),
        Permission("callbacks.export", _ADMIN, dangerous=True),
        Permission("recalls.work", _EVERYONE),
        Permission("recalls.see_all", _ADMIN),
        Permission("recordings.pause", _EVERYONE),
        Permission("recordings.listen", _EVERYONE, dangerous=True),
        Permission("recordings.download", _ADMIN, dangerous=True),
        Permission("customers.see", _EVERYONE),
        Permission("customers.edit", _EVERYONE),
        Permission("customers.remove", _ADMIN),
    )
}


def allowed(who: User | Key, permission: str) -> bool:
    """Say whether `who` may. Raises KeyError for a permission that is not declared."""
    declared = PERMISSIONS[permission]
    gone = who.disabled if isinstance(who, User) else who.revoked
    return not gone and who.role in declared.roles
