"""What the office says of itself, as it is read aloud: its name, its number, its hours. Knows no announcement.

Answers `appliance.announcements.wording.Facts`; nothing here waits.
"""

from __future__ import annotations

from appliance.core.numbers import show
from appliance.hours.service import Hours
from appliance.hours.types import USUAL
from appliance.i18n import spoken_hours
from appliance.lines.service import Lines
from appliance.store.settings import Settings


class OfficeAloud:
    """The office in words. The hours are those of the usual schedule, the number is the first of its own."""

    def __init__(self, hours: Hours, lines: Lines, settings: Settings) -> None:
        self._hours = hours
        self._lines = lines
        self._settings = settings

    def fact(self, placeholder: str, language: str) -> str:
        """Return what stands for a placeholder; "" when it is not known."""
        if placeholder == "office":
            return str(self._settings.get("office.name"))
        if placeholder == "number":
            return self._number(language)
        return self._open_hours(language) if placeholder == "open_hours" else ""

    def _number(self, language: str) -> str:
        own = self._lines.snapshot().numbers
        return spoken_hours.number(language, show(own[0].number)) if own else ""

    def _open_hours(self, language: str) -> str:
        usual = next((one for one in self._hours.kept.schedules if one.id == USUAL), None)
        if usual is None:
            return ""
        days = tuple(tuple((span.begins, span.ends) for span in day.spans) for day in usual.week)
        return spoken_hours.week(language, days)
