"""Recalls: calls that were promised. Made from a call, a customer, a callback or a card; worked through by keys."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

from aiohttp import web

from appliance.access.permissions import allowed
from appliance.core.errors import NotFound
from appliance.core.numbers import show as shown
from appliance.crm.types import Customer
from appliance.recalls.service import draft_of
from appliance.recalls.types import Recall, RecallDraft, Result, Wanted
from web.call_words import Names, may_see
from web.filters import local, zone
from web.forms import Form, go, posted, small_number
from web.in_place import Done, submit_in_place, tell_in_place
from web.keys import SERVICES
from web.pages.live_view import person_of
from web.render import render

PAGE = 100
_ALL = "recalls.see_all"
_FIELDS = ("at", "agent", "number", "name", "note")
WHICH = ("open", "done", "all")
RESULTS = tuple(result.value for result in Result if result)
_MINUTES, _HOURS = (10, 30), (1, 2)
_AT = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True)
class Line:
    """A line of the list."""

    recall: Recall
    customer: Customer | None
    agent: str
    late: bool


@dataclass(frozen=True)
class ListPage:
    """The list. `whose` is "mine" or "everybody"."""

    which: str
    choices: tuple[str, ...]
    whose: str
    may_see_all: bool
    lines: tuple[Line, ...]
    next: str


@dataclass(frozen=True)
class EditPage:
    """The form of a recall; `recall` is None for a new one. `quick` are moments with their words."""

    form: Form
    recall: Recall | None
    agents: tuple[tuple[str, str], ...]
    quick: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class FinishPage:
    """The form that finishes a recall."""

    form: Form
    recall: Recall
    results: tuple[str, ...]


async def show(request: web.Request) -> web.Response:
    """Show what was promised, the next first; what is done, the last first."""
    services, user = request.app[SERVICES], person_of(request).user
    which = request.query.get("state", "open")
    which = which if which in WHICH else "open"
    see_all = allowed(user, _ALL)
    whose = "everybody" if see_all and request.query.get("whose") == "everybody" else "mine"
    wanted = Wanted(state="" if which == "all" else which, agent=user.login if whose == "mine" else "")
    cursor = request.query.get("cursor", "")
    found, cursor = await services.recalls.search(wanted, cursor, PAGE, latest_first=which != "open")
    address = f"state={which}&whose={whose}&cursor={cursor}" if cursor else ""
    page = ListPage(which, WHICH, whose, see_all, await _lines(request, found), address)
    return render(request, "recalls/list.html", page)


async def show_new(request: web.Request) -> web.Response:
    """Show the form of a new recall; the address may say for which number, customer or call it is."""
    services, user = request.app[SERVICES], person_of(request).user
    number, name = request.query.get("number", "")[:40], request.query.get("name", "")[:60]
    call_id = request.query.get("call", "")[:64]
    if call_id:
        call = await services.calls.call(call_id)
        names = Names.of(services.lines.snapshot())
        if not may_see(user, services.agents.extension_of(user), call, names):
            raise NotFound("call.not_found")
        number = call.far_number
    customer = await _customer(request, number)
    if customer is not None:
        number, name = number or next(iter(customer.numbers), ""), customer.name or customer.company
    at = local(services.clock.now_ms() + 3_600_000, _zone(request)).replace(minute=0)
    values = {"at": at.strftime(_AT), "agent": user.login, "number": shown(number) if number else "", "name": name}
    return await _edit(request, Form.of({**values, "note": "", "call": call_id}), None)


async def add(request: web.Request) -> web.Response:
    """Promise a call."""
    form = await Form.read(request)
    draft, by = _draft(request, form), person_of(request).user.login

    async def work() -> Done:
        made = await request.app[SERVICES].recalls.add(draft, by)
        when = local(made.at_ms, _zone(request)).strftime("%m-%d %H:%M")
        return Done("/recalls", "recalls.saved", {"when": when, "who": made.name or shown(made.number)})

    return await submit_in_place(request, form, work, _FIELDS) or await _edit(request, form, None)


async def show_change(request: web.Request) -> web.Response:
    """Show the form of a recall."""
    recall = await _recall(request)
    values = {"agent": recall.agent, "number": shown(recall.number), "name": recall.name, "note": recall.note}
    at = local(recall.at_ms, _zone(request)).strftime(_AT)
    return await _edit(request, Form.of({**values, "at": at, "call": recall.call}), recall)


async def change(request: web.Request) -> web.Response:
    """Change what was promised."""
    recall, form = await _recall(request), await Form.read(request)
    draft = _draft(request, form)
    if draft.at_ms // 60_000 == recall.at_ms // 60_000:  # the form knows no seconds
        draft = replace(draft, at_ms=recall.at_ms)

    async def work() -> Done:
        await request.app[SERVICES].recalls.change(recall.id, replace(draft, call=draft_of(recall).call))
        return Done("/recalls", "callbacks.saved", {})

    return await submit_in_place(request, form, work, _FIELDS) or await _edit(request, form, recall)


async def put_off(request: web.Request) -> web.Response:
    """Have whoever promised reminded again in some minutes."""
    recall = await _recall(request)
    minutes = small_number((await posted(request)).get("minutes", "")) or 10
    await request.app[SERVICES].recalls.put_off(recall.id, minutes)
    done = Done("/recalls", "recalls.put_off_done", {"n": minutes})
    return tell_in_place(request, go(request, done.location), done)


async def show_finish(request: web.Request) -> web.Response:
    """Show the form that finishes a recall."""
    form = Form.of({"result": Result.REACHED.value, "note": ""})
    return _finish_page(request, await _recall(request), form)


async def finish(request: web.Request) -> web.Response:
    """Finish a recall."""
    recall, form = await _recall(request), await Form.read(request)
    result = Result(form.choice("result", RESULTS))

    async def work() -> Done:
        by = person_of(request).user.login
        await request.app[SERVICES].recalls.done(recall.id, by, result, form.text("note"))
        return Done("/recalls", "recalls.finished", {})

    return await submit_in_place(request, form, work, ("result", "note")) or _finish_page(request, recall, form)


# ---------------------------------------------------------------------------------------------------------- inside


async def _recall(request: web.Request) -> Recall:
    """Return the recall of the address. Raises NotFound, also for one that is none of this person's."""
    user, wanted = person_of(request).user, small_number(request.match_info["recall"])
    recall = await request.app[SERVICES].recalls.recall(wanted or 0)
    if not allowed(user, _ALL) and user.login not in (recall.agent, recall.made_by):
        raise NotFound("recalls.not_found")
    return recall


async def _lines(request: web.Request, recalls: tuple[Recall, ...]) -> tuple[Line, ...]:
    services = request.app[SERVICES]
    customers = await services.customers.for_numbers([one.number for one in recalls])
    names = {user.login: user.name for user in await services.access.users()}
    now = services.clock.now_ms()
    return tuple(
        Line(
            one,
            customers.get(one.number),
            names.get(one.agent, one.agent),
            late=one.state == "open" and one.at_ms <= now,
        )
        for one in recalls
    )


async def _customer(request: web.Request, number: str) -> Customer | None:
    """Return the customer of the address, or whose number it is."""
    customers = request.app[SERVICES].customers
    if (wanted := small_number(request.query.get("customer", ""))) is not None:
        return await customers.customer(wanted)
    return await customers.for_number(number) if number else None


def _draft(request: web.Request, form: Form) -> RecallDraft:
    """Return what was entered; a time that is none is noted beside its field."""
    at_ms = 0
    try:
        at = datetime.datetime.fromisoformat(form.required("at")).replace(tzinfo=zone(_zone(request)))
        at_ms = int(at.timestamp() * 1000)
    except (ValueError, OverflowError):
        form.fail("at", "recalls.bad_time")
    texts = (form.text(name) for name in ("agent", "number", "name", "note", "call"))
    return RecallDraft(at_ms, *texts)


async def _edit(request: web.Request, form: Form, recall: Recall | None) -> web.Response:
    services = request.app[SERVICES]
    agents = tuple((user.login, user.name) for user in await services.access.users() if not user.disabled)
    now = services.clock.now_ms()
    quick = [(_local(request, now + n * 60_000), "in_minutes", n) for n in _MINUTES]
    quick += [(_local(request, now + n * 3_600_000), "in_hours", n) for n in _HOURS]
    tomorrow = local(now + 86_400_000, _zone(request)).replace(hour=9, minute=0)
    quick.append((tomorrow.strftime(_AT), "tomorrow", 0))
    return render(request, "recalls/edit.html", EditPage(form, recall, agents, tuple(quick)), status=form.status)


def _finish_page(request: web.Request, recall: Recall, form: Form) -> web.Response:
    return render(request, "recalls/finish.html", FinishPage(form, recall, RESULTS), status=form.status)


def _local(request: web.Request, ms: int) -> str:
    return local(ms, _zone(request)).strftime(_AT)


def _zone(request: web.Request) -> str:
    return str(request.app[SERVICES].settings.get("office.time_zone"))
