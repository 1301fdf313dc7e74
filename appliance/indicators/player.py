"""Plays patterns on lamps. One timer for all of them, which is only due when a lamp changes. Knows no pin.

Lamps that are lit or dark for good cost nothing. A clock that is put right meanwhile only begins a pattern anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from appliance.core.clock import Clock, Timer
from appliance.indicators.types import Play
from hw.pins.api import Lamp

_LATE_MS = 5000  # nothing but a clock that was put right is so late


class Light(Protocol):
    """Whoever has the lamps."""

    def __call__(self, lamp: Lamp, *, on: bool) -> None:
        """Light a lamp, or put it out."""


@dataclass
class _Voice:
    """One lamp's place in its pattern: since when it is at which step. `still`: there is no such lamp to be moved."""

    play: Play
    at: int
    since_ms: int
    still: bool

    @property
    def lit(self) -> bool:
        """Whether it is lit now."""
        return self.play.steps[self.at][0]

    @property
    def due_ms(self) -> int:
        """When it changes; 0: never."""
        ms = 0 if self.still else self.play.steps[self.at][1]
        return self.since_ms + ms if ms else 0


class Player:
    """The lamps' patterns as they are played. `has` tells whether there is such a lamp: for others nothing wakes."""

    def __init__(self, clock: Clock, light: Light, has: Callable[[Lamp], bool]) -> None:
        self._clock = clock
        self._light = light
        self._has = has
        self._voices: dict[Lamp, _Voice] = {}
        self._timer: Timer | None = None

    def show(self, plays: Mapping[Lamp, Play]) -> bool:
        """Play this from now on; what a lamp plays already goes on. Returns whether anything is different."""
        now_ms = self._clock.now_ms()
        changed = [lamp for lamp, play in plays.items() if self._playing(lamp) != play]
        for lamp in changed:
            self._voices[lamp] = _Voice(plays[lamp], 0, now_ms, not self._has(lamp))
            self._light(lamp, on=self._voices[lamp].lit)
        if changed:
            self._wait(now_ms)
        return bool(changed)

    def playing(self) -> Mapping[Lamp, Play]:
        """Return what each lamp plays."""
        return {lamp: voice.play for lamp, voice in self._voices.items()}

    def stop(self) -> None:
        """Play nothing any more; lamps stay as they are."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._voices.clear()

    def _playing(self, lamp: Lamp) -> Play | None:
        voice = self._voices.get(lamp)
        return voice.play if voice is not None else None

    def _wait(self, now_ms: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = [voice.due_ms for voice in self._voices.values() if voice.due_ms]
        if due:
            self._timer = self._clock.call_later(max(0, min(due) - now_ms) / 1000, self._edge)

    def _edge(self) -> None:
        self._timer = None
        now_ms = self._clock.now_ms()
        for lamp, voice in self._voices.items():
            if _advance(voice, now_ms):
                self._light(lamp, on=voice.lit)
        self._wait(now_ms)


def _advance(voice: _Voice, now_ms: int) -> bool:
    """Move a lamp on to where it should be by now; say whether it has moved."""
    if not voice.due_ms:
        return False
    if not voice.since_ms - _LATE_MS < now_ms < voice.due_ms + _LATE_MS:
        voice.since_ms = now_ms
    moved = False
    while 0 < voice.due_ms <= now_ms:
        voice.since_ms, voice.at, moved = voice.due_ms, (voice.at + 1) % len(voice.play.steps), True
    return moved
