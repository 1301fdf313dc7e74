"""Answers what call control asks: `appliance.calls.ports.Hours`. Plugged in by the composition root; knows no call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from appliance.calls.ports import Closed, OverflowKind
from appliance.core.numbers import show
from appliance.hours.service import Hours
from appliance.hours.types import Instead, Occasion, Verdict
from appliance.lines.service import Lines
from appliance.store.settings import Settings

# What the box itself says when the office has chosen nothing: names of built-in announcements.
OWN = {Occasion.AFTER_HOURS: "closed", Occasion.LUNCH: "lunch", Occasion.HOLIDAY: "holiday"}
OWN_CALLBACK = "called_back_later"


class HoursForCalls:
    """`own` gives the id of a built-in announcement in the office's language, `named` what people call one."""

    def __init__(
        self, hours: Hours, lines: Lines, settings: Settings, own: Callable[[str], str], named: Callable[[str], str]
    ) -> None:
        self._hours = hours
        self._lines = lines
        self._settings = settings
        self._own = own
        self._named = named

    def closed(self, number: str, now: datetime) -> Closed | None:
        """Return what callers of an own number get now, and why; None while the office answers."""
        schedule = self._hours.kept.schedule_of(number)
        verdict = self._hours.verdict(schedule, now, str(self._settings.get("office.language")))
        if verdict.occasion is None:
            return None
        return self._closed(schedule.instead_of(verdict.occasion), verdict, verdict.occasion)

    def _closed(self, instead: Instead, verdict: Verdict, occasion: Occasion) -> Closed:
        own = self._own(OWN_CALLBACK if instead.kind is OverflowKind.CALLBACK else OWN[occasion])
        sound = instead.announcement or own
        return Closed(
            period=verdict.period.value,
            why=verdict.why,
            params=dict(verdict.params),
            kind=instead.kind.value,
            target=instead.target,
            announcement=sound,
            otherwise=self._own(OWN[occasion]),
            label=self._label(instead, sound),
        )

    def _label(self, instead: Instead, sound: str) -> str:
        """Return what people call that which callers get."""
        if instead.kind is OverflowKind.GROUP:
            groups = {one.id: one.label for one in self._lines.snapshot().groups}
            return groups.get(instead.target, instead.target)
        if instead.kind is OverflowKind.MENU:
            return self._hours.menus().get(instead.target, instead.target)
        if instead.kind in (OverflowKind.ANNOUNCEMENT, OverflowKind.CALLBACK):
            return self._named(sound)
        return show(instead.target) if instead.kind is OverflowKind.OUTSIDE else instead.target

    def night(self) -> bool:
        """Say whether the night switch is on now."""
        return self._hours.night.on

    async def turn_night(self, by: str) -> bool:
        """Switch the night on or off, whichever it is not; returns whether it is on now."""
        return (await self._hours.switch_night(not self._hours.night.on, by)).on
