"""Callers who do not behave: who was warned, by whom, how often; what is said; how long that counts."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance.abuse.service import Count, Incident, Wording
from appliance.core.errors import NotFound
from appliance.i18n.catalog import LANGUAGES
from appliance.store.settings import DECLARED
from web.announcements import Choice, OfficeAnnouncements
from web.call_words import Names
from web.forms import Form, small_number, submit, tell
from web.keys import SERVICES
from web.live_customers import LiveCustomers
from web.parts import CUSTOMERS
from web.render import render

_PAGE = 50
_DAYS = 30
_WHOLE = {
    "warned_days": "calls.warned_days",
    "keep_days": "evidence.keep_days",
    "rest_minutes": "agents.rest_minutes",
    "long_notice_minutes": "calls.long_notice_minutes",
    "long_end_minutes": "calls.long_end_minutes",
}
_APART = "calls.warned_apart"


@dataclass(frozen=True)
class Row:
    """One incident; `who` is the caller's name as far as it is known, `agent` who sat at the desk."""

    incident: Incident
    who: str
    agent: str


@dataclass(frozen=True)
class RegisterPage:
    """The page `abuse/register.html`. `next_before` leads to older incidents; 0: there are none."""

    rows: tuple[Row, ...]
    next_before: int
    agents: tuple[tuple[Count, str], ...]
    callers: tuple[Count, ...]
    days: int
    fresh: int


@dataclass(frozen=True)
class WordingsPage:
    """The page `abuse/wordings.html`."""

    form: Form
    wordings: tuple[Wording, ...]
    sounds: tuple[Choice, ...]
    languages: tuple[str, ...] = LANGUAGES


async def show(request: web.Request) -> web.Response:
    """Show the incidents, the newest first, and note that somebody has looked at them."""
    services = request.app[SERVICES]
    register, fresh = services.abuse.register, services.abuse.register.unseen
    before = small_number(request.query.get("before", "")) or 0
    found = await register.search(before=before, limit=_PAGE + 1)
    agents, callers = (
        await register.counts(by_caller=False, days=_DAYS),
        await register.counts(by_caller=True, days=_DAYS),
    )
    people = await _people(request)
    rows = tuple(_row(request, one, people) for one in found[:_PAGE])
    following = found[_PAGE - 1].id if len(found) > _PAGE else 0
    named = tuple((one, people.get(one.who, one.who)) for one in agents)
    page = RegisterPage(rows, following, named, tuple(one for one in callers if one.who), _DAYS, fresh)
    await register.see()
    return render(request, "abuse/register.html", page)


async def _people(request: web.Request) -> dict[str, str]:
    """Return the names of people by their logins, and of phones by their numbers."""
    services = request.app[SERVICES]
    names = Names.of(services.lines.snapshot())
    phones = {number: names.extension(number) for number in names.extensions}
    return phones | {user.login: user.name for user in await services.access.users()}


def _row(request: web.Request, incident: Incident, people: dict[str, str]) -> Row:
    customers: LiveCustomers = request.app[CUSTOMERS]
    customer = customers.get(incident.number) if incident.number else None
    who = (customer.name or customer.company) if customer is not None else ""
    sat_there = incident.login or incident.extension
    return Row(incident, who, people.get(sat_there, sat_there))


async def show_wordings(request: web.Request) -> web.Response:
    """Show what is said, and the settings."""
    return _wordings(request, _stored(request))


async def choose(request: web.Request) -> web.Response:
    """Let an announcement of the office stand for one of the box's."""
    form, name = await Form.read(request), request.match_info["wording"]

    async def work() -> str:
        abuse = request.app[SERVICES].abuse
        await abuse.choose_wording(name, form.text("language"), form.text("announcement"))
        tell(request, "panel.saved")
        return "/abuse/wordings"

    done = await submit(request, form, work)
    if done is not None:
        return done
    whole = _stored(request)
    whole.errors.update(form.errors)
    return _wordings(request, whole)


async def save(request: web.Request) -> web.Response:
    """Keep the settings, all or none."""
    form = await Form.read(request)
    values: dict[str, int | bool] = {key: form.whole(field, *_between(key)) for field, key in _WHOLE.items()}
    values[_APART] = form.flag("warned_apart")
    if values["calls.long_end_minutes"] and values["calls.long_end_minutes"] <= values["calls.long_notice_minutes"]:
        form.fail("long_end_minutes", "abuse.end_before_notice")

    async def work() -> str:
        await request.app[SERVICES].settings.set(**values)
        tell(request, "panel.saved")
        return "/abuse/wordings"

    return await submit(request, form, work, known=(*_WHOLE, "warned_apart")) or _wordings(request, form)


def _between(key: str) -> tuple[int, int]:
    return DECLARED[key].between or (0, 0)


def _stored(request: web.Request) -> Form:
    settings = request.app[SERVICES].settings
    values = {field: settings.get(key) for field, key in _WHOLE.items()}
    return Form.of(values | {"warned_apart": settings.get(_APART)})


def _wordings(request: web.Request, form: Form) -> web.Response:
    services = request.app[SERVICES]
    sounds = OfficeAnnouncements(services.announcements).choices()
    page = WordingsPage(form, services.abuse.wordings.all(), sounds)
    return render(request, "abuse/wordings.html", page, status=form.status)


async def sound(request: web.Request) -> web.Response:
    """Send the browser to the sound of a wording, as it is played now."""
    name, language = request.match_info["wording"], request.match_info["language"]
    announcement = request.app[SERVICES].abuse.wordings.id(name, language)
    if not announcement:
        raise NotFound("call.no_such_announcement")
    raise web.HTTPSeeOther(f"/announcements/{announcement}/sound")
