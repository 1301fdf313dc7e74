"""`soribox agents ...`: who sits where and in what state. `soribox agent-state ...`: the kinds of states."""

from __future__ import annotations

from argparse import Namespace
from urllib.parse import quote

from appliance.cli.command import Command, Json, Words, argument
from appliance.cli.tables import Column, columns, done, listed, moment, one
from web.api.client import Client

_COLOURS = ("green", "teal", "blue", "violet", "pink", "red", "orange", "amber", "grey")
_YES_NO = {"yes": True, "no": False}


async def _list(box: Client, _: Namespace) -> Json:
    return (await box.ask("GET", "/agents"))["items"]


async def _sit(box: Client, given: Namespace) -> Json:
    seat = {"extension": given.extension, "take_over": given.take_over}
    return await box.ask("PUT", f"/seats/{quote(given.login, safe='')}", seat)


async def _stand(box: Client, given: Namespace) -> Json:
    return await box.ask("DELETE", f"/seats/{quote(given.login, safe='')}")


async def _state(box: Client, given: Namespace) -> Json:
    body = {"state": given.state, "why": given.why}
    return await box.ask("PUT", f"/agents/{quote(given.extension, safe='')}/state", body)


async def _list_states(box: Client, _: Namespace) -> Json:
    return (await box.ask("GET", "/agent-states"))["items"]


def _sent(given: Namespace) -> dict[str, Json]:
    """Return what was said of a kind; what was left out is not in it."""
    told: dict[str, Json] = {
        "ko": given.ko,
        "en": given.en,
        "colour": given.colour,
        "working": _YES_NO.get(given.working),
        "direct_calls": _YES_NO.get(given.direct_calls),
        "place": given.place,
    }
    return {name: value for name, value in told.items() if value is not None}


async def _add_state(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", "/agent-states", _sent(given) | {"key": given.id})


async def _change_state(box: Client, given: Namespace) -> Json:
    return await box.ask("PATCH", f"/agent-states/{quote(given.state, safe='')}", _sent(given))


async def _retire(box: Client, given: Namespace) -> Json:
    return await box.ask("PATCH", f"/agent-states/{quote(given.state, safe='')}", {"retired": not given.undo})


async def _remove_state(box: Client, given: Namespace) -> Json:
    return await box.ask("DELETE", f"/agent-states/{quote(given.state, safe='')}")


def _called(row: Json, words: Words) -> str:
    return str(row["ko"] if words.language == "ko" else row["en"])


_DESK = (
    *columns("extension", "name", "person"),
    Column("state", lambda row, _: row["text"]),
    Column("since", moment("since_ms")),
    *columns("why", "registered"),
)
_KIND = (
    Column("state", lambda row, _: row["key"]),
    Column("name", _called),
    *columns("colour", "group_calls", "direct_calls", "working", "retired"),
)
_STATE, _EXTENSION = argument("state"), argument("extension")
_DRAFT = (
    argument("--ko"),
    argument("--en"),
    argument("--colour", choices=_COLOURS),
    argument("--working", choices=tuple(_YES_NO)),
    argument("--direct-calls", choices=tuple(_YES_NO)),
    argument("--place", type=int),
)

COMMANDS = (
    Command("agents list", _list, listed(*_DESK)),
    Command(
        "agents sit",
        _sit,
        one(*columns("login", "extension")),
        (argument("login"), _EXTENSION, argument("--take-over", action="store_true")),
    ),
    Command("agents stand", _stand, done("cli.stood"), (argument("login"),)),
    Command("agents state", _state, one(*_DESK), (_EXTENSION, _STATE, argument("--why", default=""))),
    Command("agent-state list", _list_states, listed(*_KIND)),
    Command("agent-state add", _add_state, one(*_KIND), (*_DRAFT, argument("--id", default=""))),
    Command("agent-state change", _change_state, one(*_KIND), (_STATE, *_DRAFT)),
    Command("agent-state retire", _retire, one(*_KIND), (_STATE, argument("--undo", action="store_true"))),
    Command("agent-state remove", _remove_state, done("cli.removed"), (_STATE,)),
)
