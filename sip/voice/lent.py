"""What worker and relay tell each other of a leg whose sound is lent. Plain types."""

from __future__ import annotations

from msgspec import Struct

from sip.api import Quality


class RelayLeg(Struct, frozen=True):
    """One leg as the mixer leaves it. `sequence` and `timestamp` are those of the last packet that was sent."""

    leg: str
    far: tuple[str, int]
    far_rtcp: tuple[str, int]
    law: int  # RTP payload type of its G.711
    source: int  # SSRC of what its far side hears
    sequence: int
    timestamp: int
    file: str  # goes on being recorded here; empty: is not


class RelayedLeg(Struct, frozen=True):
    """One leg as the relay leaves it. `expected` is how many packets of its far side the mixer has not seen."""

    leg: str
    sequence: int
    timestamp: int
    expected: int
    quality: Quality
