"""Users: adding, changing, switching off and on, a new password. Passwords made by the box are shown once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from appliance.access.types import Role, UserDraft
from appliance.core.errors import NotFound
from appliance.i18n.catalog import LANGUAGES
from web.forms import Form, small_number, submit, tell
from web.keys import NOTICES, SERVICES, VISITOR
from web.render import render
from web.sessions import actor

if TYPE_CHECKING:
    from appliance.access.types import User

_FIELDS = ("login", "name", "role", "extension", "language")


@dataclass(frozen=True)
class ListPage:
    """All users; those who are switched off last."""

    users: tuple[User, ...]
    extension_names: dict[str, str]
    me: int


@dataclass(frozen=True)
class EditPage:
    """The form for a user; `user` is None for a new one."""

    form: Form
    user: User | None
    extensions: list[tuple[str, str]]  # number, and number with name


@dataclass(frozen=True)
class ConfirmPage:
    """Asks before something is done to a user."""

    form: Form
    user: User


@dataclass(frozen=True)
class MadePassword:
    """A password that was just made, for the session that made it."""

    user_id: int
    password: str


@dataclass(frozen=True)
class PasswordPage:
    """A password to hand over. Empty when it was shown already."""

    user: User
    password: str
    address: str


async def show(request: web.Request) -> web.Response:
    """Show all users."""
    services = request.app[SERVICES]
    users = sorted(await services.access.users(), key=lambda user: (user.disabled, user.name))
    names = {one.number: one.name for one in services.lines.snapshot().extensions}
    me = request[VISITOR].user
    page = ListPage(tuple(users), names, me.id if me is not None else 0)
    return render(request, "users/list.html", page)


async def show_add(request: web.Request) -> web.Response:
    """Show the form for a new user."""
    language = str(request.app[SERVICES].settings.get("office.language"))
    return await _edit(request, Form.of({"role": Role.AGENT.value, "language": language}), None)


async def add(request: web.Request) -> web.Response:
    """Add a user; the password that the box makes is on the next page."""
    form = await Form.read(request)
    draft = _read(form)

    async def work() -> str:
        new = await request.app[SERVICES].access.add_user(draft, by=actor(request))
        return _shown_once(request, MadePassword(new.user.id, new.password))

    return await submit(request, form, work, known=_FIELDS) or await _edit(request, form, None)


async def show_change(request: web.Request) -> web.Response:
    """Show the form for a user."""
    user = await _found(request)
    values = {name: str(getattr(user, name)) for name in _FIELDS}
    return await _edit(request, Form.of(values), user)


async def change(request: web.Request) -> web.Response:
    """Change a user."""
    user, form = await _found(request), await Form.read(request)
    draft = _read(form)

    async def work() -> str:
        await request.app[SERVICES].access.change_user(user.id, draft, by=actor(request))
        tell(request, "panel.saved")
        return "/users"

    return await submit(request, form, work, known=_FIELDS) or await _edit(request, form, user)


async def show_disable(request: web.Request) -> web.Response:
    """Ask before a user is switched off."""
    return render(request, "users/disable.html", ConfirmPage(Form.of(), await _found(request)))


async def disable(request: web.Request) -> web.Response:
    """Switch a user off: their sessions end, their history stays."""
    user, form = await _found(request), await Form.read(request)

    async def work() -> str:
        await request.app[SERVICES].access.disable_user(user.id, by=actor(request))
        tell(request, "users.disabled", name=user.name)
        return "/users"

    page = ConfirmPage(form, user)
    return await submit(request, form, work) or render(request, "users/disable.html", page, status=form.status)


async def enable(request: web.Request) -> web.Response:
    """Switch a user on again."""
    user, form = await _found(request), await Form.read(request)

    async def work() -> str:
        await request.app[SERVICES].access.enable_user(user.id, by=actor(request))
        tell(request, "users.enabled", name=user.name)
        return "/users"

    return await submit(request, form, work) or await show(request)


async def show_reset(request: web.Request) -> web.Response:
    """Show a password that was just made, or ask before a new one is made."""
    user, services = await _found(request), request.app[SERVICES]
    if "made" not in request.query:
        return render(request, "users/reset.html", ConfirmPage(Form.of(), user))
    made = request.app[NOTICES].secret(request[VISITOR].token, request.query["made"], services.clock.now_ms())
    password = made.password if isinstance(made, MadePassword) and made.user_id == user.id else ""
    page = PasswordPage(user, password, str(request.url.origin()))
    return render(request, "users/password.html", page)


async def reset(request: web.Request) -> web.Response:
    """Make a new password, which must be changed at the next sign-in."""
    user, form = await _found(request), await Form.read(request)

    async def work() -> str:
        password = await request.app[SERVICES].access.reset_password(user.id, by=actor(request))
        return _shown_once(request, MadePassword(user.id, password))

    page = ConfirmPage(form, user)
    return await submit(request, form, work) or render(request, "users/reset.html", page, status=form.status)


def _read(form: Form) -> UserDraft:
    return UserDraft(
        login=form.required("login"),
        name=form.required("name"),
        role=Role(form.choice("role", tuple(Role))),
        extension=form.text("extension"),
        language=form.choice("language", ("", *LANGUAGES)),
    )


async def _found(request: web.Request) -> User:
    if (wanted := small_number(request.match_info["user"])) is None:
        raise NotFound("users.gone")
    return await request.app[SERVICES].access.user(wanted)


def _shown_once(request: web.Request, made: MadePassword) -> str:
    now_ms = request.app[SERVICES].clock.now_ms()
    reference = request.app[NOTICES].keep_secret(request[VISITOR].token, made, now_ms)
    return f"/users/{made.user_id}/password?made={reference}"


async def _edit(request: web.Request, form: Form, user: User | None) -> web.Response:
    extensions = request.app[SERVICES].lines.snapshot().extensions
    choices = [(one.number, f"{one.number} {one.name}") for one in extensions]
    return render(request, "users/edit.html", EditPage(form, user, choices), status=form.status)
