"""Paints pieces of pages outside a request, for the live channel. Knows no feature."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from appliance.access.permissions import allowed
from appliance.access.types import Role
from appliance.services import Services
from web.live import Person
from web.render import Pages, translator

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class Painter:
    """Makes HTML for one person, in their language and the office's time zone."""

    def __init__(self, pages: Pages, services: Services) -> None:
        self._pages = pages
        self._services = services

    def paint(self, person: Person, template: str, page: DataclassInstance) -> str:
        """Return `template` with the fields of `page` as its variables."""
        variables: dict[str, object] = {
            "t": translator(person.language),
            "language": person.language,
            "time_zone": str(self._services.settings.get("office.time_zone")),
            "may": lambda permission: allowed(person.user, permission),
        }
        return self._pages.html(template, variables | {one.name: getattr(page, one.name) for one in fields(page)})


class PaintOnce:
    """Paints for several people in one moment: what is the same for two of them, who may do the same, only once."""

    def __init__(self, painter: Painter) -> None:
        self._painter = painter
        self._painted: dict[tuple[str, str, Role], list[tuple[DataclassInstance, str]]] = {}

    def paint(self, person: Person, template: str, page: DataclassInstance) -> str:
        """Return the same as `Painter.paint`."""
        before = self._painted.setdefault((template, person.language, person.user.role), [])
        html = next((painted for known, painted in before if known == page), None)
        if html is None:
            html = self._painter.paint(person, template, page)
            before.append((page, html))
        return html
