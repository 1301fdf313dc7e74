"""What the loudness of a line says of the talk on it: people are heard, or nobody any more. Pure.

Sound is what is louder than the office's threshold. Ringing is sound, too, but never for long without a gap.
"""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass

KEPT_BLOCKS = 50  # what was heard before anybody knew that it is a talk: five seconds
GAP_MS = 1000  # rings are further apart, words in a talk seldom
TALK_MS = 2500  # no ring is so long


@dataclass(frozen=True)
class Kept:
    """A block that is remembered, and when it began."""

    at_ms: int
    samples: array[int]


class Hearing:
    """One line as it is heard."""

    def __init__(self) -> None:
        self.kept: deque[Kept] = deque(maxlen=KEPT_BLOCKS)
        self.last_sound_ms = 0
        self.since_ms = 0  # the first block
        self._run_ms = 0  # where the sound began that goes on without a gap

    def take(self, at_ms: int, samples: array[int], *, loud: bool) -> None:
        """Hear the next block; `loud`: it is sound and not silence."""
        self.kept.append(Kept(at_ms, samples))
        self.since_ms = self.since_ms or at_ms
        if loud:
            if at_ms - self.last_sound_ms > GAP_MS:
                self._run_ms = at_ms
            self.last_sound_ms = at_ms

    def talk_since(self, at_ms: int) -> int:
        """Return since when people talk, 0 if they do not."""
        talks = at_ms - self.last_sound_ms <= GAP_MS and self.last_sound_ms - self._run_ms >= TALK_MS
        return self._run_ms if talks else 0

    def silent_since(self, answered_ms: int) -> int:
        """Return when somebody was last heard in a talk that has begun at `answered_ms`."""
        return max(self.last_sound_ms, self.since_ms, answered_ms)

    def from_then(self, begin_ms: int) -> tuple[Kept, ...]:
        """Return what is remembered from a moment on."""
        return tuple(one for one in self.kept if one.at_ms >= begin_ms)
