"""The user's own settings: phone, language, colours, password. Knows no other user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from appliance.i18n.catalog import LANGUAGES
from web.forms import Form, go, inner_path, submit, tell
from web.keys import SERVICES, VISITOR
from web.render import render
from web.sessions import THEMES, remember_language

if TYPE_CHECKING:
    from appliance.access.types import User
    from appliance.agents.types import DeskView


@dataclass(frozen=True)
class AccountPage:
    """A user's own settings."""

    form: Form
    user: User
    desk: DeskView | None


@dataclass(frozen=True)
class PasswordPage:
    """Choosing a new password. `forced` = nothing else works before."""

    form: Form
    forced: bool


def current_user(request: web.Request) -> User:
    """Return who is signed in; only for pages that need signing in."""
    user = request[VISITOR].user
    if user is None:
        raise web.HTTPForbidden
    return user


def stored(theme: str) -> str:
    """Return how the choice of colours is stored: following the machine is no choice."""
    return "" if theme == "auto" else theme


async def show(request: web.Request) -> web.Response:
    """Show the user's own settings."""
    user = current_user(request)
    form = Form.of({"language": request[VISITOR].language, "theme": request[VISITOR].theme})
    return render(request, "account/account.html", _account(request, form, user))


def _account(request: web.Request, form: Form, user: User) -> AccountPage:
    return AccountPage(form, user, request.app[SERVICES].agents.desk_of(user))


async def show_facts(request: web.Request) -> web.Response:
    """Show only who one is and where one sits, for a page that is open while that changes."""
    return render(request, "account/_facts.html", _account(request, Form.of(), current_user(request)))


async def save(request: web.Request) -> web.Response:
    """Keep language and colours."""
    user, form = current_user(request), await Form.read(request)
    language, theme = form.choice("language", LANGUAGES), form.choice("theme", THEMES)

    async def work() -> str:
        await request.app[SERVICES].access.set_preferences(user.id, language=language, theme=stored(theme))
        tell(request, "panel.saved")
        return "/account"

    response = await submit(request, form, work, known=("language", "theme"))
    return response or render(request, "account/account.html", _account(request, form, user), status=form.status)


async def choose_language(request: web.Request) -> web.Response:
    """Switch the language, for this browser and, when signed in, for the user."""
    form = await Form.read(request)
    language = form.choice("language", LANGUAGES)
    user = request[VISITOR].user
    if user is not None and not form.errors:
        await request.app[SERVICES].access.set_preferences(user.id, language=language)
    response = go(request, inner_path(form.text("next")))
    remember_language(response, request, language)
    return response


async def choose_theme(request: web.Request) -> web.Response:
    """Switch the colours."""
    form = await Form.read(request)
    theme = form.choice("theme", THEMES)
    if not form.errors:
        await request.app[SERVICES].access.set_preferences(current_user(request).id, theme=stored(theme))
    return go(request, inner_path(form.text("next")))


async def show_password(request: web.Request) -> web.Response:
    """Show the page for a new password."""
    page = PasswordPage(Form.of(), current_user(request).must_change_password)
    return render(request, "account/password.html", page)


async def change_password(request: web.Request) -> web.Response:
    """Change the user's own password; all their other sessions end."""
    user, form = current_user(request), await Form.read(request)
    old, new = form.secret("old"), form.secret("new")
    if new != form.secret("again"):
        form.fail("again", "account.passwords_differ")

    async def work() -> str:
        await request.app[SERVICES].access.change_password(
            user.id, old, new, request[VISITOR].token, request.remote or ""
        )
        tell(request, "account.password_changed")
        return "/"

    response = await submit(request, form, work, known=("old", "new", "again"))
    page = PasswordPage(form, user.must_change_password)
    return response or render(request, "account/password.html", page, status=form.status)
