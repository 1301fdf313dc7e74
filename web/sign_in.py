"""Signing in and out. Knows no other page."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance.core.errors import NotAllowed, NotFound, TooManyAttempts
from web.forms import Form, go, inner_path
from web.keys import SERVICES, VISITOR
from web.render import render
from web.sessions import forget, origin, remember

_LOGIN, _PASSWORD = "login", "password"


@dataclass(frozen=True)
class SignInPage:
    """The sign-in page. `wait` = seconds until the next attempt, 0 = now."""

    form: Form
    next: str
    wait: int = 0


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
    return render(request, "sign_in/sign_in.html", SignInPage(Form.of(), wanted))


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
            response = go(request, wanted)
            remember(response, request, signed_in.token)
            return response
    response = render(
        request, "sign_in/sign_in.html", SignInPage(form, wanted, wait), status=429 if wait else form.status
    )
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


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
