"""Callbacks in the words of a page or a sheet: whose, which way, in what state, with what history. Knows no request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliance.access.types import User
from appliance.callbacks.types import Callback, Progress, Step, StepKind, Wanted
from appliance.core.numbers import show
from appliance.crm.types import Customer
from appliance.i18n.catalog import text
from appliance.services import Services
from web.call_words import Names
from web.filters import local
from web.spreadsheet import MOST_ROWS, Cell, Sheet

_AT_ONCE = 500
_COLUMNS = (
    ("first", 17),
    ("last", 17),
    ("number", 18),
    ("name", 18),
    ("way", 16),
    ("group", 14),
    ("asked", 7),
    ("tries", 7),
    ("assignee", 14),
    ("state", 10),
    ("result", 14),
    ("done", 17),
    ("done_by", 18),
    ("note", 50),
)


@dataclass(frozen=True)
class People:
    """What the people and phones of the office are called."""

    logins: dict[str, str]
    names: Names

    @classmethod
    async def of(cls, services: Services) -> People:
        """Ask for everybody's name."""
        users = await services.access.users()
        return cls({user.login: user.name for user in users}, Names.of(services.lines.snapshot()))

    def who(self, name: str) -> str:
        """Return whoever did something: a person by login, an extension, or a program by its own name."""
        return self.logins.get(name) or self.names.extension(name)


def signed_in(services: Services) -> tuple[str, ...]:
    """Return the logins of everybody who is signed in, with a phone or without one."""
    seated = (desk.login for desk in services.agents.desks() if desk.login)
    return tuple(dict.fromkeys((*seated, *(user.login for user in services.agents.without_phone()))))


def called(callback: Callback, customers: dict[str, Customer]) -> str:
    """Return who is to be called back, as far as it is known."""
    customer = customers.get(callback.number)
    return (customer.name or customer.company) if customer is not None else callback.name


def told(step: Step, people: People, language: str) -> str:
    """Return a line of the history in words."""
    about = step.about
    if step.kind in (StepKind.ASSIGNED, StepKind.UNASSIGNED):
        about = people.who(step.about)
    elif about:
        kind = {StepKind.ASKED: "way", StepKind.STATE: "state"}.get(step.kind, "result")
        about = text(language, f"callbacks.{kind}.{about}")
    if step.kind is StepKind.ASKED:
        about = _asked(step, about, language)
    who = people.who(step.who) if step.who else ""
    key = f"callbacks.step.{step.kind}"
    if step.kind is StepKind.DONE and not about:
        key = "callbacks.step.done_plainly"
    return text(language, key, who=who, about=about)


def _asked(step: Step, way: str, language: str) -> str:
    """Return how it was asked for: the way, the steps of a menu, from which number, and whether it was said so."""
    told = [way, step.menu]
    if step.caller:
        told.append(text(language, "callbacks.called_from", number=show(step.caller)))
    if not step.sure:
        told.append(text(language, "callbacks.not_sure"))
    return ", ".join(part for part in told if part)


async def sheet_of(services: Services, wanted: Wanted, language: str) -> Sheet:
    """Return the callbacks that fit as a sheet, the newest first, as many as one may hold."""
    found: list[Callback] = []
    cursor = ""
    while len(found) < MOST_ROWS:
        page, cursor = await services.callbacks.search(wanted, cursor, _AT_ONCE)
        found += page
        if not cursor:
            break
    people = await People.of(services)
    customers = await _customers(services, found)
    zone = str(services.settings.get("office.time_zone"))
    columns = [(text(language, f"callbacks.col.{name}"), width) for name, width in _COLUMNS]
    rows = [_row(one, people, customers, language, zone) for one in found]
    return Sheet(text(language, "callbacks.title"), columns, rows)


async def _customers(services: Services, callbacks: Sequence[Callback]) -> dict[str, Customer]:
    known: dict[str, Customer] = {}
    for start in range(0, len(callbacks), _AT_ONCE):
        known |= await services.customers.for_numbers(one.number for one in callbacks[start : start + _AT_ONCE])
    return known


def _row(one: Callback, people: People, customers: dict[str, Customer], language: str, zone: str) -> tuple[Cell, ...]:
    return (
        local(one.first_ms, zone),
        local(one.last_ms, zone),
        show(one.number),
        called(one, customers),
        text(language, f"callbacks.way.{one.way}"),
        people.names.groups.get(one.group, one.group),
        one.asked,
        one.tries,
        people.who(one.assignee) if one.assignee else "",
        text(language, f"callbacks.state.{one.state}"),
        text(language, f"callbacks.result.{one.result}") if one.result else "",
        local(one.done_ms, zone) if one.done_ms else None,
        people.who(one.done_by) if one.done_by else "",
        one.note,
    )


def by_day(progress: Sequence[Progress]) -> tuple[Progress, ...]:
    """Return progress by day alone, the newest day first; the way is that of the first of the day."""
    days: dict[str, Progress] = {}
    for one in progress:
        known = days.get(one.day)
        if known is None:
            days[one.day] = one
        else:
            sums = (known.asked + one.asked, known.assigned + one.assigned, known.done + one.done)
            days[one.day] = replace(known, asked=sums[0], assigned=sums[1], done=sums[2])
    return tuple(days.values())


def by_path(progress: Sequence[Progress]) -> tuple[Progress, ...]:
    """Return progress by way and steps of a menu, the most asked first."""
    paths: dict[tuple[str, str], Progress] = {}
    for one in progress:
        known = paths.get((one.way, one.menu), replace(one, day="", asked=0, assigned=0, done=0))
        asked, assigned, done = known.asked + one.asked, known.assigned + one.assigned, known.done + one.done
        paths[one.way, one.menu] = replace(known, asked=asked, assigned=assigned, done=done)
    return tuple(sorted(paths.values(), key=lambda one: -one.asked))


def may_work(user: User | None, callback: Callback) -> bool:
    """Say whether a callback is this person's, or anybody's."""
    return callback.assignee in ("", user.login if user is not None else "")
