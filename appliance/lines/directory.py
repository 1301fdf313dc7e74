"""Gives call control the lines as it wants to see them. Plugged into `calls` by the composition root; knows no call."""

from __future__ import annotations

from dataclasses import fields

from appliance.calls.ports import Directory, Forward, Line, Rules
from appliance.lines.facts import directory_of, shown_choices
from appliance.lines.service import Lines
from appliance.lines.types import LinesSnapshot
from appliance.store.settings import Settings


class LinesDirectory:
    """A `DirectorySource` over the lines in memory. Makes a new directory only when something changed."""

    def __init__(self, lines: Lines, settings: Settings) -> None:
        self._lines = lines
        self._settings = settings
        self._made: Directory | None = None
        self._of: tuple[LinesSnapshot, str, Rules] | None = None

    def directory(self) -> Directory:
        """Return the routing facts as they are now."""
        rules = Rules(**{field.name: self._settings.get(f"calls.{field.name}") for field in fields(Rules)})
        of = (self._lines.snapshot(), str(self._settings.get("office.area_code")), rules)
        if self._made is None or self._of is None or of[1:] != self._of[1:] or of[0] is not self._of[0]:
            self._made, self._of = directory_of(*of), of
        return self._made

    async def forward(self, extension: str, forward: Forward | None) -> None:
        """Send an extension's calls on, or, None, no more. Raises InvalidInput, NotFound, Conflict."""
        await self._lines.set_forward(extension, forward)

    def shown_choices(self, extension: str) -> tuple[Line, ...]:
        """Return the numbers that an extension may choose to show on one call out, its usual one first."""
        return shown_choices(self._lines.snapshot(), extension)
