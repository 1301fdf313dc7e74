"""Who tells of a call on an analog line when its device does not: a gateway's trunk, or another device.

A device is only blamed where both have told of the same call before: that a trunk's number is that of a line could be
a mistake of whoever entered it. Lines that share a number share its calls, so that any of them will do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from appliance.analog.types import AnalogLine
from appliance.core.clock import Clock, Timer

BEFORE_MS = 6000  # a trunk may be slower than the device
AFTER_S = 10.0  # … or much quicker, since the number comes behind the first ring


class Witnesses:
    """`lines` are those of now; `missed` is told which device did not tell of a call."""

    def __init__(self, clock: Clock, lines: Callable[[], Iterable[AnalogLine]], missed: Callable[[str], None]) -> None:
        self._clock = clock
        self._lines = lines
        self._missed = missed
        self._heard_ms: dict[tuple[str, int], int] = {}
        self._agreed: set[tuple[str, str]] = set()  # number and device
        self._timers: dict[int, Timer] = {}
        self._count = 0

    def heard(self, device: str, channel: int, at_ms: int, *, rings: bool = True) -> None:
        """Hear that a device has told something of a line; when that `rings`, others should have told it, too."""
        self._heard_ms[device, channel] = at_ms
        line = next((one for one in self._lines() if (one.device, one.channel) == (device, channel)), None)
        if rings and line is not None and line.number:
            self.rang(line.number, device, at_ms)

    def rang(self, number: str, witness: str, at_ms: int) -> None:
        """Hear from a witness ("" = a trunk) that one of the office's own numbers rings."""
        if self._watching(number, witness):
            self._count += 1
            key = self._count
            self._timers[key] = self._clock.call_later(AFTER_S, lambda: self._look(key, number, witness, at_ms))

    def stop(self) -> None:
        """Blame nobody any more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _watching(self, number: str, witness: str) -> list[AnalogLine]:
        return [one for one in self._lines() if number and one.number == number and one.device != witness]

    def _look(self, key: int, number: str, witness: str, at_ms: int) -> None:
        self._timers.pop(key, None)
        lines = self._watching(number, witness)
        told = {one.device for one in lines if self._told(one, at_ms)}
        self._agreed |= {(number, device) for device in told}
        devices = {one.device for one in lines}
        if not told and len(devices) == 1 and (number, *devices) in self._agreed:
            self._missed(devices.pop())

    def _told(self, line: AnalogLine, at_ms: int) -> bool:
        heard_ms = self._heard_ms.get((line.device, line.channel), -BEFORE_MS)
        return at_ms - BEFORE_MS <= heard_ms <= at_ms + AFTER_S * 1000
