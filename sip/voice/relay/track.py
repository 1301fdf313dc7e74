"""One leg's sound as it comes off the wire, put in its place in time, on its way to the end of a WAV file. Pure.

A packet's place is its RTP timestamp: what was lost becomes silence of its length, what comes late is left out. The
track is kept as long as the time that has passed: by silence when the far side sends nothing or its clock is slow, and
by leaving out a packet now and then when its clock is fast.
"""

from __future__ import annotations

from sip.voice.relay.g711 import RATE, SILENCE, linear

_MODULO = 1 << 32
_LATE = 1 << 31  # differences beyond this are behind us (RFC 3550, A.1)
_LONGEST_GAP = 5 * RATE  # samples: a larger step is a new beginning, not a loss
_SLACK = RATE * 60 // 1000  # samples that a track may lack, or have too much, before that is mended
_CLOCK_WAS_SET = 2 * RATE  # samples: nobody looks as seldom as that


class Track:
    """Collects sound; `take` gives what has come since, as it is to be written."""

    def __init__(self, law: int, begun_ns: int) -> None:
        self._law = law
        self._silence = SILENCE[law]
        self._begun_ns = begun_ns
        self._heard_ns = self._seen_ns = begun_ns  # of the last packet: now, and at the last look
        self._lacked = 0  # samples, at the last look
        self._too_much = 0  # samples that are still to be left out
        self._pieces: list[bytes] = []
        self._length = 0  # samples since the beginning
        self._next: int | None = None  # timestamp of the next packet, if nothing is lost

    def add(self, timestamp: int, sound: bytes, at_ns: int) -> None:
        """Go on with a packet's sound."""
        self._heard_ns = at_ns
        if timestamp != self._next and not self._step_to(timestamp, at_ns):
            return
        self._next = (timestamp + len(sound)) % _MODULO
        if self._too_much > 0:
            self._too_much -= len(sound)
            return
        self._pieces.append(sound)
        self._length += len(sound)

    def _step_to(self, timestamp: int, at_ns: int) -> bool:
        """Fill what is missing before a packet; False: its place has passed."""
        if self._next is None:
            return True
        ahead = (timestamp - self._next) % _MODULO
        if ahead >= _LATE and _MODULO - ahead <= _LONGEST_GAP:
            return False
        if ahead <= _LONGEST_GAP:
            self._fill(ahead)
        elif (lacks := self._lacks(at_ns)) > _SLACK:
            self._fill(lacks)
        return True

    def restart(self) -> None:
        """Another source speaks from now on: its timestamps mean nothing here yet."""
        self._next = None

    def keep_up(self, now_ns: int) -> None:
        """Keep the track as long as the time that passes, by what it lacks, or has too much, at two looks in a row.

        Packets that are only late still come, all at once: what was made up for them would shift all that follows.
        """
        came, self._seen_ns = self._heard_ns != self._seen_ns, self._heard_ns
        lacks, lacked = self._lacks(self._heard_ns if came else now_ns), self._lacked
        self._lacked = lacks
        if abs(lacks) > _CLOCK_WAS_SET:
            self._begun_ns += lacks * 1_000_000_000 // RATE
            self._lacked = 0
        elif not came and lacks > _SLACK:
            self._fill(lacks)
            self._lacked, self._next = 0, None
        elif min(lacks, lacked) > _SLACK:
            self._fill(min(lacks, lacked))
        elif max(lacks, lacked) < -_SLACK:
            self._too_much = -max(lacks, lacked)

    def _lacks(self, at_ns: int) -> int:
        return (at_ns - self._begun_ns) * RATE // 1_000_000_000 - self._length

    def _fill(self, samples: int) -> None:
        self._pieces.append(self._silence * samples)
        self._length += samples

    def take(self) -> bytes:
        """Return what has come since the last time, linear."""
        sound, self._pieces = b"".join(self._pieces), []
        return linear(sound, self._law)
