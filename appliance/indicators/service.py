"""The only door to the lamps and buttons on the box. Knows pins by their plain types only.

Lamps follow the bus; buttons act through the features' own doors. A box without pins has both in memory: the page shows
what lamps would tell, and buttons can be tried.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from appliance.access.service import Access
from appliance.access.types import RescueEnded
from appliance.analog.service import Analog, DevicesChanged
from appliance.callbacks.events import CallbacksChanged, CallbacksOverdue
from appliance.callbacks.service import Callbacks
from appliance.calls.events import CallArrived, CallChanged, CallEnded
from appliance.calls.service import Calls
from appliance.core.bus import Bus, Unsubscribe
from appliance.core.clock import Clock
from appliance.core.errors import InvalidInput, NotFound, Unavailable
from appliance.core.health import Health, Level
from appliance.hours.service import Hours, HoursChanged
from appliance.i18n.catalog import LANGUAGES, catalogue
from appliance.indicators import models
from appliance.indicators.buttons import Buttons
from appliance.indicators.deciding import decide
from appliance.indicators.deeds import Deeds
from appliance.indicators.facts import Sources
from appliance.indicators.holding import SECONDS
from appliance.indicators.patterns import play
from appliance.indicators.player import Player
from appliance.indicators.stage import Stage
from appliance.indicators.types import ButtonView, IndicatorsChanged, LampView, Pattern, Pressed, Result
from appliance.lines.service import Lines
from appliance.lines.types import LinesChanged
from appliance.store.database import Database
from appliance.store.settings import Settings
from hw.errors import PinsAway
from hw.pins.api import Board, ButtonKind, ButtonPin, Lamp, Moved, PinLevel, PinsState
from hw.pins.contact import Contact

__all__ = [
    "ButtonKind",
    "ButtonView",
    "Indicators",
    "IndicatorsChanged",
    "Lamp",
    "LampView",
    "Pattern",
    "PinsState",
    "Pressed",
    "Result",
]

_TEST_S = 5.0
_SHORTEST_S, _LONGEST_S = 0.05, 30.0
_A_LITTLE_LONGER_S = 1.0  # a busy box notices late
_NOTHING_WRONG = ("no_board", "no_chip")
_FOLLOWS = (
    CallArrived,
    CallChanged,
    CallEnded,
    CallbacksChanged,
    CallbacksOverdue,
    DevicesChanged,
    HoursChanged,
    LinesChanged,
)
_SPARE_PIN = "GPIO22"  # in memory only


class Pins(Protocol):
    """What is asked of the hardware; `hw.pins.box_pins.BoxPins` is it."""

    state: PinsState

    async def open(self, moved: Callable[[Moved], None]) -> None:
        """Look for the board and take its pins."""

    async def close(self) -> None:
        """Put the lamps out and let go of the pins."""

    def light(self, lamp: Lamp, *, on: bool) -> None:
        """Light a lamp, or put it out."""

    def lit(self) -> frozenset[Lamp]:
        """Return the lamps that are lit in this moment."""

    def contact(self, name: str) -> Contact:
        """Return how a button's contact is."""

    def levels(self) -> tuple[PinLevel, ...]:
        """Measure every pin."""

    async def press(self, button: ButtonPin, seconds: float) -> None:
        """Press a button in memory, by the very way of a real one."""


@dataclass(frozen=True)
class Features:
    """What lamps tell of and buttons act on."""

    calls: Calls
    callbacks: Callbacks
    hours: Hours
    lines: Lines
    analog: Analog
    access: Access


class Indicators:
    """Lamps and buttons as others see them."""

    def __init__(
        self, database: Database, settings: Settings, bus: Bus, clock: Clock, health: Health, features: Features
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._health = health
        self._lines = features.lines
        self._sources = Sources(
            features.calls, features.callbacks, features.hours, features.lines, features.analog, health
        )
        self._stage = Stage(clock, Player(clock, self._light, self._has), self._changed)
        deeds = Deeds(features.calls, features.hours, features.access, settings)
        self._buttons = Buttons(clock, deeds, self._stage, self._lamps, self.desk_of, self._changed)
        self._pins: Pins | None = None
        self._desks: dict[str, str] = {}
        self._marked = False
        self._ends: tuple[Unsubscribe, ...] = ()

    # ------------------------------------------------------------------------------------ for the composition root

    async def open(self) -> None:
        """Read for which desks the buttons are, and the words in which presses are noted: a press waits for no file."""
        self._desks = await self._database.read(models.desks)
        for language in LANGUAGES:
            await asyncio.to_thread(catalogue, language)

    async def start(self, pins: Pins) -> None:
        """Take the pins, show how the box is and hear the buttons from now on."""
        self._pins = pins
        await pins.open(self._moved)
        self._report(pins.state)
        self._health.on_change(lambda _: self._mark())
        follow = [self._bus.subscribe(kind, lambda _: self._mark()) for kind in _FOLLOWS]
        self._ends = (*follow, self._bus.subscribe(RescueEnded, lambda _: self._stage.code.take_away()))
        self._look()

    async def stop(self) -> None:
        """Put the lamps out and hear nothing any more. Twice is harmless."""
        for end in self._ends:
            end()
        self._ends = ()
        await self._buttons.stop()
        self._stage.stop()
        pins, self._pins = self._pins, None
        if pins is not None:
            await pins.close()

    # ------------------------------------------------------------------------------------------------- what there is

    @property
    def state(self) -> PinsState:
        """The board, and whether its pins are there."""
        return self._pins.state if self._pins is not None else PinsState()

    def lamps(self) -> tuple[LampView, ...]:
        """Return every lamp that a box may have, as it is or would be."""
        pins = {one.lamp: one.pin for one in self._board.lamps}
        lit = self._pins.lit() if self._pins is not None else frozenset()
        playing = self._stage.playing()
        return tuple(
            LampView(
                lamp, playing[lamp].pattern if lamp in playing else Pattern.OFF, lamp in pins, lamp in lit,
                pins.get(lamp, ""),
            )
            for lamp in Lamp
        )  # fmt: skip

    def buttons(self) -> tuple[ButtonView, ...]:
        """Return every button of the board."""
        return tuple(self._view(one) for one in self._board.buttons)

    def button(self, name: str) -> ButtonView:
        """Return one button. Raises NotFound."""
        return self._view(self._known(name))

    def levels(self) -> tuple[PinLevel, ...]:
        """Measure every pin."""
        return self._pins.levels() if self._pins is not None else ()

    def desk_of(self, button: ButtonPin) -> str:
        """Return for which desk a button is: what was chosen here, or what the map says."""
        return self._desks.get(button.name, button.desk)

    # -------------------------------------------------------------------------------------------------- what people do

    async def choose_desk(self, name: str, desk: str) -> ButtonView:
        """Say for which desk a panic button is; "" for none. Raises NotFound, InvalidInput."""
        button = self._known(name)
        if button.kind is not ButtonKind.PANIC:
            raise InvalidInput("desk", "indicators.no_panic_button")
        self._extension(desk)
        await self._database.write(lambda: models.choose(name, desk))
        self._desks[name] = desk
        self._changed()
        return self._view(button)

    def test_lamps(self) -> None:
        """Light every lamp for some seconds, so that one that is not wired is seen."""
        self._stage.signal.put({lamp: play(Pattern.ON) for lamp in Lamp}, _TEST_S)
        self._changed()

    async def press(self, kind: ButtonKind, desk: str = "", seconds: float = 0) -> Pressed:
        """Press a button in memory (0 s: as long as it takes) and wait for what it does. Raises InvalidInput,
        Unavailable."""
        for_s = seconds or SECONDS[kind] + _A_LITTLE_LONGER_S
        if not _SHORTEST_S <= for_s <= _LONGEST_S:
            raise InvalidInput("seconds", "indicators.bad_seconds", least=_SHORTEST_S, most=int(_LONGEST_S))
        button = self._to_press(kind, desk)
        if self._pins is None:
            raise Unavailable("indicators.not_started")
        pressed_ms = self._clock.now_ms()
        try:
            await self._pins.press(button, for_s)
        except PinsAway as error:
            raise Unavailable("indicators.why.no_library") from error
        await self._buttons.settled()
        last = self._buttons.last(button.name)
        return Pressed(button.name, pressed_ms, last.held_ms, last.result)

    # ------------------------------------------------------------------------------------------------------- inside

    @property
    def _board(self) -> Board:
        return self.state.board or Board("")

    def _lamps(self) -> tuple[Lamp, ...]:
        return tuple(one.lamp for one in self._board.lamps) or tuple(Lamp)

    def _has(self, lamp: Lamp) -> bool:
        return not self.state.why and any(one.lamp is lamp for one in self._board.lamps)

    def _known(self, name: str) -> ButtonPin:
        found = next((one for one in self._board.buttons if one.name == name), None)
        if found is None:
            raise NotFound("indicators.no_such_button")
        return found

    def _to_press(self, kind: ButtonKind, desk: str) -> ButtonPin:
        """Return the board's button of a kind (and desk), or one that is made up for it."""
        self._extension(desk)
        of_kind = [one for one in self._board.buttons if one.kind is kind]
        fitting = [one for one in of_kind if self.desk_of(one) == desk] if desk else of_kind
        return fitting[0] if fitting else ButtonPin(f"{kind.value} {desk}".strip(), kind, _SPARE_PIN, desk=desk)

    def _extension(self, desk: str) -> None:
        if desk and all(one.number != desk for one in self._lines.snapshot().extensions):
            raise InvalidInput("desk", "call.no_such_extension")

    def _view(self, button: ButtonPin) -> ButtonView:
        contact = self._pins.contact(button.name) if self._pins is not None else Contact.UP
        last = self._buttons.last(button.name)
        return ButtonView(
            name=button.name,
            kind=button.kind,
            pin=button.pin,
            switch=button.switch,
            desk=self.desk_of(button),
            pressed=contact is not Contact.UP,
            stuck=contact is Contact.STUCK,
            last_ms=last.at_ms,
            last=last.result,
        )

    def _moved(self, moved: Moved) -> None:
        self._buttons.moved(moved, self._board.debounce_ms)

    def _light(self, lamp: Lamp, *, on: bool) -> None:
        if self._pins is not None:
            self._pins.light(lamp, on=on)

    def _mark(self) -> None:
        """Look soon: what changes in one moment is looked at once."""
        if not self._marked:
            self._marked = True
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        self._marked = False
        if self._pins is not None:
            self._stage.box(decide(self._sources.facts()))

    def _changed(self) -> None:
        self._bus.publish(IndicatorsChanged())

    def _report(self, state: PinsState) -> None:
        if state.why in _NOTHING_WRONG or (state.board is None and not state.why):
            return
        if state.why:
            self._health.report("pins", Level.DEGRADED, f"health.pins.{state.why}", detail=state.detail)
        elif not self._board.simulated:  # green is only what was measured
            self._health.report(
                "pins", Level.OK, "health.pins.ok", n=len(self._board.lamps), m=len(self._board.buttons)
            )
