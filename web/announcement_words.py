"""How people call announcements, and how they choose one. Knows catalogue keys, no request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from appliance.announcements.types import Announcement
from appliance.i18n.catalog import text


@dataclass(frozen=True)
class Choices:
    """What may be chosen, as (id, name): music for those who wait, and everything else."""

    music: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]


def named(language: str, one: Announcement) -> str:
    """Return how an announcement is called; the box's own in the reader's language."""
    if not one.built_in:
        return one.name
    spoken = text(language, f"announcements.language.{one.language}")
    return f"{text(language, f'announcements.built_in.{one.built_in}')} · {spoken}"


def names(language: str, announcements: Iterable[Announcement]) -> dict[str, str]:
    """Return how announcements are called, by id."""
    return {one.id: named(language, one) for one in announcements}


def choices(language: str, announcements: Iterable[Announcement]) -> Choices:
    """Return what may be chosen."""
    music: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for one in announcements:
        (music if one.music else others).append((one.id, named(language, one)))
    return Choices(tuple(music), tuple(others))
