"""The codes that are dialled on a phone, as one page that is printed and put beside it. Made from their table."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from aiohttp import web

from appliance.calls.feature_codes import CODES, FeatureCode, Part
from web.render import render


@dataclass(frozen=True)
class CodesPage:
    """All codes, by what belongs together."""

    parts: tuple[tuple[Part, tuple[FeatureCode, ...]], ...]


async def show(request: web.Request) -> web.Response:
    """Show all codes."""
    parts = tuple((part, tuple(codes)) for part, codes in groupby(CODES, key=lambda code: code.part))
    return render(request, "feature_codes/feature_codes.html", CodesPage(parts))
