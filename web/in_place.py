"""Answers forms of dialogs that belong to any page: done where one is, without a reload. Knows no page.

The page hears the event `soribox-done` with a text to tell for a moment; what it shows, the live channel keeps true.
Without scripts it is a redirect and a notice like everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from appliance.i18n.catalog import text
from web.forms import Form, submit, tell
from web.keys import VISITOR


@dataclass(frozen=True)
class Done:
    """What was done, in words: a catalogue key and what fills it; and where to go without scripts."""

    location: str
    key: str
    params: dict[str, object]


async def submit_in_place(
    request: web.Request, form: Form, work: Callable[[], Awaitable[Done]], known: tuple[str, ...]
) -> web.Response | None:
    """Do `work` once and tell what was done; None when `form` now has errors to show."""
    done: list[Done] = []

    async def noted() -> str:
        done.append(await work())
        return done[0].location

    answer = await submit(request, form, noted, known=known)
    if answer is None:
        return None
    return tell_in_place(request, answer, done[0] if done else None)


def tell_in_place(request: web.Request, answer: web.Response, done: Done | None) -> web.Response:
    """Return `answer`, or for a page with scripts one that leaves it where it is."""
    if "HX-Request" not in request.headers:
        if done is not None:
            tell(request, done.key, **done.params)
        return answer
    told = text(request[VISITOR].language, done.key, **done.params) if done is not None else ""
    return web.Response(status=204, headers={"HX-Trigger": json.dumps({"soribox-done": {"text": told}})})
