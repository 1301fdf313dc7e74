"""Announcements as plain frozen objects. Touches no file and no table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

RATE = 8000  # samples a second of everything that is kept: what telephone lines carry
LARGEST_MB = 30
LONGEST_MINUTES = 15
LONGEST_TEXT = 1000
SLOWEST, FASTEST = 60, 160  # percent of the usual speed


class Source(StrEnum):
    """Where an announcement comes from."""

    UPLOADED = "uploaded"
    SPOKEN = "spoken"
    RECORDED = "recorded"  # at a phone
    BUILT_IN = "built_in"


@dataclass(frozen=True)
class Draft:
    """What is said about an announcement by whoever makes or changes it.

    `language` may be empty for what was uploaded. `music`: meant for those who wait. `text` is what is spoken, empty
    for what was not; `voice` who speaks it ("": the usual one), `speed` how fast, in percent of the usual.
    """

    name: str
    language: str = ""
    music: bool = False
    text: str = ""
    speed: int = 100
    voice: str = ""


@dataclass(frozen=True)
class Announcement:
    """An announcement. `size` in bytes, `file` its name in the folder; `built_in` which of the box's own it is.

    `said` is what is really spoken: `text` with its placeholders filled. `dial` is its number for phones.
    """

    id: str
    name: str
    source: Source
    language: str
    music: bool
    text: str
    speed: int
    duration_ms: int
    size: int
    file: str
    changed_ms: int
    built_in: str = ""
    voice: str = ""
    said: str = ""
    dial: int = 0
    version: int = 1
    changed_by: str = ""


@dataclass(frozen=True)
class Version:
    """What an announcement was before: `version` counts, `made_by` made it at `at_ms`."""

    announcement: str
    version: int
    at_ms: int
    made_by: str
    source: Source
    language: str
    text: str
    said: str
    voice: str
    speed: int
    duration_ms: int
    size: int
    file: str


@dataclass(frozen=True)
class Use:
    """Something that plays an announcement: what kind of thing, its id, how people call it."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True)
class AnnouncementsChanged:
    """An announcement was added, changed or removed, and that is stored."""
