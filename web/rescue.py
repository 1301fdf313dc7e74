"""The way back into the panel for whoever stands at the box and has held its reset button. Knows no other page."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance.core.errors import InvalidInput, SoriboxError
from web.forms import Form, go
from web.keys import SERVICES
from web.render import render
from web.sessions import origin, remember

_FIELDS = ("code", "login", "password")


@dataclass(frozen=True)
class RescuePage:
    """The form; `open`: the button was held within the last quarter of an hour."""

    form: Form
    open: bool


async def show(request: web.Request) -> web.Response:
    """Show the form, or how the way is opened."""
    return _page(request, Form.of())


async def enter(request: web.Request) -> web.Response:
    """Give an admin a new password and sign them in, or say why not."""
    form = await Form.read(request)
    form.required("code")
    password = form.secret("password")
    if not password:
        form.fail("password", "form.required")
    if password != form.secret("again"):
        form.fail("again", "account.passwords_differ")
    if form.errors:
        return _page(request, form)
    try:
        signed_in = await request.app[SERVICES].access.rescue.use(
            form.text("code"), form.text("login"), password, *origin(request)
        )
    except SoriboxError as error:
        place = error.field if isinstance(error, InvalidInput) else "code"
        form.fail(place if place in _FIELDS else "", error.key, **error.params)
        return _page(request, form)
    response = go(request, "/")
    remember(response, request, signed_in.token)
    return response


def _page(request: web.Request, form: Form) -> web.Response:
    is_open = bool(request.app[SERVICES].access.rescue.code)
    return render(request, "rescue/rescue.html", RescuePage(form, is_open), status=form.status)
