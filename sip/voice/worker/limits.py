"""What a conversation may not exceed. Pure: moments in, an answer out; knows neither legs nor pjsua2."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

FINISH_WITHIN_S = 35.0
"""A BYE that nobody answers is given up by SIP itself after 32 s (RFC 3261, timer F)."""


class Breach(Enum):
    """Which limit was reached."""

    UNUSED = auto()
    TOO_LONG = auto()
    WILL_NOT_END = auto()


@dataclass
class Limits:
    """Deadlines of one conversation, on the monotonic clock in seconds."""

    begun_s: float
    unused_s: float
    longest_s: float
    used: bool = False
    finishing_since_s: float | None = None

    def breached(self, now_s: float) -> Breach | None:
        """Return the limit that is reached now, or None."""
        if self.finishing_since_s is not None:
            late = now_s >= self.finishing_since_s + FINISH_WITHIN_S
            return Breach.WILL_NOT_END if late else None
        if not self.used:
            return Breach.UNUSED if now_s >= self.begun_s + self.unused_s else None
        return Breach.TOO_LONG if now_s >= self.begun_s + self.longest_s else None

    def next_s(self) -> float:
        """Return the moment of the next deadline."""
        if self.finishing_since_s is not None:
            return self.finishing_since_s + FINISH_WITHIN_S
        return self.begun_s + (self.longest_s if self.used else self.unused_s)
