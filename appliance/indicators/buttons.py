"""From a button's moves to what is done and what lamps say of it. Knows no pin.

What a press does runs in a task of its own, so that one that waits for the disk does not hold up another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from appliance.core.clock import Clock
from appliance.core.tasks import Tasks
from appliance.indicators.deeds import Deeds
from appliance.indicators.fingers import Fingers
from appliance.indicators.holding import SECONDS, Says
from appliance.indicators.patterns import code, countdown, play
from appliance.indicators.stage import Stage
from appliance.indicators.types import Pattern, Result
from hw.pins.api import ButtonKind, ButtonPin, Lamp, Moved

TELLS = (Lamp.LINE, Lamp.RINGING, Lamp.RECORDING, Lamp.CALLBACKS, Lamp.NIGHT, Lamp.FAULT)
"""The lamps that tell a code, digit by digit."""
FEWEST_TELL = 4  # fewer could be guessed
_DONE_S, _SHORT_S, _VAIN_S = 2.0, 1.0, 1.2
_LAMP = {ButtonKind.NIGHT: Lamp.NIGHT, ButtonKind.PANIC: Lamp.FAULT}
_IN_VAIN = (Result.NO_CALL, Result.NO_DESK, Result.NOT_SET_UP, Result.FAILED)


@dataclass(frozen=True)
class Last:
    """A button's last press: when it began, when it was held for long enough (0: it was not), what it did."""

    at_ms: int = 0
    held_ms: int = 0
    result: Result = Result.NONE


class Buttons:
    """The buttons' doings. `lamps` tells which there are, `desk` whom a panic button is for."""

    def __init__(
        self,
        clock: Clock,
        deeds: Deeds,
        stage: Stage,
        lamps: Callable[[], tuple[Lamp, ...]],
        desk: Callable[[ButtonPin], str],
        changed: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._deeds = deeds
        self._stage = stage
        self._lamps = lamps
        self._desk = desk
        self._changed = changed
        self._fingers = Fingers(clock, self._says)
        self._tasks = Tasks("buttons")
        self._switch = asyncio.Lock()
        self._last: dict[str, Last] = {}

    def moved(self, moved: Moved, believed_after_ms: int) -> None:
        """Hear that a button has moved."""
        if moved.button.switch:
            self._last[moved.button.name] = Last(self._clock.now_ms(), self._clock.now_ms())
            self._tasks.start("key switch", self._turn(moved))
        else:
            self._fingers.moved(moved, believed_after_ms)
        self._changed()

    def last(self, name: str) -> Last:
        """Return a button's last press."""
        return self._last.get(name, Last())

    async def settled(self) -> None:
        """Wait until what was begun is done."""
        await self._tasks.finish()

    async def stop(self) -> None:
        """Do nothing any more."""
        self._fingers.stop()
        await self._tasks.stop()

    # ------------------------------------------------------------------------------------------------------- inside

    def _says(self, button: ButtonPin, says: Says) -> None:
        now_ms = self._clock.now_ms()
        if says is Says.BEGINS:
            self._last[button.name] = Last(now_ms)
            if button.kind is ButtonKind.RESET:
                seconds = SECONDS[button.kind]
                self._stage.signal.put(countdown(self._lamps(), round(seconds * 1000)), seconds + 1)
        elif says is Says.LET_GO:
            self._last[button.name] = replace(self.last(button.name), result=Result.LET_GO)
            if button.kind is ButtonKind.RESET:
                self._stage.signal.take_away()
        else:
            self._last[button.name] = replace(self.last(button.name), held_ms=now_ms)
            self._tasks.start(f"button {button.name}", self._do(button))
        self._changed()

    async def _do(self, button: ButtonPin) -> None:
        if button.kind is ButtonKind.PANIC:
            result = await self._deeds.panic(self._desk(button))
        elif button.kind is ButtonKind.NIGHT:
            result = await self._deeds.night()
        else:
            result = await self._reset()
        self._over(button, result)

    async def _turn(self, moved: Moved) -> None:
        async with self._switch:  # as it stands in the end, however quickly it was turned to and fro
            self._over(moved.button, await self._deeds.night_is(moved.down))

    async def _reset(self) -> Result:
        tell = [lamp for lamp in self._lamps() if lamp in TELLS]
        result, digits = await self._deeds.reset(len(tell) if len(tell) >= FEWEST_TELL else len(TELLS))
        if digits and len(tell) >= FEWEST_TELL:
            self._stage.code.put(code(tell, digits), self._deeds.code_seconds)
        return result

    def _over(self, button: ButtonPin, result: Result) -> None:
        self._last[button.name] = replace(self.last(button.name), result=result)
        lamps = self._lamps() if button.kind is ButtonKind.RESET else self._signal_lamp(_LAMP[button.kind])
        if result in _IN_VAIN:
            self._signal(lamps, Pattern.DOUBLE, _VAIN_S)
        else:
            self._signal(lamps, Pattern.FLICKER, _SHORT_S if button.kind is ButtonKind.NIGHT else _DONE_S)
        self._changed()

    def _signal_lamp(self, wanted: Lamp) -> Iterable[Lamp]:
        return (wanted,) if wanted in self._lamps() else (Lamp.POWER,)

    def _signal(self, lamps: Iterable[Lamp], pattern: Pattern, seconds: float) -> None:
        self._stage.signal.put({lamp: play(pattern) for lamp in lamps}, seconds)
