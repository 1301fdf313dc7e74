"""Who hears what: bridges, holds and prompts become a set of wires. Pure; knows no pjsua2 and moves no sound.

This is the one place where two legs are joined. `media.Mixer` lays the wires with pjsua's mixer; while there is no
more than a plain talk of two, `shortcut.py` may have the relay carry it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a plug belongs to."""

    LEG = "leg"
    PLAY = "play"
    MUSIC = "music"
    RECORDER = "recorder"
    SILENCE = "silence"


class Plug(NamedTuple):
    """Where a wire begins or ends."""

    kind: Kind
    name: str = ""


class Wire(NamedTuple):
    """Sound flows from `source` to `sink`."""

    source: Plug
    sink: Plug


MUSIC = Plug(Kind.MUSIC)
SILENCE = Plug(Kind.SILENCE)


@dataclass
class Joiner:
    """What was ordered and what the far sides do. `wires` follows from it."""

    legs: set[str] = field(default_factory=set)
    bridges: set[frozenset[str]] = field(default_factory=set)
    together: set[frozenset[str]] = field(default_factory=set)  # those of the bridges whose legs end together
    held: set[str] = field(default_factory=set)  # by our order
    holding: set[str] = field(default_factory=set)  # the far side put us on hold
    plays: dict[str, tuple[str, ...]] = field(default_factory=dict)
    recorded: set[str] = field(default_factory=set)

    def bridge(self, one: str, other: str, *, end_together: bool = False) -> None:
        """Join two legs."""
        self.bridges.add(frozenset((one, other)))
        if end_together:
            self.together.add(frozenset((one, other)))

    def ends_with(self, leg: str) -> frozenset[str]:
        """Return the legs that are to end when `leg` does."""
        return frozenset().union(*(pair for pair in self.together if leg in pair)) - {leg}

    def part(self, one: str, other: str) -> None:
        """Part two legs; parting strangers is harmless."""
        self.bridges.discard(frozenset((one, other)))
        self.together.discard(frozenset((one, other)))

    def forget(self, leg: str) -> None:
        """The leg is gone: nothing leads to it any more."""
        self.bridges = {bridge for bridge in self.bridges if leg not in bridge}
        self.together = {pair for pair in self.together if leg not in pair}
        self.legs.discard(leg)
        self.held.discard(leg)
        self.holding.discard(leg)
        self.recorded.discard(leg)
        self.plays = {play: tuple(name for name in legs if name != leg) for play, legs in self.plays.items()}

    def plain_talk(self) -> tuple[str, str] | None:
        """Return the two legs that do nothing but talk with each other, if that is all there is."""
        if len(self.legs) != 2 or self.bridges != {frozenset(self.legs)} or self.held or self.holding or self.plays:
            return None
        one, other = sorted(self.legs)
        return one, other

    def wires(self) -> frozenset[Wire]:
        """Return every wire that should be there now."""
        # Silence under everything: a far side that gets no packets at all may hang up.
        wanted = {Wire(SILENCE, Plug(Kind.LEG, leg)) for leg in self.legs}
        wanted |= {Wire(MUSIC, Plug(Kind.LEG, leg)) for leg in self.held}
        for bridge in self.bridges:
            one, other = sorted(bridge)
            wanted |= self._towards(one, other) | self._towards(other, one)
        for play, legs in self.plays.items():
            wanted |= {Wire(Plug(Kind.PLAY, play), Plug(Kind.LEG, leg)) for leg in legs}
        for leg in self.recorded:
            recorder = Plug(Kind.RECORDER, leg)
            wanted |= {Wire(Plug(Kind.LEG, leg), recorder), Wire(SILENCE, recorder)}
        return frozenset(wanted)

    def _towards(self, leg: str, other: str) -> set[Wire]:
        """Return what `leg` hears of its bridge with `other`."""
        if leg in self.held or other in self.held:
            return set()
        if other in self.holding:
            return {Wire(MUSIC, Plug(Kind.LEG, leg))}
        return {Wire(Plug(Kind.LEG, other), Plug(Kind.LEG, leg))}
