"""Forms: what was entered, kept as it was typed, with each error beside its field. Knows no page.

A handler reads a `Form`, hands work to `submit`, and answers with a redirect when it was done or with the same page
when it was not. Errors are catalogue keys; services raise them (`InvalidInput`, `Conflict`) naming the field.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from multidict import MultiDict

from appliance.core.errors import Conflict, InvalidInput, NotAllowed, TooManyAttempts, Unavailable
from web.keys import NOTICES, ONCE, VISITOR
from web.noting import noted
from web.once import new_mark

_LONGEST_NUMBER = 15

# What the access log calls a form that was carried out, by the first step of its address. Others write their own.
_NOTED = {
    "abuse": "blocks_changed",
    "agent-states": "agent_states_changed",
    "blocks": "blocks_changed",
    "announcements": "announcements_changed",
    "extensions": "lines_changed",
    "groups": "lines_changed",
    "hours": "hours_changed",
    "menus": "menus_changed",
    "my-phone": "lines_changed",
    "night": "night_switched",
    "numbers": "lines_changed",
    "trunks": "lines_changed",
    "settings": "settings_changed",
}


@dataclass(frozen=True)
class Message:
    """An error beside a field."""

    key: str
    params: dict[str, object]


@dataclass
class Form:
    """What stands in a form. `errors[""]` belongs to the form as a whole."""

    values: MultiDict[str] = field(default_factory=MultiDict)
    errors: dict[str, Message] = field(default_factory=dict)
    mark: str = field(default_factory=new_mark)
    sent: bool = False

    @classmethod
    def of(cls, values: Mapping[str, object] | None = None) -> Form:
        """Return a fresh form; True becomes a tick, a tuple several values."""
        entries: MultiDict[str] = MultiDict()
        for name, value in (values or {}).items():
            for one in value if isinstance(value, (tuple, list)) else (value,):
                if one is not False and one is not None:
                    entries.add(name, "on" if one is True else str(one))
        return cls(values=entries)

    @classmethod
    async def read(cls, request: web.Request) -> Form:
        """Return what was sent, whole: what is too long is for the service to refuse, never to be cut off."""
        entries = await posted(request)
        return cls(values=entries, mark=entries.get("once", "")[:40], sent=True)

    def text(self, name: str) -> str:
        """Return a field without the blanks around it."""
        return self.values.get(name, "").strip()

    def secret(self, name: str) -> str:
        """Return a password exactly as it was typed."""
        return self.values.get(name, "")

    def flag(self, name: str) -> bool:
        """Return whether a box is ticked."""
        return self.values.get(name, "") in ("on", "1", "true")

    def many(self, name: str) -> tuple[str, ...]:
        """Return all values of a field that may be chosen several times."""
        return tuple(self.values.getall(name, []))

    def parts(self, name: str) -> tuple[str, ...]:
        """Return the parts of a field in which several things stand, by comma or blank."""
        return tuple(self.text(name).replace(",", " ").split())

    def whole(self, name: str, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`; otherwise notes the error and returns `low`."""
        entered = self.text(name)
        number = small_number(entered)
        if number is not None and low <= number <= high:
            return number
        self.fail(name, "form.whole", low=low, high=high)
        return low

    def required(self, name: str, key: str = "form.required") -> str:
        """Return a field; notes an error when it is empty."""
        if not (entered := self.text(name)):
            self.fail(name, key)
        return entered

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Return one of `choices`; otherwise notes the error and returns the first."""
        if (entered := self.text(name)) in choices:
            return entered
        self.fail(name, "form.choice")
        return choices[0] if choices else ""

    def fail(self, name: str, key: str, /, **params: object) -> None:
        """Note an error beside field `name`; the first one stays."""
        self.errors.setdefault(name, Message(key, params))

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows this form."""
        return 422 if self.errors else 200


async def posted(request: web.Request) -> MultiDict[str]:
    """Return the fields of a form as they were sent, with line ends as they are stored. Answers 400 for no form."""
    entries: MultiDict[str] = MultiDict()
    try:
        sent = await request.post()
    except (LookupError, ValueError) as error:  # an unknown charset, or bytes that are not in it
        raise web.HTTPBadRequest from error
    for name, value in sent.items():
        if isinstance(value, str):
            entries.add(name, value.replace("\r\n", "\n"))  # browsers end lines so (HTML, 4.10.21.8)
    return entries


def small_number(text: str) -> int | None:
    """Return a whole number from 0 on that every store and script can hold, else None."""
    fine = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER
    return int(text) if fine else None


async def submit(
    request: web.Request,
    form: Form,
    work: Callable[[], Awaitable[str]],
    *,
    known: tuple[str, ...] = (),
    renamed: Mapping[str, str] | None = None,
) -> web.Response | None:
    """Do `work` once and answer with a redirect to where it says; None when `form` now has errors to show.

    `known` are the form's fields: an error about any other one is shown above the form. `renamed` leads from a
    service's name of a field to the form's.
    """
    if form.errors:
        return None

    async def noted_work() -> str:
        location = await work()
        if (what := _NOTED.get(request.path.split("/")[1])) is not None:
            await noted(request, what, _about(request, form))
        return location

    try:
        location = await request.app[ONCE].run(request[VISITOR].token, form.mark, noted_work, _sent(request, form))
    except (InvalidInput, Conflict) as error:
        place = (renamed or {}).get(error.field, error.field)
        form.fail(place if place in known else "", error.key, **error.params)
    except (NotAllowed, TooManyAttempts, Unavailable) as error:
        form.fail("", error.key, **error.params)
    else:
        return go(request, location)
    return None


def _about(request: web.Request, form: Form) -> str:
    """Return what a change was about: which kind of thing, and which one, as far as it has a name."""
    names = (*request.match_info.values(), form.text("number"), form.text("name"), form.text("label"), form.text("ko"))
    return " ".join((request.path.split("/")[1], next(filter(None, names), "")))[:80].strip()


def _sent(request: web.Request, form: Form) -> bytes:
    return "\x00".join((request.path, *(f"{name}={value}" for name, value in form.values.items()))).encode()


def go(request: web.Request, location: str) -> web.Response:
    """Send the browser to `location` after something was done, also out of a dialog that htmx has fetched."""
    if "HX-Request" in request.headers:
        return web.Response(status=204, headers={"HX-Redirect": location})
    return web.Response(status=303, headers={"Location": location})


def tell(request: web.Request, key: str, /, **params: Any) -> None:
    """Show this text on the visitor's next page."""
    request.app[NOTICES].put(request[VISITOR].token, key, **params)


def inner_path(wanted: str) -> str:
    """Return `wanted` when it is a path of this panel, else "/": never send anybody to another site."""
    fine = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if fine else "/"
