"""Finds out what is on a port: which dialect at which speed. Pure; bytes and moments in, frames and wishes out.

At one speed all its dialects read along; the first that understands something has it. Bytes that nobody understands
say that the speed is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

from hw.api import Frame, FrameKind
from hw.cid.registry import Dialect, Reader, dialects

GARBAGE = 12  # bytes without any sense: another speed
_TELLING = (FrameKind.RING, FrameKind.DEVICE)


@dataclass(frozen=True)
class Attempt:
    """One speed, what is asked at it, and who reads along."""

    speed: int
    asked: Dialect
    reading: tuple[Dialect, ...]


def attempts(pinned: str = "", speed: int = 0) -> tuple[Attempt, ...]:
    """Return what is to be tried, in order: what is known or chosen, or everything."""
    known = tuple(one for one in dialects() if not pinned or one.name == pinned)
    return tuple(
        Attempt(at, one, tuple(other for other in known if at in other.speeds))
        for one in known
        for at in one.speeds
        if not speed or not pinned or at == speed
    )


def speeds(tries: tuple[Attempt, ...]) -> tuple[int, ...]:
    """Return each speed once."""
    return tuple(dict.fromkeys(one.speed for one in tries))


class Ears:
    """Reads one port until somebody understands it, and with that one's reader from then on."""

    def __init__(self, reading: tuple[Dialect, ...]) -> None:
        self._readers: dict[str, tuple[Dialect, Reader]] = {one.name: (one, one.reader()) for one in reading}
        self.understood: Dialect | None = None
        self.expected: Dialect | None = None

    def expect(self, known: Dialect) -> None:
        """Take anything that makes sense in this dialect for what it is: its device was known before."""
        self.expected = known

    def feed(self, data: bytes, now_ms: int) -> list[Frame]:
        """Return what is understood of the bytes."""
        return self._pick([(one, reader.feed(data, now_ms)) for one, reader in self._readers.values()])

    def tick(self, now_ms: int) -> list[Frame]:
        """Return what time alone completes."""
        return self._pick([(one, reader.tick(now_ms)) for one, reader in self._readers.values()])

    @property
    def unread(self) -> int:
        """How many bytes meant nothing to whoever has understood the others."""
        return self._readers[self.understood.name][1].unread if self.understood is not None else 0

    @property
    def nonsense(self) -> int:
        """How many bytes meant nothing to anybody here, while nothing was understood: many came at another speed."""
        if self.understood is not None or not self._readers:
            return 0
        return min(reader.unread for _, reader in self._readers.values())

    def _pick(self, heard: list[tuple[Dialect, list[Frame]]]) -> list[Frame]:
        for one, frames in heard:
            if any(frame.kind in _TELLING for frame in frames) or (frames and one in (self.understood, self.expected)):
                self.understood = one
                self._readers = {one.name: self._readers[one.name]}
                return frames
        return []
