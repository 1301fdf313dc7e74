"""What a caller of a ring group meets, step by step and in words. Knows groups and catalogue keys, no request.

The steps are those that call control takes (`appliance.calls.ports.Strategy`, `Group`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from appliance.calls.ports import Overflow, OverflowKind, Strategy
from appliance.i18n.catalog import text
from appliance.lines.types import LinesSnapshot, RingGroup
from web.filters import phone_number

_NAMED = 5  # more phones than these are counted


@dataclass(frozen=True)
class Step:
    """One sentence; `hints` are smaller ones below it."""

    words: str
    hints: tuple[str, ...] = ()


class Consequence:
    """Says in one language what happens to the callers of a group. `sounds` and `menus` have names, by id."""

    def __init__(
        self, language: str, lines: LinesSnapshot, sounds: Mapping[str, str], menus: Mapping[str, str]
    ) -> None:
        self._menus = menus
        self._language = language
        self._sounds = sounds
        self._lines = lines
        self._names = {one.number: f"{one.number} {one.name}" for one in lines.extensions}

    def steps(self, group: RingGroup) -> tuple[Step, ...]:
        """Return what happens, in order."""
        ringing = self._ringing(group)
        if not ringing:
            return (Step(self._t("groups.step.nobody")),)
        more = [*ringing, *self._again(group), *self._waiting(group)]
        return (*more, Step(self._goes(group)))

    def _t(self, key: str, **params: Any) -> str:
        return text(self._language, key, **params)

    def span(self, seconds: int) -> str:
        """Write a number of seconds in words: "1 min 30 s"."""
        minutes, rest = divmod(seconds, 60)
        parts = [self._t("panel.for_minutes", n=minutes)] if minutes else []
        if rest or not minutes:
            parts.append(self._t("panel.for_seconds", n=rest))
        return " ".join(parts)

    # Who rings

    def _ringing(self, group: RingGroup) -> list[Step]:
        tiers = self._tiers(group)
        if group.strategy is Strategy.ORDER:
            tiers = [[one for tier in tiers for one in tier]] if tiers else []
        time = self.span(group.ring_seconds)
        steps = [Step(self._t(self._key(group, tier), who=self._who(group, tier), time=time)) for tier in tiers]
        return self._with_hint(steps)

    def _tiers(self, group: RingGroup) -> list[list[str]]:
        """Return the phones that are tried first, those that come next, and so on."""
        enabled = [one.number for one in self._lines.extensions if one.enabled]
        if group.everyone:
            return [enabled] if enabled else []

        def priority(member: str) -> int:
            return group.priorities.get(member, 1)

        members = sorted((one for one in group.members if one in enabled), key=priority)
        return [list(tier) for _, tier in groupby(members, key=priority)]

    def _key(self, group: RingGroup, tier: list[str]) -> str:
        return "groups.step.one" if len(tier) == 1 else f"groups.step.{group.strategy}"

    def _with_hint(self, steps: list[Step]) -> list[Step]:
        return [Step(steps[0].words, (self._t("groups.step.free_only"),)), *steps[1:]] if steps else []

    def _who(self, group: RingGroup, tier: list[str]) -> str:
        if len(tier) <= _NAMED:
            return ", ".join(self._names[one] for one in tier)
        if group.everyone:
            return self._t("groups.step.everyone", n=len(tier))
        named = ", ".join(self._names[one] for one in tier[: _NAMED - 1])
        return self._t("groups.step.and_more", names=named, n=len(tier) - _NAMED + 1)

    # What comes then

    def _again(self, group: RingGroup) -> list[Step]:
        if group.rounds == 1:
            return []
        key = "groups.step.again" if group.rounds else "groups.step.endless"
        return [Step(self._t(key, n=group.rounds))]

    def _waiting(self, group: RingGroup) -> list[Step]:
        if not group.queue:
            return []
        hints = []
        if group.music:
            hints.append(self._t("groups.step.music", name=self._sounds.get(group.music, group.music)))
        if group.announce_seconds:
            hints.append(self._t("groups.step.announced", time=self.span(group.announce_seconds)))
        if group.offers_callback:
            hints.append(self._t("groups.step.callback_offered"))
        if group.queue_limit:
            hints.append(self._t("groups.step.limited", n=group.queue_limit))
        return [Step(self._t("groups.step.waits", time=self.span(group.queue_seconds)), tuple(hints))]

    def _goes(self, group: RingGroup) -> str:
        if group.overflow == Overflow(OverflowKind.ANNOUNCEMENT):
            return self._t("groups.step.to_built_in_announcement")
        return self._t(f"groups.step.to_{group.overflow.kind}", target=self.target(group) or "…")

    def target(self, group: RingGroup) -> str:
        """Return how people call what a group overflows to; nothing when it leads nowhere."""
        target = group.overflow.target
        if group.overflow.kind is OverflowKind.GROUP:
            return next((one.label for one in self._lines.groups if one.id == target), "")
        if group.overflow.kind is OverflowKind.EXTENSION:
            return self._names.get(target, "")
        if group.overflow.kind is OverflowKind.ANNOUNCEMENT:
            return self._sounds.get(target, "")
        if group.overflow.kind is OverflowKind.MENU:
            return self._menus.get(target, "")
        return phone_number(target)
