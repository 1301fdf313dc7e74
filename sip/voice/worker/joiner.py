"""Who hears what: bridges, holds, mutes and prompts become a set of wires. Pure; knows no pjsua2 and moves no sound.

This is the one place where two legs are joined. `media.Mixer` lays the wires with pjsua's mixer; while there is no
more than a plain talk of two, `shortcut.py` may have the relay carry it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from sip import api


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


Joining: TypeAlias = (
    api.Bridge
    | api.Unbridge
    | api.Hold
    | api.Retrieve
    | api.Mute
    | api.Unmute
    | api.Blank
    | api.Unblank
    | api.Listen
    | api.Unlisten
)
"""The orders that say who hears whom, and what recordings hear."""

MUSIC = Plug(Kind.MUSIC)  # what everybody hears; a file of its own is its name
SILENCE = Plug(Kind.SILENCE)


@dataclass
class Joiner:
    """What was ordered and what the far sides do. `wires` follows from it."""

    legs: set[str] = field(default_factory=set)
    bridges: set[frozenset[str]] = field(default_factory=set)
    together: set[frozenset[str]] = field(default_factory=set)  # those of the bridges whose legs end together
    held: dict[str, str] = field(default_factory=dict)  # by our order: leg → its music, "" = what everybody hears
    holding: set[str] = field(default_factory=set)  # the far side put us on hold
    muted: set[str] = field(default_factory=set)
    blank: set[str] = field(default_factory=set)  # recorded as silence
    listens: set[tuple[str, str]] = field(default_factory=set)  # (ear, mouth)
    plays: dict[str, tuple[str, ...]] = field(default_factory=dict)
    recorded: set[str] = field(default_factory=set)
    sent: dict[str, str] = field(default_factory=dict)  # track → the leg of which it keeps all that is sent to it
    heirs: dict[str, str] = field(default_factory=dict)  # who asked for a transfer → the leg that was called for it

    def obey(self, order: Joining) -> None:
        """Take an order in. Those that end something may name legs that have gone."""
        match order:
            case api.Bridge(one, other, end_together):
                self.bridge(one, other, end_together=end_together)
            case api.Unbridge(one, other):
                self.part(one, other)
            case api.Hold(leg, music):
                self.held[leg] = music
            case api.Retrieve(leg):
                self.held.pop(leg, None)
            case api.Mute(leg):
                self.muted.add(leg)
            case api.Unmute(leg):
                self.muted.discard(leg)
            case api.Blank(leg):
                self.blank.add(leg)
            case api.Unblank(leg):
                self.blank.discard(leg)
            case api.Listen(ear, mouth):
                self.listens.add((ear, mouth))
            case api.Unlisten(ear, mouth):
                self.listens.discard((ear, mouth))

    def bridge(self, one: str, other: str, *, end_together: bool = False) -> None:
        """Join two legs."""
        self.bridges.add(frozenset((one, other)))
        if end_together:
            self.together.add(frozenset((one, other)))

    def ends_with(self, leg: str) -> frozenset[str]:
        """Return the legs that are to end when `leg` does: none while a transfer that it asked for goes on."""
        if leg in self.heirs:
            return frozenset()
        names = {leg, *self._left_behind(leg)}
        ending = frozenset().union(*(pair for pair in self.together if pair & names)) - names
        return frozenset(name if name in self.legs else self.heirs.get(name, name) for name in ending)

    def _left_behind(self, heir: str) -> set[str]:
        """Return those who asked for this transfer and have gone."""
        return {asker for asker, called in self.heirs.items() if called == heir and asker not in self.legs}

    def part(self, one: str, other: str) -> None:
        """Part two legs; parting strangers is harmless."""
        self.bridges.discard(frozenset((one, other)))
        self.together.discard(frozenset((one, other)))

    def replace(self, leg: str, by: str) -> None:
        """Another leg takes the place of `leg` in its bridges, and hears and is heard as it was.

        What its far side did (a hold) or was muted or held for is its own matter and does not pass on.
        """
        self.bridges = {_with(pair, leg, by) for pair in self.bridges}
        self.together = {_with(pair, leg, by) for pair in self.together}
        self.listens = {(by if ear == leg else ear, by if mouth == leg else mouth) for ear, mouth in self.listens}
        self.plays = {play: tuple(by if name == leg else name for name in legs) for play, legs in self.plays.items()}
        self.sent = {track: by if to == leg else to for track, to in self.sent.items()}
        if leg in self.blank:
            self.blank.add(by)
        self.heirs.pop(leg, None)
        self.heirs = {asker: by if called == leg else called for asker, called in self.heirs.items()}

    def forget(self, leg: str) -> None:
        """The leg is gone: nothing leads to it any more."""
        without = {leg, *self._left_behind(leg)}
        if (heir := self.heirs.get(leg)) is not None:  # whoever would have ended with it now ends with its heir
            self.heirs = {asker: heir if called == leg else called for asker, called in self.heirs.items()}
        else:
            self.heirs = {asker: called for asker, called in self.heirs.items() if called != leg}
            self.together = {pair for pair in self.together if not pair & without}
        self.bridges = {bridge for bridge in self.bridges if leg not in bridge}
        self.listens = {pair for pair in self.listens if leg not in pair}
        self.held.pop(leg, None)
        for names in (self.legs, self.holding, self.muted, self.blank, self.recorded):
            names.discard(leg)
        self.recorded.difference_update(self.sent_to(leg))
        self.sent = {track: to for track, to in self.sent.items() if to != leg}
        self.plays = {play: tuple(name for name in legs if name != leg) for play, legs in self.plays.items()}

    def sent_to(self, leg: str) -> tuple[str, ...]:
        """Return the tracks that keep what is sent to a leg."""
        return tuple(track for track, to in self.sent.items() if to == leg)

    def plain_talk(self) -> tuple[str, str] | None:
        """Return the two legs that do nothing but talk with each other, if that is all there is."""
        more = self.held or self.holding or self.muted or self.blank or self.listens or self.plays
        if len(self.legs) != 2 or self.bridges != {frozenset(self.legs)} or more:
            return None
        one, other = sorted(self.legs)
        return one, other

    def wires(self) -> frozenset[Wire]:
        """Return every wire that should be there now."""
        # Silence under everything: a far side that gets no packets at all may hang up.
        wanted = {Wire(SILENCE, Plug(Kind.LEG, leg)) for leg in self.legs}
        wanted |= {Wire(Plug(Kind.MUSIC, music), Plug(Kind.LEG, leg)) for leg, music in self.held.items()}
        for bridge in self.bridges:
            one, other = sorted(bridge)
            wanted |= self._towards(one, other) | self._towards(other, one)
        for ear, mouth in self.listens:
            if not {ear, mouth} & self.held.keys():
                wanted |= self._voice(mouth, Plug(Kind.LEG, ear))
        for play, legs in self.plays.items():
            wanted |= {Wire(Plug(Kind.PLAY, play), Plug(Kind.LEG, leg)) for leg in legs}
        for leg in self.recorded - self.sent.keys():
            recorder = Plug(Kind.RECORDER, leg)
            if leg in self.blank:
                wanted |= {Wire(SILENCE, recorder)}
                continue
            sound = {Wire(Plug(Kind.PLAY, leg), recorder)} if leg in self.plays else self._voice(leg, recorder)
            wanted |= {Wire(SILENCE, recorder)} | sound
        return frozenset(wanted | self._sent_wires(wanted))

    def _sent_wires(self, wires: set[Wire]) -> set[Wire]:
        """Return, for each leg of which it is kept what is sent to it, the same wires once more: to the recorder."""
        return {
            Wire(wire.source, Plug(Kind.RECORDER, track))
            for track, leg in self.sent.items()
            for wire in wires
            if wire.sink == Plug(Kind.LEG, leg)
        }

    def _towards(self, leg: str, other: str) -> set[Wire]:
        """Return what `leg` hears of its bridge with `other`."""
        if leg in self.held or other in self.held:
            return set()
        if other in self.holding:
            return {Wire(MUSIC, Plug(Kind.LEG, leg))}
        return self._voice(other, Plug(Kind.LEG, leg))

    def _voice(self, leg: str, sink: Plug) -> set[Wire]:
        """Return how `sink` hears what a leg says."""
        return set() if leg in self.muted else {Wire(Plug(Kind.LEG, leg), sink)}


def _with(pair: frozenset[str], leg: str, by: str) -> frozenset[str]:
    return pair - {leg} | {by} if leg in pair else pair


def legs_needed(order: Joining) -> tuple[str, ...]:
    """Return the legs that must be there for an order: none for one that ends something."""
    match order:
        case api.Bridge(one, other):
            return one, other
        case api.Listen(ear, mouth):
            return ear, mouth
        case api.Hold(leg) | api.Mute(leg):
            return (leg,)
        case _:
            return ()
