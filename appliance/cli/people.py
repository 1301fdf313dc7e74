"""`soribox user ...`, `soribox key ...`, `soribox setup-code`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from urllib.parse import quote

from appliance.cli.command import Command, Json, Words, argument, read_secret
from appliance.cli.tables import Column, columns, done, listed, moment, one, value
from web.api.client import Client

_ROLES = ("admin", "agent")
_LANGUAGES = ("ko", "en")
_LOGIN = argument("login")


async def _add_user(box: Client, given: Namespace) -> Json:
    password = await read_secret() if given.password_stdin else ""
    return await box.ask(
        "POST",
        "/users",
        {
            "login": given.login,
            "name": given.name or given.login,
            "role": given.role,
            "extension": given.extension,
            "language": given.language,
            "password": password,
        },
    )


async def _list_users(box: Client, _: Namespace) -> Json:
    return (await box.ask("GET", "/users"))["items"]


async def _new_password(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", f"/users/{quote(given.login, safe='')}/password")


async def _disable(box: Client, given: Namespace) -> Json:
    return await box.ask("PATCH", f"/users/{quote(given.login, safe='')}", {"disabled": True})


async def _enable(box: Client, given: Namespace) -> Json:
    return await box.ask("PATCH", f"/users/{quote(given.login, safe='')}", {"disabled": False})


async def _link(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", f"/users/{quote(given.login, safe='')}/sign-in-link")


async def _add_key(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", "/keys", {"name": given.name, "role": given.role, "person": given.works_for})


async def _list_keys(box: Client, _: Namespace) -> Json:
    return (await box.ask("GET", "/keys"))["items"]


async def _revoke_key(box: Client, given: Namespace) -> Json:
    return await box.ask("DELETE", f"/keys/{given.id}")


async def _access_log(box: Client, given: Namespace) -> Json:
    return (await box.ask("GET", "/access-log", query={"limit": given.limit}))["items"]


async def _setup_code(box: Client, _: Namespace) -> Json:
    return await box.ask("GET", "/set-up")


def _show_code(state: Json, words: Words) -> Iterator[str]:
    yield words("cli.set_up_already") if state["set_up"] else state["code"]


_USER = (*columns("login", "name"), Column("role", lambda u, w: w.one_of("access.role.", u["role"])))
_USERS = (*_USER, *columns("extension", "disabled"))
_MADE = tuple(Column(c.name, lambda m, w, c=c: c.cell(m["user"], w)) for c in _USER)  # type: ignore[misc]

COMMANDS = (
    Command(
        "user add",
        _add_user,
        one(*_MADE, Column("password", value("password"))),
        (
            _LOGIN,
            argument("--name", default=""),
            argument("--role", choices=_ROLES, default="agent"),
            argument("--extension", default=""),
            argument("--language", choices=_LANGUAGES, default=""),
            argument("--password-stdin", action="store_true"),
        ),
    ),
    Command("user list", _list_users, listed(*_USERS)),
    Command("user passwd", _new_password, one(*columns("password")), (_LOGIN,)),
    Command("user disable", _disable, one(*_USERS), (_LOGIN,)),
    Command("user enable", _enable, one(*_USERS), (_LOGIN,)),
    Command("user link", _link, one(*columns("address")), (_LOGIN,)),
    Command(
        "key add",
        _add_key,
        one(*columns("key.id", "key.name", "secret")),
        (argument("name"), argument("--role", choices=_ROLES, default="admin"), argument("--works-for", default="")),
    ),
    Command(
        "key list",
        _list_keys,
        listed(
            *columns("id", "name"), *_USER[2:], Column("created", moment("created_ms")), *columns("person", "revoked")
        ),
    ),
    Command("key revoke", _revoke_key, done("cli.revoked"), (argument("id", type=int),)),
    Command(
        "access-log",
        _access_log,
        listed(
            Column("at", moment("at_ms")),
            *columns("who", "address"),
            *columns("text", "about"),
        ),
        (argument("--limit", type=int, default=50),),
    ),
    Command("setup-code", _setup_code, _show_code),
)
