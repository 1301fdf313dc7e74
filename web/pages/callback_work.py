"""Who works on callbacks: assigning them by hand or evenly, taking them back, and how far the work is."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance.access.permissions import allowed
from appliance.callbacks.types import Progress, Wanted
from appliance.core.errors import InvalidInput
from web.callback_query import WAYS, CallbackQuery
from web.callback_words import by_day, by_path, signed_in
from web.filters import local
from web.forms import Form, go, posted, small_number
from web.in_place import Done, submit_in_place, tell_in_place
from web.keys import SERVICES
from web.pages.live_view import person_of
from web.periods import PERIODS
from web.render import render

_MOST = 500


@dataclass(frozen=True)
class Helper:
    """Somebody to whom callbacks may be assigned, and how many they have."""

    login: str
    name: str
    has: int
    signed_in: bool


@dataclass(frozen=True)
class AssignPage:
    """The form that assigns: the chosen ones, or all that are nobody's."""

    form: Form
    ids: str
    chosen: int
    free: int
    helpers: tuple[Helper, ...]


@dataclass(frozen=True)
class ProgressPage:
    """How far the work is, by day."""

    query: CallbackQuery
    periods: tuple[str, ...]
    ways: tuple[str, ...]
    days: tuple[Progress, ...]
    paths: tuple[Progress, ...]
    asked: int
    assigned: int
    done: int
    error: str


async def show_assign(request: web.Request) -> web.Response:
    """Show to whom the chosen callbacks, or those that are nobody's, may be assigned."""
    return await _assign_page(request, Form.of({"ids": request.query.get("ids", "")[:4000]}))


async def assign(request: web.Request) -> web.Response:
    """Assign evenly to whoever is ticked; to one alone is by hand."""
    form = await Form.read(request)
    to = form.many("to")
    if not to:
        form.fail("to", "callbacks.nobody_to_assign_to")

    async def work() -> Done:
        by = person_of(request).user.login
        given = await request.app[SERVICES].callbacks.assign_evenly(_ids(form.text("ids")), to, by)
        return Done("/callbacks", "callbacks.assigned", {"n": len(given)})

    return await submit_in_place(request, form, work, ("to",)) or await _assign_page(request, form)


async def unassign(request: web.Request) -> web.Response:
    """Let the chosen callbacks be nobody's again."""
    ids = _ids((await posted(request)).get("ids", ""))
    freed = await request.app[SERVICES].callbacks.assign(ids, "", person_of(request).user.login)
    done = Done("/callbacks", "callbacks.unassigned", {"n": len(freed)})
    return tell_in_place(request, go(request, done.location), done)


async def show_progress(request: web.Request) -> web.Response:
    """Show, by day, how many callbacks came, were assigned and are done."""
    services, query, error = request.app[SERVICES], CallbackQuery.of({"period": "month", **request.query}), ""
    progress: tuple[Progress, ...] = ()
    now = local(services.clock.now_ms(), str(services.settings.get("office.time_zone")))
    try:
        asked = query.wanted(now, person_of(request).user.login)
        wanted = Wanted(way=asked.way, from_ms=asked.from_ms, to_ms=asked.to_ms)
        progress = await services.callbacks.progress(wanted)
    except InvalidInput as wrong:
        error = wrong.key
    days = by_day(progress)
    sums = (sum(day.asked for day in days), sum(day.assigned for day in days), sum(day.done for day in days))
    page = ProgressPage(query, PERIODS, WAYS, days, by_path(progress), *sums, error)
    return render(request, "callbacks/progress.html", page, status=422 if error else 200)


async def _assign_page(request: web.Request, form: Form) -> web.Response:
    services = request.app[SERVICES]
    waiting, there = services.callbacks.waiting(), signed_in(services)
    helpers = [
        Helper(user.login, user.name, sum(one.assignee == user.login for one in waiting), user.login in there)
        for user in await services.access.users()
        if not user.disabled and allowed(user, "callbacks.work")
    ]
    helpers.sort(key=lambda one: (not one.signed_in, one.name))
    ids = _ids(form.text("ids"))
    page = AssignPage(
        form=form,
        ids=",".join(map(str, ids)),
        chosen=len(ids),
        free=sum(not one.assignee for one in waiting),
        helpers=tuple(helpers),
    )
    return render(request, "callbacks/assign.html", page, status=form.status)


def _ids(text: str) -> tuple[int, ...]:
    found = (small_number(part.strip()) for part in text.split(","))
    return tuple(dict.fromkeys(one for one in found if one is not None))[:_MOST]
