"""The first page of a new box: proves by the set-up code that one stands before it, makes the first admin.

After that this page leads away: there is no second first time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from appliance.access.types import SetUpForm
from appliance.core.errors import Conflict, InvalidInput, NotAllowed, SoriboxError, TooManyAttempts
from appliance.i18n.catalog import LANGUAGES, text
from web.filters import known_zones
from web.forms import Form, go
from web.keys import SERVICES, VISITOR
from web.render import render
from web.sessions import origin, remember, remember_language

if TYPE_CHECKING:
    from appliance.access.types import SignedIn

AREA_CODES = (
    "02", "031", "032", "033", "041", "042", "043", "044", "051", "052", "053", "054", "055", "061", "062",
    "063", "064",
)  # fmt: skip

# Offered first; any other zone may be typed.
TIME_ZONES = (
    "Asia/Seoul",
    "Asia/Tokyo",
    "Asia/Shanghai",
    "Asia/Ho_Chi_Minh",
    "Europe/Berlin",
    "America/New_York",
    "UTC",
)

_FIELDS = ("code", "login", "name", "password", "again", "office_name", "language", "time_zone", "area_code")


@dataclass(frozen=True)
class FirstRunPage:
    """The wizard."""

    form: Form
    area_codes: tuple[tuple[str, str], ...]
    time_zones: tuple[str, ...] = TIME_ZONES


def area_choices(language: str) -> tuple[tuple[str, str], ...]:
    """Return the area codes with their regions, for a select field."""
    return tuple((code, f"{code} {text(language, f'number.region.{code}')}") for code in AREA_CODES)


async def show(request: web.Request) -> web.Response:
    """Show the wizard."""
    if request.app[SERVICES].access.set_up_done:
        return go(request, "/")
    language = request[VISITOR].language
    form = Form.of(
        {"language": language, "time_zone": "Asia/Seoul", "area_code": "02", "code": request.query.get("code")}
    )
    return render(request, "first_run/first_run.html", FirstRunPage(form, area_choices(request[VISITOR].language)))


async def finish(request: web.Request) -> web.Response:
    """Set the box up and sign the new admin in."""
    if request.app[SERVICES].access.set_up_done:
        return go(request, "/")
    form = await Form.read(request)
    entered = _read(form)
    signed_in = None if form.errors else await _set_up(request, form, entered)
    if signed_in is None:
        return render(
            request,
            "first_run/first_run.html",
            FirstRunPage(form, area_choices(request[VISITOR].language)),
            status=form.status,
        )
    response = go(request, "/")
    remember(response, request, signed_in.token)
    remember_language(response, request, entered.language)
    return response


def _read(form: Form) -> SetUpForm:
    for name in ("code", "login", "name", "password", "office_name"):
        form.required(name)
    if form.secret("password") != form.secret("again"):
        form.fail("again", "account.passwords_differ")
    time_zone = form.required("time_zone")
    if time_zone and time_zone not in known_zones():
        form.fail("time_zone", "first_run.time_zone_unknown")
    return SetUpForm(
        login=form.text("login"),
        name=form.text("name"),
        password=form.secret("password"),
        office_name=form.text("office_name"),
        language=form.choice("language", LANGUAGES),
        time_zone=time_zone,
        area_code=form.choice("area_code", AREA_CODES),
    )


async def _set_up(request: web.Request, form: Form, entered: SetUpForm) -> SignedIn | None:
    try:
        return await request.app[SERVICES].access.set_up(form.text("code"), entered, *origin(request))
    except SoriboxError as error:
        form.fail(_place(error), error.key, **error.params)
        return None


def _place(error: SoriboxError) -> str:
    """Return the field beside which an error belongs; one that names none, but is about being let in, is the code's."""
    if isinstance(error, (NotAllowed, TooManyAttempts)):
        return "code"
    place = error.field if isinstance(error, (InvalidInput, Conflict)) else ""
    return place if place in _FIELDS else ""
