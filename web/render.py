"""Makes HTML: the Jinja environment, `t()` for texts, filters for numbers, times and durations. Knows no feature.

A page's variables are the fields of its frozen dataclass, so that what a template may use can be read in one place.
Everything is escaped; a template must never mark anything as safe.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from aiohttp import web

from appliance.i18n.catalog import DEFAULT, LANGUAGES, catalogue, text
from web import filters
from web.call_bar import Bar
from web.guard import may
from web.keys import CALL_BARS, FILES, NOTICES, PAGES, SERVICES, VISITOR
from web.menu import MenuSection, menu_for
from web.night_state import NightState, night_state
from web.own_state import OwnState, own_state_of
from web.sessions import THEMES, Visitor

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

TEMPLATES = Path(__file__).parent / "templates"
COMPILED = Path(__file__).parents[1] / ".compiled"
_NOBODY = Visitor(None, "", DEFAULT)


@dataclass(frozen=True)
class Frame:
    """What the frame around every page needs: who, where, which language."""

    office: str
    demo: bool  # simulated calls
    visitor: Visitor
    own: OwnState | None
    bar: Bar | None  # of whoever sits at a phone
    night: NightState | None  # the night switch, for whoever may turn it
    language: str
    languages: tuple[str, ...]
    theme: str
    themes: tuple[str, ...]
    path: str
    here: str
    menu: tuple[MenuSection, ...]


@dataclass(frozen=True)
class ErrorPage:
    """An error as a page."""

    status: int
    key: str
    params: dict[str, object]
    signed_in: bool


def _compiled() -> jinja2.BytecodeCache | None:
    """Return where templates are kept as they were compiled, so that a start after the first is a second quicker."""
    try:
        COMPILED.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    return jinja2.FileSystemBytecodeCache(str(COMPILED)) if os.access(COMPILED, os.W_OK) else None


@cache
def _environment() -> jinja2.Environment:
    """Return the templates' own world; nothing in it belongs to one box, so a process compiles them once."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.filters |= filters.FILTERS
    return environment


class Pages:
    """The compiled templates."""

    def __init__(self) -> None:
        self._environment = _environment()

    async def load(self) -> None:
        """Compile all templates and read the catalogues in a thread, so that no request ever waits for the disk."""
        await asyncio.to_thread(self._load)

    def _load(self) -> None:
        for language in LANGUAGES:
            catalogue(language)
        filters.known_zones()
        self._environment.bytecode_cache = _compiled()
        for name in self._environment.list_templates(extensions=["html"]):
            self._environment.get_template(name)

    def html(self, name: str, variables: dict[str, Any]) -> str:
        """Return template `name` with `variables`."""
        return self._environment.get_template(name).render(variables)


def render(request: web.Request, name: str, page: DataclassInstance, *, status: int = 200) -> web.Response:
    """Answer with template `name`, whose variables are the fields of `page`."""
    response = web.Response(
        text=render_text(request, name, page), status=status, content_type="text/html", charset="utf-8"
    )
    response.enable_compression()
    return response


def render_text(request: web.Request, name: str, page: DataclassInstance) -> str:
    """Return template `name` as text: for parts of a page that travel over the live channel."""
    variables = variables_for(request) | {one.name: getattr(page, one.name) for one in fields(page)}
    return request.app[PAGES].html(name, variables)


def variables_for(request: web.Request) -> dict[str, Any]:
    """Return what every template has: `t`, `frame`, `asset`, `layout`, and the filters' settings."""
    visitor = request.get(VISITOR, _NOBODY)
    settings = request.app[SERVICES].settings
    in_dialog = request.headers.get("HX-Target") == "dialog-body"
    return {
        "t": translator(visitor.language),
        "frame": _frame(request, visitor),
        "take_notice": _taker(request, visitor),  # called by the whole page alone: a part of one would swallow it
        "asset": request.app[FILES].url,
        "layout": "dialog.html" if in_dialog else "base.html",
        "language": visitor.language,
        "time_zone": str(settings.get("office.time_zone")),
        "may": lambda permission: VISITOR in request and may(request, permission),
    }


def translator(language: str) -> Any:
    """Return `t(key, **params)` for one language; `key` may be anything that turns into a key."""

    def t(key: object, /, **params: object) -> str:
        return text(language, str(key), **params)

    return t


def _frame(request: web.Request, visitor: Visitor) -> Frame:
    return Frame(
        office=str(request.app[SERVICES].settings.get("office.name")),
        demo=bool(request.app[SERVICES].settings.get("office.demo")),
        visitor=visitor,
        own=own_state_of(request.app[SERVICES], visitor.user) if visitor.user is not None else None,
        bar=request.app[CALL_BARS].bar(visitor.user) if visitor.user is not None else None,
        night=_night(request, visitor),
        language=visitor.language,
        languages=LANGUAGES,
        theme=visitor.theme,
        themes=THEMES,
        path=request.path,
        here=request.path_qs,
        menu=menu_for(request) if visitor.user is not None else (),
    )


def _night(request: web.Request, visitor: Visitor) -> NightState | None:
    allowed = VISITOR in request and may(request, "hours.switch")
    return night_state(request.app[SERVICES], visitor.language) if allowed else None


def _taker(request: web.Request, visitor: Visitor) -> Callable[[], str]:
    def take() -> str:
        notice = request.app[NOTICES].take(visitor.token)
        return text(visitor.language, notice.key, **notice.params) if notice else ""

    return take
