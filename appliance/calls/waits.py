"""How long a caller who waits for a group is likely to wait: from how long its talks took lately. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterable

USUAL_TALK_S = 180
_SHARE = 0.2  # of the newest talk in the mean; about the last ten count


class Waits:
    """Remembers how long talks take, for each group."""

    def __init__(self) -> None:
        self._mean_s: dict[str, float] = {}

    def talked(self, group: str, seconds: float) -> None:
        """Take one more talk into account."""
        before = self._mean_s.get(group, USUAL_TALK_S)
        self._mean_s[group] = before + _SHARE * (seconds - before)

    def expected_s(self, group: str, place: int, people: int) -> int:
        """Return how long the caller at `place` (1 is the next) waits while `people` take calls; 0: nobody knows."""
        if not people:
            return 0
        return round(self._mean_s.get(group, USUAL_TALK_S) * place / people)


def place_in(waiting: Iterable[str], call: str) -> int:
    """Return a call's place among those that wait, in the order in which they came; the first is 1."""
    return next((place for place, one in enumerate(waiting, start=1) if one == call), 1)
