"""What everybody's tabs show of a piece of the page, so that only what has changed is told. Knows no page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shown(Generic[T]):
    """By person, what all their tabs were told last."""

    def __init__(self) -> None:
        self._told: dict[int, T] = {}

    def keep(self, people: Iterable[int]) -> None:
        """Forget everybody else."""
        self._told = {person: self._told[person] for person in people if person in self._told}

    def differs(self, person: int, now: T) -> bool:
        """Say whether a tab of this person may show something else than `now`."""
        return person not in self._told or self._told[person] != now

    def all_tabs(self, person: int, now: T) -> None:
        """Note that every tab of this person was told."""
        self._told[person] = now

    def one_tab(self, person: int, now: T) -> None:
        """Note that one tab was told; when the others show something else, all have to be told at the next look."""
        if self.differs(person, now):
            self._told.pop(person, None)
