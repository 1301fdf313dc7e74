"""The office's settings: name, language, time zone, local area code, how recordings are kept."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from appliance.i18n.catalog import LANGUAGES
from appliance.recordings.formats import Format
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


@dataclass(frozen=True)
class SettingsPage:
    """The office's settings."""

    form: Form
    area_codes: tuple[tuple[str, str], ...]
    time_zones: tuple[str, ...]


async def show(request: web.Request) -> web.Response:
    """Show the settings."""
    settings = request.app[SERVICES].settings
    return _page(request, Form.of({field: settings.get(key) for field, key in _SETTINGS.items()}))


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


def _page(request: web.Request, form: Form) -> web.Response:
    page = SettingsPage(form, area_choices(request[VISITOR].language), TIME_ZONES)
    return render(request, "settings/settings.html", page, status=form.status)
