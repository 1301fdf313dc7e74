"""The call bar's two pieces that are fetched: the list under its field, and the sheet of keys."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance.core.errors import InvalidInput
from web.pages.live_view import person_of
from web.parts import TARGETS
from web.render import render
from web.targets import Purpose

_LONGEST = 60


@dataclass(frozen=True)
class Key:
    """What a key does: `text` is its catalogue key."""

    key: str
    text: str


@dataclass(frozen=True)
class KeysPage:
    """All keys of the panel, by where they work."""

    calls: tuple[Key, ...]
    places: tuple[Key, ...]
    lists: tuple[Key, ...]


_CALLS = (
    Key("F8", "keys.answer"),
    Key("F9", "keys.hang_up"),
    Key("Alt+H", "keys.hold"),
    Key("Alt+M", "keys.mute"),
    Key("Alt+S", "keys.pause_recording"),
    Key("Alt+K", "keys.keypad"),
    Key("Alt+T", "keys.transfer"),
    Key("Alt+C", "keys.consult"),
    Key("Alt+W", "keys.turn"),
    Key("Alt+J", "keys.join"),
    Key("Alt+B", "keys.take_back"),
    Key("Alt+P", "keys.park"),
    Key("Alt+A", "keys.play"),
    Key("Alt+X · Enter", "keys.protect"),
    Key("Alt+R", "keys.recall_due"),
)
_PLACES = (
    Key("F2", "keys.card"),
    Key("F4", "keys.state"),
    Key("F8", "keys.field"),
    Key("/", "keys.search"),
    Key("? · Alt+/", "keys.this"),
    Key("Esc", "keys.back"),
)
_LISTS = (
    Key("↑ ↓", "keys.choose"),
    Key("Enter", "keys.take"),
    Key("Ctrl+Enter", "keys.save"),
    Key("1 – 9", "keys.number"),
    Key("Enter", "keys.callback_call"),
    Key("D", "keys.callback_done"),
    Key("A", "keys.callback_take"),
    Key("R", "keys.callback_recall"),
)


async def targets(request: web.Request) -> web.Response:
    """Show whom one may mean by what was typed, as a piece of HTML."""
    wanted = request.query.get("for", Purpose.DIAL.value)
    if wanted not in tuple(Purpose):
        raise InvalidInput("for", "form.choice")
    text = request.query.get("text", "")[:_LONGEST]
    page = await request.app[TARGETS].page(person_of(request), text, Purpose(wanted))
    return render(request, "call_bar/_targets.html", page)


async def keys(request: web.Request) -> web.Response:
    """Show what each key does."""
    return render(request, "keys/keys.html", KeysPage(_CALLS, _PLACES, _LISTS))
