"""The box itself over the API: what goes on, how it is, its settings. Knows health, settings and the live services."""

from __future__ import annotations

from appliance.core.errors import InvalidInput
from appliance.core.health import Level
from appliance.i18n.catalog import text
from appliance.store.settings import DECLARED, By
from web.api.lines import extensions_seen
from web.api.operation import Asked
from web.api.shapes import HealthSeen, Items, Live, PartSeen, SettingSeen, TrunkState, Whole


async def get_live(asked: Asked) -> Live:
    """Get everything that goes on at this moment: calls, phones, trunks."""
    calls = asked.services.calls.live()
    if not asked.asker.may("calls.see_all"):
        own = asked.asker.extension
        calls = tuple(call for call in calls if own and own in (call.extension, *call.extensions))
    return Live(calls, extensions_seen(asked), _trunk_states(asked))


def _trunk_states(asked: Asked) -> tuple[TrunkState, ...]:
    states = {view.trunk: view.state for view in asked.services.phones.trunk_views()}
    trunks = asked.services.lines.snapshot().trunks
    return tuple(TrunkState(one.id, one.name, one.enabled, states.get(one.id, "")) for one in trunks)


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
    shown = (setting for setting in DECLARED.values() if _may_change(asked, setting.key))
    return Items(tuple(SettingSeen(d.key, values[d.key], d.default, text(language, d.help)) for d in shown))


def _may_change(asked: Asked, key: str) -> bool:
    by = DECLARED[key].by if key in DECLARED else By.OFFICE
    return by is By.OFFICE or (by is By.OWNER and asked.asker.local)


async def change_settings(asked: Asked, body: dict[str, str | bool | Whole]) -> Items[SettingSeen]:
    """Change settings: an object of keys and new values; all of them or none."""
    for key in body:
        if not _may_change(asked, key):
            raise InvalidInput(key, "store.setting.unknown", name=key)
    await asked.services.settings.set(**body)
    return await list_settings(asked)
