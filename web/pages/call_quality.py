"""How well a call is heard, as a part of its page: measured whenever somebody asks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from aiohttp import web

from appliance.i18n.catalog import text
from web.call_words import Names
from web.keys import SERVICES
from web.pages.call_access import seen_call
from web.pages.live_view import person_of
from web.quality_words import QualityPart, part_of
from web.render import render


@dataclass(frozen=True)
class QualityShown:
    """The part alone."""

    quality: QualityPart


async def quality_for(request: web.Request, call: str, names: Names) -> QualityPart:
    """Return what a page shows of a call's quality."""
    quality = await request.app[SERVICES].calls.quality(call)
    return part_of(call, quality, names, partial(text, person_of(request).language))


async def show_quality(request: web.Request) -> web.Response:
    """Show how a call is heard at this moment."""
    call = await seen_call(request)
    names = Names.of(request.app[SERVICES].lines.snapshot())
    return render(request, "calls/quality.html", QualityShown(await quality_for(request, call.id, names)))
