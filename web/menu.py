"""The menu: the lines of the route table that have a menu entry and that the visitor may see. Knows no page."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from web.guard import may
from web.keys import MENU, REMINDERS, VISITOR


@dataclass(frozen=True)
class MenuEntry:
    """One entry: where it leads, its text's key, its icon's name, whether the visitor is there, what is to do."""

    path: str
    key: str
    icon: str
    current: bool
    count: int = 0


@dataclass(frozen=True)
class MenuSection:
    """Entries that belong together, under one heading."""

    key: str
    entries: tuple[MenuEntry, ...]


def menu_for(request: web.Request) -> tuple[MenuSection, ...]:
    """Return the visitor's menu: sections and entries in the order of the route table."""
    sections: dict[str, list[MenuEntry]] = {}
    user = request[VISITOR].user
    counts = request.app[REMINDERS].counts(user) if user is not None else {}
    for route in request.app[MENU]:
        if may(request, route.permission):
            icon = route.menu.rpartition(".")[2]
            entry = MenuEntry(route.path, route.menu, icon, _is_in(request.path, route.path), counts.get(icon, 0))
            sections.setdefault(route.section, []).append(entry)
    return tuple(MenuSection(key, tuple(entries)) for key, entries in sections.items())


def _is_in(path: str, entry: str) -> bool:
    return path == entry or (entry != "/" and path.startswith(entry + "/"))
