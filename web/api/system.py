"""The box itself over the API: what goes on, how it is, its settings. Knows health, settings and the live services."""

from __future__ import annotations

from appliance.core.health import Level
from appliance.i18n.catalog import text
from appliance.store.settings import DECLARED
from web.api.lines import extensions_seen, trunks_seen
from web.api.operation import Asked
from web.api.shapes import HealthSeen, Items, Live, PartSeen, SettingSeen


async def get_live(asked: Asked) -> Live:
    """Get everything that goes on at this moment: calls, phones, trunks."""
    calls = asked.services.calls.live()
    if not asked.asker.may("calls.see_all"):
        own = asked.asker.extension
        calls = tuple(call for call in calls if own and own in (call.extension, *call.extensions))
    return Live(calls, extensions_seen(asked), trunks_seen(asked))


async def get_health(asked: Asked) -> HealthSeen:
    """Get how each part of the box is, in words, the worst first."""
    language = asked.asker.language
    reports = asked.services.health.reports()
    parts = tuple(PartSeen(r.part, r.level, r.key, text(language, r.key, **r.params), r.since_ms) for r in reports)
    return HealthSeen(parts[0].level if parts else Level.OK, parts)


async def list_settings(asked: Asked) -> Items[SettingSeen]:
    """List the settings of the office."""
    values = asked.services.settings.all()
    language = asked.asker.language
    return Items(tuple(SettingSeen(d.key, values[d.key], d.default, text(language, d.help)) for d in DECLARED.values()))


async def change_settings(asked: Asked, body: dict[str, str | bool | int]) -> Items[SettingSeen]:
    """Change settings: an object of keys and new values; all of them or none."""
    await asked.services.settings.set(**body)
    return await list_settings(asked)
