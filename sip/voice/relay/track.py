"""One leg's sound as it comes off the wire, put in its place in time, on its way to the end of a WAV file. Pure.

A packet's place is its RTP timestamp: what was lost becomes silence of its length, what comes late is left out. When
the far side sends nothing, or its clock is slow, silence keeps the track as long as the time that has passed.
"""

from __future__ import annotations

from sip.voice.relay.g711 import RATE, SILENCE, linear

_MODULO = 1 << 32
_LATE = 1 << 31  # differences beyond this are behind us (RFC 3550, A.1)
_LONGEST_GAP = 5 * RATE  # samples: a larger step is a new beginning, not a loss
_SLACK = RATE // 8  # samples that a track may be short before it is made up: the usual jitter is no gap
_CLOCK_WAS_SET = 2 * RATE  # samples: nobody looks as seldom as that


class Track:
    """Collects sound; `take` gives what has come since, as it is to be written."""

    def __init__(self, law: int, begun_ns: int) -> None:
        self._law = law
        self._silence = SILENCE[law]
        self._begun_ns = begun_ns
        self._pieces: list[bytes] = []
        self._length = 0  # samples since the beginning
        self._next: int | None = None  # timestamp of the next packet, if nothing is lost

    def add(self, timestamp: int, sound: bytes, at_ns: int) -> None:
        """Go on with a packet's sound."""
        if timestamp != self._next and not self._step_to(timestamp, at_ns):
            return
        self._pieces.append(sound)
        self._length += len(sound)
        self._next = (timestamp + len(sound)) % _MODULO

    def _step_to(self, timestamp: int, at_ns: int) -> bool:
        """Fill what is missing before a packet; False: its place has passed."""
        if self._next is None:
            return True
        ahead = (timestamp - self._next) % _MODULO
        if ahead >= _LATE and _MODULO - ahead <= _LONGEST_GAP:
            return False
        if ahead <= _LONGEST_GAP:
            self._fill(ahead)
        else:
            self.keep_up(at_ns)
        return True

    def restart(self) -> None:
        """Another source speaks from now on: its timestamps mean nothing here yet."""
        self._next = None

    def keep_up(self, now_ns: int) -> None:
        """Make the track as long as the time that has passed."""
        short = (now_ns - self._begun_ns) * RATE // 1_000_000_000 - self._length
        if abs(short) > _CLOCK_WAS_SET:
            self._begun_ns += short * 1_000_000_000 // RATE
        elif short > _SLACK:
            self._fill(short)
            self._next = None

    def _fill(self, samples: int) -> None:
        self._pieces.append(self._silence * samples)
        self._length += samples

    def take(self) -> bytes:
        """Return what has come since the last time, linear."""
        sound, self._pieces = b"".join(self._pieces), []
        return linear(sound, self._law)
