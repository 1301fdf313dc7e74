"""Puts the tracks of a call where they belong in time: one side left, the other right. Knows no file format.

Time is counted in samples from the first sample of the first track. What no track covers is silence; where tracks of
one side overlap (a phone is taken over by another) they are heard together.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

# A clock that was set right in the middle of a call must not make hours of silence.
LONGEST_GAP_SECONDS = 4 * 3600

_LOUDEST = 32767
_LOWEST = -32768


class Source(Protocol):
    """Something with samples."""

    def read(self, first: int, count: int) -> array[int]:
        """Return up to `count` samples from sample `first` on."""


@dataclass(frozen=True)
class Placed:
    """A track and when it began, in milliseconds since any moment common to all tracks."""

    source: Source
    samples: int
    started_ms: int


@dataclass(frozen=True)
class Laid:
    """A track in its place, in samples from the beginning of the recording."""

    source: Source
    first: int
    samples: int

    @property
    def end(self) -> int:
        """The sample after the last."""
        return self.first + self.samples


def lay(sides: Sequence[Sequence[Placed]], rate: int) -> list[list[Laid]]:
    """Give every track its place. Order and number of the sides stay."""
    laid: list[list[Laid]] = [[] for _ in sides]
    everything = sorted(
        ((track, side) for side, tracks in enumerate(sides) for track in tracks if track.samples),
        key=lambda entry: entry[0].started_ms,
    )
    shift = everything[0][0].started_ms if everything else 0
    end = 0
    for track, side in everything:
        first = (track.started_ms - shift) * rate // 1000
        if first - end > LONGEST_GAP_SECONDS * rate:
            shift += (first - end) * 1000 // rate
            first = end
        laid[side].append(Laid(track.source, first, track.samples))
        end = max(end, first + track.samples)
    return laid


def length(sides: Sequence[Sequence[Laid]]) -> int:
    """Return how many samples the recording has."""
    return max((track.end for side in sides for track in side), default=0)


def window(side: Sequence[Laid], first: int, count: int) -> array[int]:
    """Return exactly `count` samples of one side from sample `first` on."""
    heard = array("h", bytes(2 * count))
    covered = 0  # tracks come in order of their beginning, so what is covered is one piece from the left
    for track in side:
        begin, end = max(first, track.first), min(first + count, track.end)
        if begin >= end:
            continue
        samples = track.source.read(begin - track.first, end - begin)
        at = begin - first
        overlap = max(0, min(covered - at, len(samples)))
        for index in range(overlap):
            heard[at + index] = max(_LOWEST, min(_LOUDEST, heard[at + index] + samples[index]))
        heard[at + overlap : at + len(samples)] = samples[overlap:]
        covered = max(covered, at + len(samples))
    return heard


def windows(sides: Sequence[Sequence[Laid]], count: int) -> Iterator[tuple[array[int], ...]]:
    """Yield all sides, `count` samples at a time; the last may be shorter."""
    total = length(sides)
    for first in range(0, total, count):
        size = min(count, total - first)
        yield tuple(window(side, first, size) for side in sides)
