"""`soribox hours ...`, `soribox night ...`: when the office answers, holidays and special days, the night switch."""

from __future__ import annotations

from argparse import ArgumentTypeError, BooleanOptionalAction, Namespace
from datetime import datetime
from urllib.parse import quote, urlencode

from appliance.cli.command import Argument, Command, Json, Words, argument
from appliance.cli.lines import owner_in_stored_form
from appliance.cli.tables import Column, columns, done, listed, moment, one
from web.api.client import Client

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OCCASIONS = ("after_hours", "lunch", "holiday")
_OFF = "off"


def _day_hours(text: str) -> tuple[tuple[int, ...], Json]:
    """Understand "mon-fri=09:00-12:00,13:00-18:00", with "/12:00-13:00" for lunch; "sat=off"."""
    days, _, hours = text.lower().partition("=")
    first, _, last = days.partition("-")
    if first not in _DAYS or (last or first) not in _DAYS or not hours:
        raise ArgumentTypeError(text)
    wanted = tuple(range(_DAYS.index(first), _DAYS.index(last or first) + 1))
    spans, _, lunch = hours.partition("/")
    return wanted, {"open": [] if spans == _OFF else spans.split(","), "lunch": lunch}


def _instead(text: str) -> tuple[str, Json]:
    """Understand "lunch=announcement:closed", "holiday=group:night", "after_hours=callback"."""
    occasion, _, what = text.partition("=")
    kind, _, target = what.partition(":")
    if occasion not in _OCCASIONS or not kind:
        raise ArgumentTypeError(text)
    field = "announcement" if kind in ("announcement", "callback") else "target"
    return occasion, {"kind": kind, field: target}


def _fields(given: Namespace, week: list[Json]) -> Json:
    fields: dict[str, object] = {}
    for days, hours in given.weekday or ():
        for day in days:
            week[day] = hours
        fields["week"] = week
    if given.keeps_holidays is not None:
        fields["keeps_holidays"] = given.keeps_holidays
    if given.instead:
        fields["instead"] = dict(given.instead)
    return fields


async def _show(box: Client, _: Namespace) -> Json:
    return await box.ask("GET", "/hours")


async def _switch(box: Client, given: Namespace) -> Json:
    return await box.ask("PATCH", "/hours", {"in_force": given.on_or_off == "on"})


async def _add(box: Client, given: Namespace) -> Json:
    fields = _fields(given, [{"open": [], "lunch": ""} for _ in _DAYS])
    return await box.ask("POST", "/hours/schedules", {"label": given.label} | fields)


async def _change(box: Client, given: Namespace) -> Json:
    known = (await box.ask("GET", "/hours"))["schedules"]
    week: list[Json] = next((list(row["week"]) for row in known if row["id"] == given.id), [])
    week = week or [{} for _ in _DAYS]
    label = {"label": given.label} if given.label else {}
    return await box.ask("PATCH", f"/hours/schedules/{quote(given.id, safe='')}", label | _fields(given, week))


async def _remove(box: Client, given: Namespace) -> Json:
    return await box.ask("DELETE", f"/hours/schedules/{quote(given.id, safe='')}")


async def _assign(box: Client, given: Namespace) -> Json:
    number = quote(await owner_in_stored_form(box, given.number), safe="")
    return await box.ask("PUT", f"/hours/numbers/{number}", {"schedule": given.schedule})


async def _days(box: Client, given: Namespace) -> Json:
    year = datetime.now().astimezone().year
    wanted = {"from": given.first or f"{year}-01-01", "to": given.last or f"{year}-12-31"}
    return (await box.ask("GET", f"/hours/days?{urlencode(wanted)}"))["items"]


async def _special_day(box: Client, given: Namespace) -> Json:
    hours = given.open.split(",") if given.open else []
    return await box.ask("PUT", f"/hours/special-days/{quote(given.day)}", {"name": given.name, "open": hours})


async def _holiday(box: Client, given: Namespace) -> Json:
    sent = ({"name": given.name} if given.name else {}) | (
        {"observed": given.observed} if given.observed is not None else {}
    )
    return await box.ask("PUT", f"/hours/holidays/{quote(given.day)}", sent)


async def _remove_day(box: Client, given: Namespace) -> Json:
    kind = "holidays" if given.holiday else "special-days"
    return await box.ask("DELETE", f"/hours/{kind}/{quote(given.day)}")


async def _at(box: Client, given: Namespace) -> Json:
    number = await owner_in_stored_form(box, given.number) if given.number else ""
    return await box.ask("GET", f"/hours/verdict?{urlencode({'number': number, 'at': given.moment})}")


async def _night(box: Client, _: Namespace) -> Json:
    return await box.ask("GET", "/night")


async def _night_on(box: Client, _: Namespace) -> Json:
    return await box.ask("PUT", "/night", {"on": True})


async def _night_off(box: Client, _: Namespace) -> Json:
    return await box.ask("PUT", "/night", {"on": False})


async def _night_until(box: Client, given: Namespace) -> Json:
    return await box.ask("PUT", "/night", {"on": True, "until": given.moment})


# --------------------------------------------------------------------------------------------------------- as shown


def _week(row: Json, words: Words) -> str:
    shown = []
    for at, day in enumerate(row["week"]):
        hours = ",".join(day["open"]) + (f"/{day['lunch']}" if day["lunch"] else "")
        if hours:
            shown.append(f"{words(f'forwards.day.{at}')} {hours}")
    return " · ".join(shown)


def _gets(occasion: str) -> Column:
    def cell(row: Json, words: Words) -> str:
        instead = row["instead"][occasion]
        target = instead["target"] or instead["announcement"]
        return f"{words('hours.kind.' + instead['kind'])} {target}".strip()

    return Column(occasion, cell)


_SCHEDULE = (
    *columns("id", "label"),
    Column("period", lambda row, words: words(f"hours.period.{row['period']}")),
    *columns("why"),
    Column("week", _week),
    *columns("keeps_holidays", "numbers"),
    *(_gets(occasion) for occasion in _OCCASIONS),
)
_NIGHT = (*columns("on"), Column("until", moment("until_ms")), Column("since", moment("since_ms")), *columns("by"))
_DAY = (
    *columns("day"),
    Column("kind", lambda row, words: words(f"hours.period.{row['kind']}")),
    *columns("name", "open", "observed"),
)


def _all(answer: Json, words: Words) -> list[str]:
    head = words("hours.in_force" if answer["in_force"] else "hours.not_in_force")
    night = words("night.is_on" if answer["night"]["on"] else "night.is_off")
    lines = [head, night]
    for row in answer["schedules"]:
        lines += ["", *one(*_SCHEDULE)(row, words)]
    return lines


_PARTS: tuple[Argument, ...] = (
    argument("--weekday", action="append", type=_day_hours),
    argument("--keeps-holidays", action=BooleanOptionalAction),
    argument("--instead", action="append", type=_instead),
)
_DATE = argument("day")

COMMANDS = (
    Command("hours show", _show, _all),
    Command("hours switch", _switch, _all, (argument("on_or_off", choices=("on", "off")),)),
    Command("hours add", _add, one(*_SCHEDULE), (argument("label"), *_PARTS)),
    Command("hours change", _change, one(*_SCHEDULE), (argument("id"), argument("--label"), *_PARTS)),
    Command("hours remove", _remove, done("cli.removed"), (argument("id"),)),
    Command("hours assign", _assign, _all, (argument("number"), argument("schedule"))),
    Command(
        "hours days",
        _days,
        listed(*_DAY),
        (argument("--first", default=""), argument("--last", default="")),
    ),
    Command("hours special-day", _special_day, one(*_DAY), (_DATE, argument("name"), argument("--open", default=""))),
    Command(
        "hours holiday",
        _holiday,
        one(*_DAY),
        (_DATE, argument("--name", default=""), argument("--observed", action=BooleanOptionalAction)),
    ),
    Command("hours remove-day", _remove_day, done("cli.removed"), (_DATE, argument("--holiday", action="store_true"))),
    Command(
        "hours at",
        _at,
        one(
            *columns("at"),
            Column("period", lambda row, words: words(f"hours.period.{row['period']}")),
            *columns("why", "gets"),
        ),
        (argument("moment", nargs="?", default=""), argument("--number", default="")),
    ),
    Command("night show", _night, one(*_NIGHT)),
    Command("night on", _night_on, one(*_NIGHT)),
    Command("night off", _night_off, one(*_NIGHT)),
    Command("night until", _night_until, one(*_NIGHT), (argument("moment"),)),
)
