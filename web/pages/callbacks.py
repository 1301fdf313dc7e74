"""Callbacks: the list that is worked through by keys, one of them with its history, and that it is finished."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from appliance.access.permissions import allowed
from appliance.callbacks.types import OPEN, Callback, Result, State, Wanted
from appliance.core.errors import InvalidInput, NotFound
from appliance.core.numbers import show as shown
from appliance.crm.types import Customer
from web.callback_query import MINE, NOBODY, WAYS, WHICH, CallbackQuery
from web.callback_words import People, called, may_work, sheet_of, told
from web.filters import local
from web.forms import Form, go, small_number, tell
from web.in_place import Done, submit_in_place, tell_in_place
from web.keys import SERVICES, VISITOR
from web.noting import noted
from web.pages.live_view import person_of
from web.periods import PERIODS
from web.render import render
from web.spreadsheet import spreadsheet_response

PAGE = 100
_NAMED = 200
RESULTS = tuple(result.value for result in Result if result)


@dataclass(frozen=True)
class Line:
    """A line of the list."""

    callback: Callback
    customer: Customer | None
    name: str
    group: str
    assignee: str
    may_take: bool


@dataclass(frozen=True)
class ListPage:
    """The whole list. `me` is the login of whoever looks."""

    query: CallbackQuery
    periods: tuple[str, ...]
    which: tuple[str, ...]
    ways: tuple[str, ...]
    assignees: tuple[tuple[str, str], ...]
    mine: str
    nobody: str
    lines: tuple[Line, ...]
    next: str
    error: str
    may_assign: bool
    may_export: bool


@dataclass(frozen=True)
class Told:
    """A line of the history, in words."""

    at_ms: int
    text: str
    call: str


@dataclass(frozen=True)
class DetailsPage:
    """One callback."""

    line: Line
    history: tuple[Told, ...]
    states: tuple[State, ...]
    form: Form
    done_by: str


@dataclass(frozen=True)
class FinishPage:
    """The form that finishes one, or all of a customer."""

    form: Form
    callback: Callback
    who: str
    others: int
    results: tuple[str, ...]


async def show(request: web.Request) -> web.Response:
    """Show the list; the live channel has the page ask again when anything of it has changed."""
    services, person = request.app[SERVICES], person_of(request)
    query, error = CallbackQuery.of(request.query), ""
    lines: tuple[Line, ...] = ()
    cursor = ""
    try:
        found, cursor = await _found(request, query)
        lines = await lines_of(request, found)
    except InvalidInput as wrong:
        error = wrong.key
    address = "&".join(part for part in (query.address, f"cursor={cursor}") if part)
    users = await services.access.users()
    page = ListPage(
        query=query,
        periods=PERIODS,
        which=WHICH,
        ways=WAYS,
        assignees=tuple((user.login, user.name) for user in users if not user.disabled),
        mine=MINE,
        nobody=NOBODY,
        lines=lines,
        next=address if cursor else "",
        error=error,
        may_assign=allowed(person.user, "callbacks.assign"),
        may_export=allowed(person.user, "callbacks.export"),
    )
    return render(request, "callbacks/list.html", page, status=422 if error else 200)


async def export(request: web.Request) -> web.Response:
    """Give what the list shows as a spreadsheet."""
    wanted = await _wanted(request, CallbackQuery.of(request.query))
    if wanted is None:
        raise NotFound("callbacks.empty")
    sheet = await sheet_of(request.app[SERVICES], wanted, request[VISITOR].language)
    await noted(request, "callbacks_exported", str(len(sheet.rows)))
    return await spreadsheet_response("callbacks.xlsx", sheet)


async def show_one(request: web.Request) -> web.Response:
    """Show one callback with its history."""
    callback = await callback_of(request)
    return await _details(request, callback, Form.of({"note": callback.note, "state": callback.state.value}))


async def change(request: web.Request) -> web.Response:
    """Keep a callback's state and note."""
    callback, form = await callback_of(request), await Form.read(request)
    state = form.choice("state", tuple(State)) if callback.is_open else ""
    by = person_of(request).user.login

    async def work() -> Done:
        wanted = State(state) if state else None
        await request.app[SERVICES].callbacks.change(callback.id, by, state=wanted, note=form.text("note"))
        return Done("/callbacks", "callbacks.saved", {})

    known = ("state", "note")
    return await submit_in_place(request, form, work, known) or await _details(request, callback, form)


async def take(request: web.Request) -> web.Response:
    """Let whoever asks have a callback that is nobody's."""
    callback = await callback_of(request)
    taken = await request.app[SERVICES].callbacks.take(callback.id, person_of(request).user.login)
    who, _ = await _who(request, taken)
    done = Done("/callbacks", "callbacks.took", {"who": who})
    return tell_in_place(request, go(request, done.location), done)


async def show_finish(request: web.Request) -> web.Response:
    """Show the form that finishes a callback."""
    callback = await callback_of(request)
    result = Result.NOT_REACHED if callback.tries else Result.REACHED
    form = Form.of({"result": callback.result or result.value, "note": callback.note})
    return await _finish_page(request, callback, form)


async def finish(request: web.Request) -> web.Response:
    """Finish a callback, and with it all of the same customer when that is ticked."""
    callback, form = await callback_of(request), await Form.read(request)
    result = Result(form.choice("result", RESULTS))
    services, by = request.app[SERVICES], person_of(request).user.login

    async def work() -> Done:
        note = form.text("note")
        await services.callbacks.done(callback.id, by, result, note)
        who, customer = await _who(request, callback)
        if form.flag("all"):
            await services.callbacks.done_all(customer.numbers if customer else (), by, result, note)
        return Done("/callbacks", "callbacks.finished", {"who": who})

    known = ("result", "note")
    return await submit_in_place(request, form, work, known) or await _finish_page(request, callback, form)


async def finish_of_customer(request: web.Request) -> web.Response:
    """Finish all callbacks of a customer."""
    services = request.app[SERVICES]
    customer = await services.customers.customer(small_number(request.match_info["customer"]) or 0)
    done = await services.callbacks.done_all(customer.numbers, person_of(request).user.login)
    tell(request, "callbacks.finished_all", n=len(done))
    return go(request, f"/customers/{customer.id}")


# ---------------------------------------------------------------------------------------------------------- inside


async def callback_of(request: web.Request) -> Callback:
    """Return the callback of the address. Raises NotFound."""
    wanted = small_number(request.match_info["callback"])
    if wanted is None:
        raise NotFound("callbacks.not_found")
    return await request.app[SERVICES].callbacks.callback(wanted)


async def lines_of(request: web.Request, callbacks: Sequence[Callback]) -> tuple[Line, ...]:
    """Return callbacks as lines of a list."""
    services, user = request.app[SERVICES], person_of(request).user
    people, customers = await asyncio.gather(
        People.of(services), services.customers.for_numbers([one.number for one in callbacks])
    )
    return tuple(
        Line(
            one,
            customers.get(one.number),
            called(one, customers),
            people.names.groups.get(one.group, one.group),
            people.who(one.assignee) if one.assignee else "",
            may_take=one.is_open and not one.assignee and may_work(user, one),
        )
        for one in callbacks
    )


async def _who(request: web.Request, callback: Callback) -> tuple[str, Customer | None]:
    """Return who it is, as the list says (the number where nobody is known), and the customer."""
    customers = await request.app[SERVICES].customers.for_numbers((callback.number,))
    return called(callback, customers) or shown(callback.number), customers.get(callback.number)


async def _found(request: web.Request, query: CallbackQuery) -> tuple[tuple[Callback, ...], str]:
    wanted = await _wanted(request, query)
    if wanted is None:
        return (), ""
    return await request.app[SERVICES].callbacks.search(wanted, request.query.get("cursor", ""), PAGE)


async def _wanted(request: web.Request, query: CallbackQuery) -> Wanted | None:
    """Return what the service is asked; None when nobody has the name that was entered."""
    services, numbers = request.app[SERVICES], tuple[str, ...]()
    if query.by_name:
        named = await services.customers.search(query.text, limit=_NAMED)
        numbers = tuple(number for customer in named for number in customer.numbers)
        if not numbers:
            return None
    now = local(services.clock.now_ms(), str(services.settings.get("office.time_zone")))
    return query.wanted(now, person_of(request).user.login, numbers)


async def _details(request: web.Request, callback: Callback, form: Form) -> web.Response:
    services = request.app[SERVICES]
    (line,), people, steps = await asyncio.gather(
        lines_of(request, (callback,)), People.of(services), services.callbacks.history(callback.id)
    )
    language = request[VISITOR].language
    page = DetailsPage(
        line,
        tuple(Told(step.at_ms, told(step, people, language), step.call) for step in steps),
        OPEN,
        form,
        people.who(callback.done_by) if callback.done_by else "",
    )
    return render(request, "callbacks/details.html", page, status=form.status)


async def _finish_page(request: web.Request, callback: Callback, form: Form) -> web.Response:
    services = request.app[SERVICES]
    who, customer = await _who(request, callback)
    numbers = customer.numbers if customer is not None else ()
    others = sum(one.number in numbers and one.id != callback.id for one in services.callbacks.waiting())
    return render(
        request, "callbacks/finish.html", FinishPage(form, callback, who, others, RESULTS), status=form.status
    )
