"""What callers are told at which stage and for which reason, and what the box says to those who are blocked.

The box has a text of its own for each, in every language (`announcements/phrases.py`); an office may put an
announcement of its own in its place. Nothing here waits: everything is in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.announcements.service import Announcements
from appliance.announcements.types import Announcement, Use
from appliance.calls.call import Reason, Stage
from appliance.calls.ports import Notice
from appliance.core.errors import NotFound
from appliance.i18n.catalog import LANGUAGES

BLOCKED, WITHHELD = "blocked", "withheld"
NAMES = (*(f"{reason}_{stage.value}" for reason in Reason for stage in Stage), BLOCKED, WITHHELD)


@dataclass(frozen=True)
class Wording:
    """One wording: its name ("abuse_1"), the announcement chosen for it ("": the box's own), what is played now."""

    name: str
    language: str
    chosen: str
    played: Announcement | None


class Wordings:
    """All wordings, as the office has chosen them."""

    def __init__(self, announcements: Announcements) -> None:
        self._announcements = announcements
        self._chosen: Mapping[str, str] = {}

    def take(self, stored: Mapping[str, str]) -> None:
        """Take what is stored."""
        self._chosen = stored

    def all(self) -> tuple[Wording, ...]:
        """Return every wording in every language."""
        return tuple(self._wording(name, language) for language in LANGUAGES for name in NAMES)

    def _wording(self, name: str, language: str) -> Wording:
        chosen = self._chosen.get(key(name, language), "")
        return Wording(name, language, chosen, self._played(name, language))

    def _played(self, name: str, language: str) -> Announcement | None:
        """Return what is played: an announcement that is gone leaves the box's own."""
        own = f"box-{name.replace('_', '-')}-{language}"
        for one in (self._chosen.get(key(name, language), ""), own):
            try:
                found = self._announcements.get(one)
            except NotFound:
                continue
            if self._announcements.prompts.file(found.id):
                return found
        return None

    def id(self, name: str, language: str) -> str:
        """Return the id of what is played for a wording, or ""."""
        played = self._played(name, language)
        return played.id if played is not None else ""

    def notice(self, stage: int, reason: str, language: str) -> Notice:
        """Return what is played at a stage for a reason."""
        played = self._played(f"{reason}_{stage}", language)
        if played is None:
            return Notice(name=f"{reason}_{stage}")
        seconds = -(-played.duration_ms // 1000)
        return Notice(self._announcements.prompts.file(played.id), played.name, seconds)

    def uses(self, announcement: str) -> tuple[Use, ...]:
        """Return which wordings an announcement of the office stands for."""
        return tuple(Use("wording", name, name) for name, chosen in self._chosen.items() if chosen == announcement)


def key(name: str, language: str) -> str:
    """Return how a wording is kept."""
    return f"{name}.{language}"
