"""What is counted of the packets of one source: how many came, how many are missing, how unevenly. Pure.

Source: RFC 3550, appendices A.1 (sequence numbers), A.3 (loss) and A.8 (jitter). Moments are in nanoseconds.
"""

from __future__ import annotations

from collections.abc import Sequence

from sip.voice.relay.g711 import RATE

_NS_PER_SAMPLE = 1_000_000_000 // RATE
_SEQUENCES = 1 << 16
_LATE = 1 << 15
_STAMPS = 1 << 32
_HALF = _STAMPS // 2


class Reception:
    """The figures of one source, from its first packet on."""

    def __init__(self, sequence: int, timestamp: int, at_ns: int) -> None:
        """Begin with the numbers of the first packet, which is still to be counted."""
        self.received = 0
        self.jitter = 0.0  # samples
        self.highest = sequence  # with its cycles: it never wraps
        self._first = sequence
        self._timestamp, self._at_ns = timestamp, at_ns
        self._reported = (0, 0)

    def take(self, packets: Sequence[tuple[int, int, int]]) -> None:
        """Count packets: sequence number, timestamp and moment of each, in the order in which they came."""
        highest, jitter, last_timestamp, last_ns = self.highest, self.jitter, self._timestamp, self._at_ns
        for sequence, timestamp, at_ns in packets:
            step = (sequence - highest) % _SEQUENCES
            if step < _LATE:
                highest += step
            elapsed = (at_ns - last_ns) // _NS_PER_SAMPLE
            stepped = (timestamp - last_timestamp + _HALF) % _STAMPS - _HALF
            jitter += (abs(elapsed - stepped) - jitter) / 16
            last_timestamp, last_ns = timestamp, at_ns
        self.received += len(packets)
        self.highest, self.jitter, self._timestamp, self._at_ns = highest, jitter, last_timestamp, last_ns

    @property
    def expected(self) -> int:
        """How many packets there would be had none been lost."""
        return self.highest - self._first + 1

    @property
    def lost(self) -> int:
        """How many are missing; a packet that came twice is none less."""
        return max(0, self.expected - self.received)

    def lost_lately(self) -> int:
        """Return which part of 256 was lost since this was last asked."""
        before_expected, before_received = self._reported
        self._reported = (self.expected, self.received)
        expected = self.expected - before_expected
        lost = expected - (self.received - before_received)
        return min(255, lost * 256 // expected) if expected and lost > 0 else 0
