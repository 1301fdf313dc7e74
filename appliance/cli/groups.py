"""`soribox group ...`, `soribox forward ...`, `soribox codes`: who answers, where calls go on, what phones may dial."""

from __future__ import annotations

from argparse import ArgumentTypeError, BooleanOptionalAction, Namespace
from urllib.parse import quote

from appliance.cli.command import Command, Json, Words, argument
from appliance.cli.lines import owner_in_stored_form
from appliance.cli.tables import Column, columns, done, listed, one
from appliance.core.numbers import show as shown
from web.api.client import Client

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SENT_AS_GIVEN = (
    "label",
    "everyone",
    "ring_seconds",
    "strategy",
    "rounds",
    "queue",
    "queue_seconds",
    "queue_limit",
    "announce_seconds",
    "offers_callback",
    "music",
)


# ---------------------------------------------------------------------------------------------------------- groups


def _member(text: str) -> tuple[str, int]:
    """Understand "103" or, with a priority, "103:2"."""
    extension, _, priority = text.partition(":")
    if priority and not (priority.isascii() and priority.isdecimal()):
        raise ArgumentTypeError(text)
    return extension, int(priority or 1)


def _overflow(text: str) -> dict[str, str]:
    """Understand "hang_up" or, with a target, "group:night"."""
    kind, _, target = text.partition(":")
    return {"kind": kind, "target": target}


_OPTIONS = (
    argument("--everyone", action=BooleanOptionalAction),
    argument("--member", dest="members", action="append", type=_member),
    argument("--ring-seconds", type=int),
    argument("--strategy", choices=("all", "order", "round_robin", "longest_idle", "fewest_calls")),
    argument("--rounds", type=int),
    argument("--queue", action=BooleanOptionalAction),
    argument("--queue-seconds", type=int),
    argument("--queue-limit", type=int),
    argument("--announce-seconds", type=int),
    argument("--offers-callback", action=BooleanOptionalAction),
    argument("--music"),
    argument("--overflow", type=_overflow),
)


def _fields(given: Namespace) -> dict[str, object]:
    """Return what was said of a group; naming members means that not everyone is in it."""
    fields = {name: value for name in _SENT_AS_GIVEN if (value := getattr(given, name)) is not None}
    if given.members is not None:
        fields = {"everyone": False} | fields
        fields["members"] = [extension for extension, _ in given.members]
        fields["priorities"] = dict(given.members)
    if given.overflow is not None:
        fields["overflow"] = given.overflow
    return fields


async def _add_group(box: Client, given: Namespace) -> Json:
    return await box.ask("POST", "/groups", _fields(given))


async def _change_group(box: Client, given: Namespace) -> Json:
    return await box.ask("PATCH", f"/groups/{quote(given.id, safe='')}", _fields(given))


async def _list_groups(box: Client, _: Namespace) -> Json:
    return (await box.ask("GET", "/groups"))["items"]


async def _remove_group(box: Client, given: Namespace) -> Json:
    return await box.ask("DELETE", f"/groups/{quote(given.id, safe='')}")


def _members(row: Json, words: Words) -> str:
    if row["everyone"]:
        return words("cli.everyone")
    named = ((member, row["priorities"].get(member, 1)) for member in row["members"])
    return ", ".join(member if priority == 1 else f"{member}:{priority}" for member, priority in named)


def _strategy(row: Json, words: Words) -> str:
    return words(f"groups.strategy.{row['strategy']}")


def _waiting(row: Json, words: Words) -> str:
    return words("panel.for_seconds", n=row["queue_seconds"]) if row["queue"] else words("cli.no")


def _goes_to(row: Json, words: Words) -> str:
    overflow = row["overflow"]
    return f"{words('groups.overflow.' + overflow['kind'])} {shown(overflow['target'])}".strip()


_GROUP = (
    *columns("id", "label"),
    Column("members", _members),
    Column("strategy", _strategy),
    *columns("ring_seconds", "rounds"),
    Column("queue", _waiting),
    Column("overflow", _goes_to),
)


# -------------------------------------------------------------------------------------------------------- forwards


def _weekdays(text: str) -> list[int]:
    """Understand "mon,tue,fri"."""
    try:
        return [_DAYS.index(day) for day in text.lower().split(",")]
    except ValueError as error:
        raise ArgumentTypeError(text) from error


def _minute(text: str) -> int:
    """Understand "18:30"."""
    hours, _, minutes = text.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60):
        raise ArgumentTypeError(text)
    return int(hours) * 60 + int(minutes)


async def _list_forwards(box: Client, given: Namespace) -> Json:
    owner = await owner_in_stored_form(box, given.owner) if given.owner else ""
    return (await box.ask("GET", f"/forwards?owner={quote(owner, safe='')}"))["items"]


async def _set_forward(box: Client, given: Namespace) -> Json:
    hours = {"weekdays": given.days or list(range(7)), "from_minute": given.begins, "to_minute": given.ends}
    forward = {
        "when": given.when,
        "target": given.target,
        "after_seconds": given.after_seconds,
        "schedule": hours if given.days or given.begins or given.ends else None,
        "enabled": not given.off,
    }
    return await box.ask("PUT", f"/forwards/{await _owner(box, given)}", forward)


async def _switch_forward(box: Client, given: Namespace) -> Json:
    path = f"/forwards/{await _owner(box, given)}/{quote(given.forward, safe='')}"
    return await box.ask("PATCH", path, {"enabled": given.on_or_off == "on"})


async def _remove_forward(box: Client, given: Namespace) -> Json:
    return await box.ask("DELETE", f"/forwards/{await _owner(box, given)}/{quote(given.forward, safe='')}")


async def _owner(box: Client, given: Namespace) -> str:
    return quote(await owner_in_stored_form(box, given.owner), safe="")


def _hours(row: Json, words: Words) -> str:
    if (hours := row["schedule"]) is None:
        return ""
    days = ", ".join(words(f"forwards.day.{day}") for day in hours["weekdays"])
    begins, ends = (f"{minute // 60:02}:{minute % 60:02}" for minute in (hours["from_minute"], hours["to_minute"]))
    return f"{days} {begins}-{ends}"


def _when(row: Json, words: Words) -> str:
    seconds = f" ({words('panel.for_seconds', n=row['after_seconds'])})" if row["when"] == "no_answer" else ""
    return words(f"forwards.when.{row['when']}") + seconds


_FORWARD = (
    Column("owner", lambda row, _: shown(row["owner"])),
    *columns("id"),
    Column("when", _when),
    Column("target", lambda row, _: shown(row["target"])),
    Column("hours", _hours),
    *columns("enabled"),
)
_OWNER, _FORWARD_ID = argument("owner"), argument("forward")


# ----------------------------------------------------------------------------------------------------------- codes


async def _codes(box: Client, _: Namespace) -> Json:
    return (await box.ask("GET", "/feature-codes"))["items"]


def _code(row: Json, words: Words) -> str:
    follows = "" if row["parameter"] == "none" else f" + {words('codes.parameter.' + row['parameter'])}"
    return f"{row['code']}{follows}"


COMMANDS = (
    Command("group add", _add_group, one(*_GROUP), (argument("label"), *_OPTIONS)),
    Command("group change", _change_group, one(*_GROUP), (argument("id"), argument("--label"), *_OPTIONS)),
    Command("group list", _list_groups, listed(*_GROUP)),
    Command("group remove", _remove_group, done("cli.removed"), (argument("id"),)),
    Command("forward list", _list_forwards, listed(*_FORWARD), (argument("owner", nargs="?", default=""),)),
    Command(
        "forward set",
        _set_forward,
        one(*_FORWARD),
        (
            _OWNER,
            argument("when", choices=("always", "busy", "no_answer", "unreachable")),
            argument("target"),
            argument("--after-seconds", type=int, default=20),
            argument("--days", type=_weekdays),
            argument("--from-time", dest="begins", type=_minute, default=0),
            argument("--to-time", dest="ends", type=_minute, default=0),
            argument("--off", action="store_true"),
        ),
    ),
    Command(
        "forward switch",
        _switch_forward,
        one(*_FORWARD),
        (_OWNER, _FORWARD_ID, argument("on_or_off", choices=("on", "off"))),
    ),
    Command("forward remove", _remove_forward, done("cli.removed"), (_OWNER, _FORWARD_ID)),
    Command(
        "codes",
        _codes,
        listed(Column("code", _code), *columns("name", "explanation")),
    ),
)
