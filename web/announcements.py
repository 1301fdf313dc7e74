"""The list of announcements that agents may play into a talk. The one place where it is plugged in; knows no call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aiohttp import web


@dataclass(frozen=True)
class Choice:
    """An announcement: `id` is what call control plays it by."""

    id: str
    name: str


class Announcements(Protocol):
    """Knows what can be played."""

    def choices(self) -> tuple[Choice, ...]:
        """Return the announcements for talks, in the order of the list; must not wait."""


class NoAnnouncements:
    """Stands in until the office has some."""

    def choices(self) -> tuple[Choice, ...]:
        """Return nothing."""
        return ()


ANNOUNCEMENTS: web.AppKey[Announcements] = web.AppKey("announcements")
