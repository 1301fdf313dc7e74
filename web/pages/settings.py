"""The office's settings: name, language, time zone, local area code, how recordings are kept, what calls may do."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance.i18n.catalog import LANGUAGES
from appliance.recordings.formats import Format
from appliance.store.settings import DECLARED
from web.first_run import AREA_CODES, TIME_ZONES, area_choices
from web.forms import Form, submit, tell
from web.keys import SERVICES, VISITOR
from web.render import render

# The settings on this page: form field and key in the store.
_SETTINGS = {
    "office_name": "office.name",
    "language": "office.language",
    "time_zone": "office.time_zone",
    "area_code": "office.area_code",
    "recordings_format": "recordings.format",
}
# Those of the section about calls, which is saved by itself.
_LINES = ("line_silence_seconds", "line_silence_db")
_WHOLE = ("parking_places", "park_return_seconds", "transfer_return_seconds", "forward_hops", *_LINES)
_FLAGS = ("pickup_across_groups", "monitor_shown")
_CALLS = {name: f"calls.{name}" for name in (*_WHOLE, *_FLAGS)}
_CALLBACK_FLAGS = ("callback_keys", "from_missed", "from_abandoned", "done_by_talk")
_CALLBACKS = {name: f"callbacks.{name}" for name in (*_CALLBACK_FLAGS, "remind_hours")}
_CALLBACKS |= {"callback_keys": "calls.callback_keys"}


@dataclass(frozen=True)
class SettingsPage:
    """The office's settings."""

    form: Form
    calls: Form
    callbacks: Form
    area_codes: tuple[tuple[str, str], ...]
    time_zones: tuple[str, ...]


async def show(request: web.Request) -> web.Response:
    """Show the settings."""
    return _page(request)


async def save(request: web.Request) -> web.Response:
    """Keep the settings, all or none."""
    form = await Form.read(request)
    form.required("office_name")
    form.required("time_zone")
    form.choice("language", LANGUAGES)
    form.choice("area_code", AREA_CODES)
    form.choice("recordings_format", tuple(Format))

    async def work() -> str:
        await request.app[SERVICES].settings.set(**{key: form.text(field) for field, key in _SETTINGS.items()})
        tell(request, "panel.saved")
        return "/settings"

    fields = {key: field for field, key in _SETTINGS.items()}
    return await submit(request, form, work, known=tuple(_SETTINGS), renamed=fields) or _page(request, form)


async def save_calls(request: web.Request) -> web.Response:
    """Keep what calls may do, all or nothing."""
    form = await Form.read(request)
    values: dict[str, int | bool] = {_CALLS[name]: form.whole(name, *_between(name)) for name in _WHOLE}
    values |= {_CALLS[name]: form.flag(name) for name in _FLAGS}

    async def work() -> str:
        await request.app[SERVICES].settings.set(**values)
        tell(request, "panel.saved")
        return "/settings"

    return await submit(request, form, work, known=tuple(_CALLS)) or _page(request, calls=form)


async def save_callbacks(request: web.Request) -> web.Response:
    """Keep from what calls callbacks come and when to remind of them, all or nothing."""
    form = await Form.read(request)
    low, high = DECLARED["callbacks.remind_hours"].between or (0, 0)
    values: dict[str, int | bool] = {"callbacks.remind_hours": form.whole("remind_hours", low, high)}
    values |= {_CALLBACKS[name]: form.flag(name) for name in _CALLBACK_FLAGS}
    kept = request.app[SERVICES].settings

    async def work() -> str:
        await kept.set(**{key: value for key, value in values.items() if kept.get(key) != value})
        tell(request, "panel.saved")
        return "/settings"

    return await submit(request, form, work, known=tuple(_CALLBACKS)) or _page(request, callbacks=form)


def _between(name: str) -> tuple[int, int]:
    return DECLARED[_CALLS[name]].between or (0, 0)


def _page(
    request: web.Request, form: Form | None = None, calls: Form | None = None, callbacks: Form | None = None
) -> web.Response:
    """Show all sections: as they were sent if they were, otherwise as they are stored."""
    form, calls = form or _stored(request, _SETTINGS), calls or _stored(request, _CALLS)
    callbacks = callbacks or _stored(request, _CALLBACKS)
    page = SettingsPage(form, calls, callbacks, area_choices(request[VISITOR].language), TIME_ZONES)
    status = max(form.status, calls.status, callbacks.status)
    return render(request, "settings/settings.html", page, status=status)


def _stored(request: web.Request, fields: dict[str, str]) -> Form:
    settings = request.app[SERVICES].settings
    return Form.of({field: settings.get(key) for field, key in fields.items()})
