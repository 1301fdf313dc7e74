"""`soribox extension ...`, `soribox trunk ...`, `soribox number ...`, `soribox group ...`."""

from __future__ import annotations

from argparse import Namespace
from urllib.parse import quote

from appliance.cli.command import Argument, Command, Json, Words, argument, read_secret
from appliance.cli.tables import Column, columns, done, listed, one
from appliance.core.numbers import show as shown
from web.api.client import Client

_EXTENSION = argument("number")
_TRUNK = argument("id")


# ----------------------------------------------------------------------------------------------------- extensions


async def _add_extension(box: Client, given: Namespace) -> Json:
    extension = {
        "number": given.number,
        "name": given.name or given.number,
        "shown_number": given.shown_number,
        "may_call_out": not given.no_calls_out,
    }
    return await box.ask("POST", "/extensions", extension)


async def _list_extensions(box: Client, _: Namespace) -> Json:
    return (await box.ask("GET", "/extensions"))["items"]


async def _new_password(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", f"/extensions/{quote(given.number, safe='')}/password")


async def _remove_extension(box: Client, given: Namespace) -> Json:
    return await box.ask("DELETE", f"/extensions/{quote(given.number, safe='')}")


def _phones(row: Json, _: Words) -> str:
    return ", ".join(f"{phone['agent']} {phone['address']}".strip() for phone in row["phones"])


# --------------------------------------------------------------------------------------------------------- trunks

_TRUNK_OPTIONS: tuple[Argument, ...] = (
    argument("name"),
    argument("--host", required=True),
    argument("--kind", choices=("register", "address"), default="register"),
    argument("--port", type=int, default=5060),
    argument("--transport", choices=("udp", "tcp"), default="udp"),
    argument("--username", default=""),
    argument("--auth-username", default=""),
    argument("--realm", default=""),
    argument("--expires", type=int, default=120),
    argument("--address", dest="addresses", action="append", default=[]),
    argument("--untrusted", action="store_true"),
    argument("--called-from", choices=("request", "to", "diversion", "history"), default="request"),
    argument("--international-prefix", dest="international_prefixes", action="append", default=[]),
    argument("--dial-e164", action="store_true"),
    argument("--main-number", default=""),
    argument("--channels", type=int, default=0),
)

_SENT_AS_GIVEN = ("name", "host", "kind", "port", "transport", "username", "auth_username", "realm", "expires")
_SENT_TOO = ("addresses", "called_from", "dial_e164", "main_number", "channels")


async def _add_trunk(box: Client, given: Namespace) -> Json:
    trunk = {name: getattr(given, name) for name in (*_SENT_AS_GIVEN, *_SENT_TOO)}
    trunk["trusted"] = not given.untrusted
    if given.international_prefixes:
        trunk["international_prefixes"] = given.international_prefixes
    if given.username:
        trunk["password"] = await read_secret()
    return await box.ask("POST", "/trunks", trunk)


async def _list_trunks(box: Client, _: Namespace) -> Json:
    return (await box.ask("GET", "/trunks"))["items"]


async def _remove_trunk(box: Client, given: Namespace) -> Json:
    return await box.ask("DELETE", f"/trunks/{quote(given.id, safe='')}")


async def _status(box: Client, given: Namespace) -> Json:
    if given.id:
        return [await box.ask("GET", f"/trunks/{quote(given.id, safe='')}")]
    return await _list_trunks(box, given)


def _state(row: Json, words: Words) -> str:
    return words.one_of("live_view.trunk.", row["status"]["state"] if row["status"] else "unknown")


def _upstream_words(row: Json, _: Words) -> str:
    status = row["status"] or {"code": 0, "text": ""}
    return f"{status['code'] or ''} {status['text']}".strip()


# -------------------------------------------------------------------------------------------- numbers and groups


async def _add_number(box: Client, given: Namespace) -> Json:
    number = {"number": given.number, "trunk": given.trunk, "label": given.label, "group": given.group}
    return await box.ask("POST", "/numbers", number)


async def _list_numbers(box: Client, _: Namespace) -> Json:
    return (await box.ask("GET", "/numbers"))["items"]


async def _remove_number(box: Client, given: Namespace) -> Json:
    numbers = await _list_numbers(box, given)
    stored = next((n["number"] for n in numbers if given.number in (n["number"], shown(n["number"]))), given.number)
    return await box.ask("DELETE", f"/numbers/{quote(stored, safe='')}")


async def _list_groups(box: Client, _: Namespace) -> Json:
    return (await box.ask("GET", "/groups"))["items"]


_NUMBER = (Column("number", lambda row, _: shown(row["number"])), *columns("label", "trunk", "group"))

COMMANDS = (
    Command(
        "extension add",
        _add_extension,
        one(*columns("extension.number", "extension.name", "password")),
        (
            _EXTENSION,
            argument("name", nargs="?", default=""),
            argument("--shown-number", default=""),
            argument("--no-calls-out", action="store_true"),
        ),
    ),
    Command(
        "extension list",
        _list_extensions,
        listed(*columns("extension.number", "extension.name", "extension.enabled"), Column("phones", _phones)),
    ),
    Command("extension password", _new_password, one(*columns("extension.number", "password")), (_EXTENSION,)),
    Command("extension remove", _remove_extension, done("cli.removed"), (_EXTENSION,)),
    Command("trunk add", _add_trunk, one(*columns("id", "name", "kind", "host")), _TRUNK_OPTIONS),
    Command(
        "trunk list",
        _list_trunks,
        listed(*columns("trunk.id", "trunk.name", "trunk.kind", "trunk.host", "trunk.enabled")),
    ),
    Command(
        "trunk status",
        _status,
        listed(*columns("trunk.id", "trunk.name"), Column("state", _state), Column("words", _upstream_words)),
        (argument("id", nargs="?", default=""),),
    ),
    Command("trunk remove", _remove_trunk, done("cli.removed"), (_TRUNK,)),
    Command(
        "number add",
        _add_number,
        one(*_NUMBER),
        (
            argument("number"),
            argument("--trunk", required=True),
            argument("--label", default=""),
            argument("--group", default="main"),
        ),
    ),
    Command("number list", _list_numbers, listed(*_NUMBER)),
    Command("number remove", _remove_number, done("cli.removed"), (argument("number"),)),
    Command("group list", _list_groups, listed(*columns("id", "label", "everyone", "members", "ring_seconds"))),
)
