"""What the lamps show at a time: how the box is, over it a code that is told, over that what a button says.

Knows no feature. A layer on top ends by itself or is taken away, and what is below is seen again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from appliance.core.clock import Clock, Timer
from appliance.indicators.patterns import play
from appliance.indicators.player import Player
from appliance.indicators.types import Pattern, Play
from hw.pins.api import Lamp

Plays = Mapping[Lamp, Play]


class Layer:
    """One layer on top: what it plays, for how long. `changed` is called when that is different."""

    def __init__(self, clock: Clock, changed: Callable[[], None]) -> None:
        self._clock = clock
        self._changed = changed
        self._timer: Timer | None = None
        self.plays: Plays = {}

    def put(self, plays: Plays, seconds: float) -> None:
        """Play this for some seconds, instead of what this layer played."""
        self.stop()
        self.plays = plays
        self._timer = self._clock.call_later(seconds, self.take_away)
        self._changed()

    def take_away(self) -> None:
        """Play nothing in this layer. Twice is harmless."""
        self.stop()
        self.plays = {}
        self._changed()

    def stop(self) -> None:
        """Let nothing end by itself any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Stage:
    """The layers, and the player below them. `changed` is called when a lamp begins to play something else."""

    def __init__(self, clock: Clock, player: Player, changed: Callable[[], None]) -> None:
        self._player = player
        self._changed = changed
        self._box: Plays = {}
        self.code = Layer(clock, self._look)
        self.signal = Layer(clock, self._look)

    def box(self, patterns: Mapping[Lamp, Pattern]) -> None:
        """Show how the box is."""
        self._box = {lamp: play(pattern) for lamp, pattern in patterns.items()}
        self._look()

    def playing(self) -> Plays:
        """Return what each lamp plays."""
        return self._player.playing()

    def stop(self) -> None:
        """Play nothing any more."""
        self.code.stop()
        self.signal.stop()
        self._player.stop()

    def _look(self) -> None:
        if self._player.show({**self._box, **self.code.plays, **self.signal.plays}):
            self._changed()
