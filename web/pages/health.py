"""How the box is, in plain words: every part that was measured, the worst first, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance.core.health import Level, Report
from web.keys import SERVICES
from web.render import render

# Parts that have a name of their own; a part named "trunk <id>" is a trunk.
PARTS = (
    "core",
    "store",
    "disk",
    "edge",
    "voice",
    "recordings",
    "announcements",
    "certificate",
    "trunk",
    "devices",
    "sound",
    "pins",
)
_LOOKS = {Level.OK: "ok", Level.DEGRADED: "wait", Level.FAILED: "bad"}


@dataclass(frozen=True)
class Row:
    """One part: the catalogue key of its name, its report, the colour of its dot."""

    key: str
    report: Report
    look: str


@dataclass(frozen=True)
class HealthPage:
    """All parts. `look` is that of the worst; `wrong` counts those that are not well."""

    rows: tuple[Row, ...]
    look: str
    wrong: int
    now_ms: int


async def show(request: web.Request) -> web.Response:
    """Show how the box is."""
    return render(request, "health/health.html", _page(request))


async def show_rows(request: web.Request) -> web.Response:
    """Show only the list, for a page that is open while things change."""
    return render(request, "health/_list.html", _page(request))


def _page(request: web.Request) -> HealthPage:
    services = request.app[SERVICES]
    rows = tuple(Row(_name(report.part), report, _LOOKS[report.level]) for report in services.health.reports())
    wrong = sum(1 for row in rows if row.look != "ok")
    return HealthPage(rows, rows[0].look if rows else "none", wrong, services.clock.now_ms())


def _name(part: str) -> str:
    kind = part.split()[0] if part else ""
    return f"health.part.{kind if kind in PARTS else 'other'}"
