"""`soribox extension ...`, `soribox trunk ...`, `soribox number ...`."""

from __future__ import annotations

from argparse import BooleanOptionalAction, Namespace
from urllib.parse import quote

from appliance.cli.command import Argument, Command, Json, Words, argument, read_secret
from appliance.cli.tables import Column, columns, done, listed, one
from appliance.core.numbers import show as shown
from web.api.client import Client

_EXTENSION = argument("number")
_TRUNK = argument("id")
_EXTENSION_FIELDS = ("name", "shown_number", "may_call_out", "may_forward_out", "pickup_group", "enabled")
_NUMBER_FIELDS = ("label", "trunk", "group", "menu", "may_be_shown")


def _given(given: Namespace, fields: tuple[str, ...]) -> dict[str, object]:
    """Return the options that were given; what was left out stays as it is."""
    return {name: value for name in fields if (value := getattr(given, name)) is not None}


# ----------------------------------------------------------------------------------------------------- extensions


async def _add_extension(box: Client, given: Namespace) -> Json:
    extension = {
        "number": given.number,
        "name": given.name or given.number,
        "shown_number": given.shown_number,
        "may_call_out": not given.no_calls_out,
    }
    return await box.ask("POST", "/extensions", extension)


async def _change_extension(box: Client, given: Namespace) -> Json:
    return await box.ask("PATCH", f"/extensions/{quote(given.number, safe='')}", _given(given, _EXTENSION_FIELDS))


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


# -------------------------------------------------------------------------------------------------------- numbers


async def _add_number(box: Client, given: Namespace) -> Json:
    number = {"number": given.number, "trunk": given.trunk, "label": given.label, "group": given.group}
    return await box.ask("POST", "/numbers", number | {"menu": given.menu})


async def _list_numbers(box: Client, _: Namespace) -> Json:
    return (await box.ask("GET", "/numbers"))["items"]


async def _change_number(box: Client, given: Namespace) -> Json:
    stored = await owner_in_stored_form(box, given.number)
    return await box.ask("PATCH", f"/numbers/{quote(stored, safe='')}", _given(given, _NUMBER_FIELDS))


async def _remove_number(box: Client, given: Namespace) -> Json:
    return await box.ask("DELETE", f"/numbers/{quote(await owner_in_stored_form(box, given.number), safe='')}")


async def owner_in_stored_form(box: Client, entered: str) -> str:
    """Return one of the office's own numbers as the API names it, however it is written; anything else as it is."""
    numbers = (await box.ask("GET", "/numbers"))["items"]
    return next((n["number"] for n in numbers if entered in (n["number"], shown(n["number"]))), entered)


_NUMBER = (
    Column("number", lambda row, _: shown(row["number"])),
    *columns("label", "trunk", "group", "menu", "may_be_shown"),
)

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
        "extension change",
        _change_extension,
        one(*columns("number", *_EXTENSION_FIELDS)),
        (
            _EXTENSION,
            argument("--name"),
            argument("--shown-number"),
            argument("--may-call-out", action=BooleanOptionalAction),
            argument("--may-forward-out", action=BooleanOptionalAction),
            argument("--pickup-group"),
            argument("--enabled", action=BooleanOptionalAction),
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
            argument("--menu", default=""),
        ),
    ),
    Command(
        "number change",
        _change_number,
        one(*_NUMBER),
        (
            argument("number"),
            argument("--label"),
            argument("--trunk"),
            argument("--group"),
            argument("--menu"),
            argument("--may-be-shown", action=BooleanOptionalAction),
        ),
    ),
    Command("number list", _list_numbers, listed(*_NUMBER)),
    Command("number remove", _remove_number, done("cli.removed"), (argument("number"),)),
)
