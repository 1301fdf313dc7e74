"""The tables of people, sessions, keys and the access log, with their queries. Used in the database's threads only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from peewee import AutoField, BigAutoField, BigIntegerField, BooleanField, ForeignKeyField, TextField

from appliance.access.types import AccessEntry, Actor, Key, Role, User
from appliance.core.errors import Conflict, NotFound
from appliance.store.base import BaseModel, plain_rows


class AccountRow(BaseModel):
    """A person who may sign in."""

    id = AutoField()
    login = TextField(unique=True)
    name = TextField()
    role = TextField()
    extension = TextField(null=True, unique=True)
    language = TextField()
    theme = TextField()
    disabled = BooleanField()
    must_change_password = BooleanField()
    password_hash = TextField()
    created_ms = BigIntegerField()

    class Meta:
        """Name of the table."""

        table_name = "account"


class SessionRow(BaseModel):
    """A browser that is signed in."""

    token_hash = TextField(primary_key=True)
    account = ForeignKeyField(AccountRow, on_delete="CASCADE")
    started_ms = BigIntegerField()
    seen_ms = BigIntegerField()
    address = TextField()
    agent = TextField()

    class Meta:
        """Name of the table."""

        table_name = "signed_in_session"


class LinkRow(BaseModel):
    """A link that signs somebody in once."""

    token_hash = TextField(primary_key=True)
    account = ForeignKeyField(AccountRow, on_delete="CASCADE")
    until_ms = BigIntegerField()

    class Meta:
        """Name of the table."""

        table_name = "sign_in_link"


class KeyRow(BaseModel):
    """A program that may use the API."""

    id = AutoField()
    name = TextField()
    role = TextField()
    secret_hash = TextField(unique=True)
    created_ms = BigIntegerField()
    revoked_ms = BigIntegerField(null=True)
    login = TextField(default="")  # of whom it works for

    class Meta:
        """Name of the table."""

        table_name = "api_key"


class EntryRow(BaseModel):
    """Who did what, when, from where."""

    id = BigAutoField()
    at_ms = BigIntegerField(index=True)
    who = TextField()
    address = TextField()
    what = TextField()
    about = TextField()
    details = TextField()

    class Meta:
        """Name of the table."""

        table_name = "access_entry"


def user_of(row: AccountRow) -> User:
    """Return a row as the plain object that leaves this file."""
    return User(
        id=row.id,
        login=row.login,
        name=row.name,
        role=Role(row.role),
        extension=row.extension or "",
        language=row.language,
        theme=row.theme,
        disabled=row.disabled,
        must_change_password=row.must_change_password,
    )


def users() -> tuple[User, ...]:
    """Return everybody, by name."""
    return tuple(user_of(row) for row in AccountRow.select().order_by(AccountRow.name, AccountRow.id))


def row_of(user_id: int) -> AccountRow:
    """Return the row of a person. Raises NotFound."""
    row = AccountRow.get_or_none(AccountRow.id == user_id)
    if row is None:
        raise NotFound("access.no_such_user")
    return row


def find_login(login: str) -> tuple[User, str] | None:
    """Return a person and the hash of their password."""
    row = AccountRow.get_or_none(AccountRow.login == login)
    return None if row is None else (user_of(row), row.password_hash)


def by_login(login: str) -> User:
    """Return a person. Raises NotFound."""
    found = find_login(login)
    if found is None:
        raise NotFound("access.no_such_user")
    return found[0]


def has_admin() -> bool:
    """Say whether anybody can administer the box."""
    return AccountRow.select().where(AccountRow.role == Role.ADMIN, ~AccountRow.disabled).exists()


def admins() -> tuple[User, ...]:
    """Return everybody who can administer the box, whoever was first at the head."""
    rows = AccountRow.select().where(AccountRow.role == Role.ADMIN, ~AccountRow.disabled).order_by(AccountRow.id)
    return tuple(user_of(row) for row in rows)


def refuse_taken(login: str, extension: str, but: int = 0) -> None:
    """Raise Conflict when another person than `but` has this login or extension."""
    others = AccountRow.select().where(AccountRow.id != but)
    if others.where(AccountRow.login == login).exists():
        raise Conflict("access.login_taken", field="login")
    if extension and others.where(AccountRow.extension == extension).exists():
        raise Conflict("access.extension_taken", field="extension")


def add(user: User, password_hash: str, now_ms: int) -> User:
    """Add a person. Raises Conflict."""
    refuse_taken(user.login, user.extension)
    row = AccountRow.create(
        login=user.login,
        name=user.name,
        role=user.role.value,
        extension=user.extension or None,
        language=user.language,
        theme=user.theme,
        disabled=False,
        must_change_password=user.must_change_password,
        password_hash=password_hash,
        created_ms=now_ms,
    )
    return user_of(row)


def change(user_id: int, values: Mapping[str, Any]) -> User:
    """Change columns of a person; the last admin stays one. Raises NotFound, Conflict."""
    row = row_of(user_id)
    was_admin = row.role == Role.ADMIN and not row.disabled
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    if was_admin and not has_admin():
        raise Conflict("access.last_admin")
    return user_of(row)


def start_session(token_hash: str, user_id: int, address: str, agent: str, now_ms: int) -> None:
    """Store a session."""
    SessionRow.create(
        token_hash=token_hash,
        account=user_id,
        started_ms=now_ms,
        seen_ms=now_ms,
        address=address,
        agent=agent[:200],
    )


def session(token_hash: str) -> tuple[User, int] | None:
    """Return whose session it is and when it was seen last."""
    row = SessionRow.select(SessionRow, AccountRow).join(AccountRow).where(SessionRow.token_hash == token_hash).first()
    return None if row is None else (user_of(row.account), row.seen_ms)


def sessions_since(seen_ms: int) -> dict[str, int]:
    """Return the sessions that were in use after a moment, and whose they are."""
    query = SessionRow.select(SessionRow.token_hash, SessionRow.account).where(SessionRow.seen_ms > seen_ms)
    return dict(plain_rows(query))


def seen(token_hash: str, now_ms: int) -> None:
    """Note that a session is in use."""
    SessionRow.update(seen_ms=now_ms).where(SessionRow.token_hash == token_hash).execute()


def end_session(token_hash: str) -> User | None:
    """Remove a session; return whose it was."""
    found = session(token_hash)
    SessionRow.delete().where(SessionRow.token_hash == token_hash).execute()
    return found[0] if found else None


def end_sessions(user_id: int, keep: str = "") -> None:
    """Remove all sessions and links of a person, but the session whose token has the hash `keep`."""
    SessionRow.delete().where(SessionRow.account == user_id, SessionRow.token_hash != keep).execute()
    LinkRow.delete().where(LinkRow.account == user_id).execute()


def remove_stale(seen_before_ms: int, now_ms: int) -> None:
    """Remove sessions unused for too long, and links that have run out."""
    SessionRow.delete().where(SessionRow.seen_ms < seen_before_ms).execute()
    LinkRow.delete().where(LinkRow.until_ms < now_ms).execute()


def add_link(token_hash: str, user_id: int, until_ms: int) -> None:
    """Store a sign-in link."""
    LinkRow.create(token_hash=token_hash, account=user_id, until_ms=until_ms)


def use_link(token_hash: str, now_ms: int) -> User | None:
    """Take a sign-in link away; return whom it signs in, or None when there is no such link any more."""
    row = LinkRow.select(LinkRow, AccountRow).join(AccountRow).where(LinkRow.token_hash == token_hash).first()
    if row is None:
        return None
    row.delete_instance()
    return None if row.until_ms < now_ms or row.account.disabled else user_of(row.account)


def _key_of(row: KeyRow) -> Key:
    return Key(row.id, row.name, Role(row.role), row.created_ms, row.revoked_ms is not None, row.login)


def add_key(name: str, role: Role, secret_hash: str, now_ms: int, login: str) -> Key:
    """Store a key."""
    made = {"name": name, "role": role.value, "created_ms": now_ms, "login": login}
    return _key_of(KeyRow.create(secret_hash=secret_hash, **made))


def keys() -> tuple[Key, ...]:
    """Return all keys, the newest first."""
    return tuple(_key_of(row) for row in KeyRow.select().order_by(KeyRow.id.desc()))


def revoke_key(key_id: int, now_ms: int) -> Key:
    """End a key for good. Raises NotFound."""
    row = KeyRow.get_or_none(KeyRow.id == key_id)
    if row is None:
        raise NotFound("access.no_such_key")
    row.revoked_ms = row.revoked_ms or now_ms
    row.save()
    return _key_of(row)


def key_by_secret(secret_hash: str) -> Key | None:
    """Return the key that is in force with this secret."""
    row = KeyRow.get_or_none(KeyRow.secret_hash == secret_hash, KeyRow.revoked_ms.is_null())
    return None if row is None else _key_of(row)


def note(at_ms: int, actor: Actor, what: str, about: str = "", **details: object) -> None:
    """Write a line of the access log, in the transaction of whatever it tells of."""
    EntryRow.create(
        at_ms=at_ms,
        who=actor.who,
        address=actor.address,
        what=what,
        about=about,
        details=json.dumps(details, ensure_ascii=False),
    )


def entries(before_id: int, limit: int) -> tuple[AccessEntry, ...]:
    """Return lines of the access log, the newest first; `before_id` 0 = from the newest."""
    rows = EntryRow.select().order_by(EntryRow.id.desc()).limit(limit)
    if before_id:
        rows = rows.where(EntryRow.id < before_id)
    return tuple(
        AccessEntry(row.id, row.at_ms, row.who, row.address, row.what, row.about, json.loads(row.details))
        for row in rows
    )
