"""The quality of one stream that was partly in the mixer's hands and partly in the relay's. Pure.

The mixer's counters stand still while the sound is lent. The next packet they see then looks as if all that was
relayed had been lost, unless there was so much of it that they begin anew (pjmedia/rtp.c, MAX_DROPOUT).
"""

from __future__ import annotations

from sip.api import Quality
from sip.voice.lent import RelayedLeg

_BEGINS_ANEW = 3000


class Figures:
    """Collects what each part saw."""

    def __init__(self) -> None:
        self._lent_at: list[int] = []  # what the mixer had counted as lost then
        self._relayed: list[RelayedLeg] = []

    def lend(self, mixed: Quality) -> None:
        """The sound goes to the relay."""
        self._lent_at.append(mixed.lost)

    def give_back(self, relayed: RelayedLeg | None) -> None:
        """The sound is back; None: the relay died and told nothing."""
        self._relayed.append(relayed or RelayedLeg("", 0, 0, 0, Quality()))

    def total(self, mixed: Quality, relayed: Quality | None = None) -> Quality:
        """Return the whole, given what the mixer counts now, and the relay if the sound is lent."""
        parts = [part.quality for part in self._relayed] + ([relayed] if relayed is not None else [])
        received = mixed.received + sum(part.received for part in parts)
        jitters = sum(part.jitter_ms * part.received for part in (mixed, *parts))
        round_trips = [part.round_trip_ms for part in (mixed, *parts) if part.round_trip_ms]
        return Quality(
            received=received,
            lost=mixed.lost - self._only_relayed(mixed.lost) + sum(part.lost for part in parts),
            jitter_ms=round(jitters / received, 1) if received else 0.0,
            far_lost=max(part.far_lost for part in (mixed, *parts)),
            round_trip_ms=round_trips[-1] if round_trips else 0.0,
        )

    def _only_relayed(self, lost_now: int) -> int:
        """Return how many the mixer took for lost that the relay had."""
        counted = (*self._lent_at[1:], lost_now)
        return sum(
            relayed.expected
            for before, after, relayed in zip(self._lent_at, counted, self._relayed, strict=False)
            if relayed.expected < _BEGINS_ANEW and after - before >= relayed.expected
        )
