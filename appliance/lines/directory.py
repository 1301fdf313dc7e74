"""The lines as call control wants to see them. Plugged into `calls` by the composition root; knows no call."""

from __future__ import annotations

from appliance.calls.ports import Directory, Group, Line, Phone, TrunkRules
from appliance.lines.checks import MAIN_GROUP
from appliance.lines.service import Lines
from appliance.lines.types import LinesSnapshot, RingGroup
from appliance.store.settings import Settings


class LinesDirectory:
    """A `DirectorySource` over the lines in memory. Makes a new directory only when something changed."""

    def __init__(self, lines: Lines, settings: Settings) -> None:
        self._lines = lines
        self._settings = settings
        self._made: Directory | None = None
        self._snapshot: LinesSnapshot | None = None

    def directory(self) -> Directory:
        """Return the routing facts as they are now."""
        snapshot, area_code = self._lines.snapshot(), str(self._settings.get("office.area_code"))
        if self._made is None or self._snapshot is not snapshot or self._made.area_code != area_code:
            self._made, self._snapshot = directory_of(snapshot, area_code), snapshot
        return self._made


def directory_of(lines: LinesSnapshot, area_code: str) -> Directory:
    """Return the routing facts of `lines`. Disabled extensions and trunks are not among them."""
    phones = {e.number: Phone(e.number, e.name, e.shown_number, e.may_call_out) for e in lines.extensions if e.enabled}
    return Directory(
        phones=phones,
        lines={n.number: Line(n.number, n.label, n.trunk, n.group) for n in lines.numbers},
        trunks={
            t.id: TrunkRules(t.id, t.name, t.international_prefixes, t.dial_e164, t.main_number, t.channels)
            for t in lines.trunks
            if t.enabled
        },
        groups={g.id: Group(g.id, g.label, _ringing(g, phones), g.ring_seconds) for g in lines.groups},
        default_group=MAIN_GROUP,
        area_code=area_code,
    )


def _ringing(group: RingGroup, phones: dict[str, Phone]) -> tuple[str, ...]:
    return tuple(phones) if group.everyone else tuple(member for member in group.members if member in phones)
