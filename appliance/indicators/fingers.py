"""Follows every button from its moves to what it says, by the clock. Knows no pin and nothing of what is done."""

from __future__ import annotations

from collections.abc import Callable

from appliance.core.clock import Clock, Timer
from appliance.indicators.holding import SECONDS, Phase, Says, Signal, step
from hw.pins.api import ButtonPin, Moved


class Fingers:
    """The buttons' phases. `says` hears what buttons say, in the moment in which they do."""

    def __init__(self, clock: Clock, says: Callable[[ButtonPin, Says], None]) -> None:
        self._clock = clock
        self._says = says
        self._phases: dict[str, Phase] = {}
        self._timers: dict[str, Timer] = {}

    def moved(self, moved: Moved, believed_after_ms: int) -> None:
        """Hear that a button has moved; the contact itself did so a moment earlier, which counts as held."""
        button = moved.button
        self._signal(button, Signal.PRESSED if moved.down else Signal.RELEASED)
        if self._phases.get(button.name) is Phase.HELD and button.name not in self._timers:
            self._wait(button, SECONDS[button.kind] - believed_after_ms / 1000)

    def stop(self) -> None:
        """Follow nothing any more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._phases.clear()

    def _wait(self, button: ButtonPin, seconds: float) -> None:
        if seconds <= 0:
            self._signal(button, Signal.TIME)
        else:
            self._timers[button.name] = self._clock.call_later(seconds, lambda: self._signal(button, Signal.TIME))

    def _signal(self, button: ButtonPin, signal: Signal) -> None:
        phase, says = step(self._phases.get(button.name, Phase.UP), signal)
        self._phases[button.name] = phase
        if phase is not Phase.HELD and (timer := self._timers.pop(button.name, None)) is not None:
            timer.cancel()
        if says is not Says.NOTHING:
            self._says(button, says)
