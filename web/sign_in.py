"""Signing in and out, with a phone or without. Knows no other page."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from appliance.access.types import SignedIn
from appliance.agents.service import Occupied
from appliance.core.errors import InvalidInput, NotAllowed, NotFound, SoriboxError, TooManyAttempts
from web.forms import Form, go, inner_path
from web.keys import SERVICES, VISITOR
from web.render import render
from web.seat_choice import WITH, WITHOUT, Choice, oneself, remember_choice, remembered
from web.sessions import forget, origin, remember

log = logging.getLogger(__name__)

_LOGIN, _PASSWORD = "login", "password"
_LONGEST_EXTENSION = 4


@dataclass(frozen=True)
class SignInPage:
    """The sign-in page. `wait` = seconds until the next attempt, 0 = now; `rescue`: the box's code is told now."""

    form: Form
    next: str
    wait: int = 0
    rescue: bool = False


@dataclass(frozen=True)
class LinkPage:
    """A sign-in link was opened; using it takes a click, so that a program that only previews links does not."""

    form: Form
    token: str


async def show(request: web.Request) -> web.Response:
    """Show the sign-in page; somebody who is signed in already goes on."""
    wanted = inner_path(request.query.get("next", "/"))
    if request[VISITOR].user is not None:
        return go(request, wanted)
    choice = remembered(request)
    form = Form.of({"phone": choice.phone, "extension": choice.extension})
    return render(request, "sign_in/sign_in.html", SignInPage(form, wanted, rescue=_rescue(request)))


async def enter(request: web.Request) -> web.Response:
    """Sign in, or say why not; the words do not tell whether the login exists."""
    form = await Form.read(request)
    wanted, wait = inner_path(form.text("next")), 0
    login, password = form.required(_LOGIN), form.secret(_PASSWORD)
    if not password:
        form.fail(_PASSWORD, "form.required")
    if not form.errors:
        try:
            signed_in = await request.app[SERVICES].access.sign_in(login, password, *origin(request))
        except TooManyAttempts as error:
            wait = error.seconds
            form.fail("", error.key, **error.params)
        except NotAllowed as error:
            form.fail("", error.key, **error.params)
        else:
            return await _enter(request, form, signed_in, wanted)
    response = render(
        request,
        "sign_in/sign_in.html",
        SignInPage(form, wanted, wait, _rescue(request)),
        status=429 if wait else form.status,
    )
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _rescue(request: web.Request) -> bool:
    return bool(request.app[SERVICES].access.rescue.code)


async def _enter(request: web.Request, form: Form, signed_in: SignedIn, wanted: str) -> web.Response:
    """Let somebody in who has proved who they are, and sit them down as they chose."""
    phone, extension = form.text("phone"), form.text("extension")
    choice = Choice(phone, extension if phone == WITH and extension != signed_in.user.extension else "")
    location = await _take_seat(request, choice, signed_in, wanted) if phone in (WITH, WITHOUT) else wanted
    response = go(request, location)
    remember(response, request, signed_in.token)
    if phone in (WITH, WITHOUT) and len(choice.extension) <= _LONGEST_EXTENSION:
        remember_choice(response, request, choice)
    return response


async def _take_seat(request: web.Request, choice: Choice, signed_in: SignedIn, wanted: str) -> str:
    """Sit somebody down; return where to go. What cannot be done is asked on the page of seats."""
    user, agents = signed_in.user, request.app[SERVICES].agents
    extension = (choice.extension or user.extension) if choice.phone == WITH else ""
    try:
        await agents.sit(user, extension, oneself(user, request), token=signed_in.token)
    except (Occupied, InvalidInput):
        return f"/seat?extension={quote(extension[:10])}&next={quote(wanted, safe='')}"
    except SoriboxError as error:
        log.warning("somebody who signed in could not be seated: %s", error)
    return wanted


async def show_link(request: web.Request) -> web.Response:
    """Show the button that uses a one-time link."""
    return render(request, "sign_in/link.html", LinkPage(Form.of(), request.match_info["token"]))


async def enter_by_link(request: web.Request) -> web.Response:
    """Sign in by a one-time link."""
    token = request.match_info["token"]
    try:
        signed_in = await request.app[SERVICES].access.sign_in_by_link(token, *origin(request))
    except (NotAllowed, NotFound) as error:
        form = Form.of()
        form.fail("", error.key, **error.params)
        return render(request, "sign_in/link.html", LinkPage(form, token), status=error.status)
    response = go(request, "/")
    remember(response, request, signed_in.token)
    return response


async def leave(request: web.Request) -> web.Response:
    """End the session, on this browser and in the box."""
    visitor = request[VISITOR]
    if visitor.token:
        await request.app[SERVICES].access.sign_out(visitor.token, request.remote or "")
    response = go(request, "/sign-in")
    forget(response, request)
    return response
