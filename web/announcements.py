"""The list of announcements that agents may play into a talk. The one place where it is plugged in; knows no call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from appliance.announcements.service import Announcements as Kept


@dataclass(frozen=True)
class Choice:
    """An announcement: `id` is what call control plays it by."""

    id: str
    name: str


class Announcements(Protocol):
    """Knows what can be played."""

    def choices(self) -> tuple[Choice, ...]:
        """Return the announcements for talks, in the order of the list; must not wait."""


class OfficeAnnouncements:
    """The office's own, without music: what the box says by itself is not for talks."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def choices(self) -> tuple[Choice, ...]:
        """Return what can be played now."""
        own = (one for one in self._kept.list() if not one.music and not one.built_in)
        return tuple(Choice(one.id, one.name) for one in own)
