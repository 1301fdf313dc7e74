"""The menu: the lines of the route table that have a menu entry and that the visitor may see. Knows no page."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from web.guard import may
from web.keys import MENU


@dataclass(frozen=True)
class MenuEntry:
    """One entry: where it leads, its text's key, its icon's name, whether the visitor is there now."""

    path: str
    key: str
    section: str
    icon: str
    current: bool


def menu_for(request: web.Request) -> tuple[MenuEntry, ...]:
    """Return the visitor's menu, in the order of the route table."""
    return tuple(
        MenuEntry(
            route.path, route.menu, route.section, route.menu.rpartition(".")[2], _is_in(request.path, route.path)
        )
        for route in request.app[MENU]
        if may(request, route.permission)
    )


def _is_in(path: str, entry: str) -> bool:
    return path == entry or (entry != "/" and path.startswith(entry + "/"))
