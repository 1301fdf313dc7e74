"""Users, keys, and the way into a new box over the API. Knows the access service only."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from msgspec import structs

from appliance.access.permissions import PERMISSIONS
from appliance.access.types import Key, Role, SetUpForm, User, UserDraft
from appliance.i18n.catalog import text
from web.api.lines import given
from web.api.operation import Asked
from web.api.shapes import (
    AccessSeen,
    AccessWanted,
    Items,
    KeyMade,
    KeySent,
    Link,
    Me,
    PasswordMade,
    SetUpSent,
    SetUpState,
    UserChange,
    UserMade,
    UserSent,
    Whole,
)


async def get_me(asked: Asked) -> Me:
    """Get who asks, and what they may do."""
    asker = asked.asker
    permissions = tuple(key for key in PERMISSIONS if asker.may(key))
    if isinstance(asker.principal, User):
        return Me("user", asker.principal.login, asker.principal.role, permissions, asker.principal)
    if asker.principal is not None:
        return Me("key", asker.principal.name, asker.principal.role, permissions)
    return Me("box", "box", Role.ADMIN, permissions)


async def list_users(asked: Asked) -> Items[User]:
    """List all people."""
    return Items(tuple(await asked.services.access.users()))


async def add_user(asked: Asked, body: UserSent) -> UserMade:
    """Add a person. Without a password the box makes one and tells it this one time."""
    draft = UserDraft(body.login, body.name, body.role, body.extension, body.language)
    made = await asked.services.access.add_user(draft, body.password or None, asked.asker.actor)
    return UserMade(made.user, made.password)


async def get_user(asked: Asked, login: str) -> User:
    """Get one person."""
    return await asked.services.access.user_by_login(login)


async def change_user(asked: Asked, login: str, body: UserChange) -> User:
    """Change a person; what is left out stays. `disabled` shuts them out at once, and back in."""
    access, actor = asked.services.access, asked.asker.actor
    user = await asked.services.access.user_by_login(login)
    fields = given(body)
    disabled = fields.pop("disabled", user.disabled)
    if fields:
        draft = UserDraft(user.login, user.name, user.role, user.extension, user.language)
        await access.change_user(user.id, replace(draft, **fields), actor)
    if disabled != user.disabled:
        await (access.disable_user if disabled else access.enable_user)(user.id, actor)
    return await asked.services.access.user_by_login(login)


async def reset_password(asked: Asked, login: str) -> PasswordMade:
    """Give a person a new password, which must be changed at the next sign-in. Their sessions end."""
    user = await asked.services.access.user_by_login(login)
    return PasswordMade(await asked.services.access.reset_password(user.id, asked.asker.actor))


async def make_link(asked: Asked, login: str) -> Link:
    """Make a sign-in link for a person. It works once, for fifteen minutes."""
    token = await asked.services.access.make_sign_in_link(login)
    config = asked.services.config
    return Link(f"https://{config.address}:{config.https_port}/sign-in/link/{quote(token, safe='')}")


async def list_keys(asked: Asked) -> Items[Key]:
    """List the keys of programs, revoked ones too."""
    return Items(tuple(await asked.services.access.keys()))


async def add_key(asked: Asked, body: KeySent) -> KeyMade:
    """Make a key for a program. Its secret is told this one time."""
    made = await asked.services.access.add_key(body.name, body.role, asked.asker.actor, person=body.person)
    return KeyMade(made.key, made.secret)


async def revoke_key(asked: Asked, key: Whole) -> None:
    """Revoke a key; it stops working at once."""
    await asked.services.access.revoke_key(key, asked.asker.actor)


async def list_access(asked: Asked, query: AccessWanted) -> Items[AccessSeen]:
    """List who did what and when, the newest first; `next_cursor` is the `before` of the next page."""
    entries = await asked.services.access.entries(query.before, query.limit + 1)
    page = entries[: query.limit]
    seen = (AccessSeen(**vars(entry), text=text(asked.asker.language, f"access.log.{entry.what}")) for entry in page)
    return Items(tuple(seen), str(page[-1].id) if len(entries) > len(page) else "")


async def get_set_up(asked: Asked) -> SetUpState:
    """Get whether the box was set up, and the one-time code while it was not."""
    access = asked.services.access
    return SetUpState(True) if access.set_up_done else SetUpState(False, access.setup_code())


async def set_up(asked: Asked, body: SetUpSent) -> User:
    """Set the box up as its first page does: name the office, make the first admin."""
    fields = structs.asdict(body)
    code = fields.pop("code")
    signed_in = await asked.services.access.set_up(code, SetUpForm(**fields), asked.asker.address, "api")
    return signed_in.user
