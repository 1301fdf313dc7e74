"""The call log: the list with its filters, one call with its timeline. The recording's player is `player.py`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from aiohttp import web

from appliance.access.permissions import allowed
from appliance.callbacks.types import Callback
from appliance.calls.call import CallView, Step
from appliance.calls.service import CallPage
from appliance.core.errors import InvalidInput
from appliance.core.numbers import show
from appliance.crm.types import Customer
from appliance.services import Services
from web.call_query import DIRECTIONS, RESULTS, CallQuery
from web.call_words import CallLine, Names, line_of
from web.filters import local
from web.keys import SERVICES
from web.live import Person
from web.pages.call_access import seen_call
from web.pages.call_quality import quality_for
from web.pages.evidence import EvidencePart, evidence_for
from web.pages.line_calls import TakenPart, taken_part
from web.pages.live_view import person_of
from web.pages.player import Player, player_for
from web.periods import PERIODS
from web.quality_words import QualityPart
from web.render import render

PAGE = 50
_NAMED = 200
_PEOPLE = frozenset({"extension", "to", "who"})  # what a line of the timeline says of people, as numbers


@dataclass(frozen=True)
class Row:
    """A line of the list: the call, the customer it was with, how its recording is."""

    call: CallLine
    customer: Customer | None
    recording: str


@dataclass(frozen=True)
class Rows:
    """Some rows, and the address of those after them ("" = no more)."""

    rows: tuple[Row, ...]
    next: str
    may_listen: bool


@dataclass(frozen=True)
class LogPage:
    """The whole page."""

    query: CallQuery
    periods: tuple[str, ...]
    directions: tuple[str, ...]
    results: tuple[str, ...]
    extensions: tuple[tuple[str, str], ...]
    error: str
    list: Rows


@dataclass(frozen=True)
class Told:
    """A line of the timeline, its placeholders already in words."""

    at_ms: int
    after_ms: int
    key: str
    params: dict[str, object]


@dataclass(frozen=True)
class CallPageContext:
    """One call."""

    call: CallLine
    customer: Customer | None
    trunk: str
    cause: str
    cause_key: str
    ended_by_key: str
    steps: tuple[Told, ...]
    player: Player
    quality: QualityPart
    callback: Callback | None
    evidence: EvidencePart | None
    taken: TakenPart | None
    called_back_by: str  # "name (101)", or the person or program that says so


async def show_log(request: web.Request) -> web.Response:
    """Show the list, or only its rows when the filters were changed in the page."""
    services, person = request.app[SERVICES], person_of(request)
    query, error = CallQuery.of(request.query), ""
    try:
        rows = await _rows(services, person, query, request.query.get("cursor", ""))
    except InvalidInput as wrong:
        rows, error = Rows((), "", may_listen=False), wrong.key
    names = Names.of(services.lines.snapshot())
    page = LogPage(
        query, PERIODS, DIRECTIONS, RESULTS, tuple((n, names.extension(n)) for n in names.extensions), error, rows
    )
    return render(request, "calls/log.html", page, status=422 if error else 200)


async def more(request: web.Request) -> web.Response:
    """Show the next rows of a list."""
    services, query = request.app[SERVICES], CallQuery.of(request.query)
    rows = await _rows(services, person_of(request), query, request.query.get("cursor", ""))
    return render(request, "calls/rows.html", rows)


async def row(request: web.Request) -> web.Response:
    """Show one call's row as it is now; the list asks when it hears that the call has changed."""
    services, person = request.app[SERVICES], person_of(request)
    call = await seen_call(request)
    rows = await _filled(services, person, (call,))
    return render(request, "calls/rows.html", Rows(rows, "", allowed(person.user, "recordings.listen")))


async def show_call(request: web.Request) -> web.Response:
    """Show one call: who, when, what happened, its recording."""
    services, person = request.app[SERVICES], person_of(request)
    call = await seen_call(request)
    names = Names.of(services.lines.snapshot())
    line = line_of(call, names)
    customer, steps, player, quality, callback, evidence = await asyncio.gather(
        services.customers.for_number(line.number),
        services.calls.timeline(call.id),
        player_for(services, person, call),
        quality_for(request, call.id, names),
        services.callbacks.of_call(call.id),
        evidence_for(services, person, call),
    )
    page = CallPageContext(
        call=line,
        customer=customer,
        trunk=names.trunks.get(call.trunk, call.trunk),
        cause="" if call.cause.startswith("call.cause.") else call.cause,
        cause_key=call.cause if call.cause.startswith("call.cause.") else "",
        ended_by_key=f"call.ended_by.{call.ended_by}" if call.ended_by and call.answered_ms else "",
        steps=tuple(_told(step, call, names) for step in steps),
        player=player,
        quality=quality,
        callback=callback,
        evidence=evidence,
        taken=taken_part(services, person, call, names),
        called_back_by=names.extension(callback.done_by) if callback is not None else "",
    )
    return render(request, "calls/call.html", page)


async def _rows(services: Services, person: Person, query: CallQuery, cursor: str) -> Rows:
    page = await _found(services, person, query, cursor)
    rows = await _filled(services, person, page.calls)
    address = "&".join(part for part in (query.address, f"cursor={page.next_cursor}") if part)
    return Rows(rows, address if page.next_cursor else "", allowed(person.user, "recordings.listen"))


async def _found(services: Services, person: Person, query: CallQuery, cursor: str) -> CallPage:
    numbers: tuple[str, ...] = ()
    if query.text and not query.digits:
        named = await services.customers.search(query.text, limit=_NAMED)
        numbers = tuple(number for customer in named for number in customer.numbers)
        if not numbers:
            return CallPage((), "")
    if not allowed(person.user, "calls.see_all"):
        own = services.agents.extension_of(person.user)
        if not own or query.extension not in ("", own):
            return CallPage((), "")
        query = replace(query, extension=own)
    now = local(services.clock.now_ms(), str(services.settings.get("office.time_zone")))
    return await services.calls.search(query.filter(now, numbers), cursor, PAGE)


async def _filled(services: Services, person: Person, calls: tuple[CallView, ...]) -> tuple[Row, ...]:
    names = Names.of(services.lines.snapshot())
    lines = tuple(line_of(call, names) for call in calls)
    customers, recordings = await asyncio.gather(
        services.customers.for_numbers([line.number for line in lines]),
        services.recordings.many([call.id for call in calls]),
    )
    return tuple(
        Row(
            line,
            customers.get(line.number),
            str(recordings[line.id].state) if line.id in recordings else line.recording,
        )
        for line in lines
    )


def _told(step: Step, call: CallView, names: Names) -> Told:
    """Return a step with its numbers as people write them; what is itself a text stays a key for the template."""
    params = dict(step.params)
    if params.get("number") == show(call.number) and (label := names.lines.get(call.number)):
        params["number"] = f"{label} {params['number']}"
    for name in _PEOPLE & params.keys():
        params[name] = names.extension(str(params[name]))
    return Told(step.at_ms, step.at_ms - call.started_ms, step.key, params)
