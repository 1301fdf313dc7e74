"""Lamps and buttons on the box over the API."""

from __future__ import annotations

from appliance.indicators.service import ButtonView, Pressed
from web.api.indicator_shapes import ButtonChange, IndicatorsSeen, LevelSeen, PressSent, RescueState
from web.api.operation import Asked


async def get_indicators(asked: Asked) -> IndicatorsSeen:
    """Get what lamps show, how buttons are and what they did last, and the level of every pin."""
    indicators = asked.services.indicators
    state = indicators.state
    return IndicatorsSeen(
        board=state.board.name if state.board is not None else "",
        simulated=state.board is not None and state.board.simulated,
        why=state.why,
        detail=state.detail,
        lamps=indicators.lamps(),
        buttons=indicators.buttons(),
        levels=tuple(LevelSeen(one.pin, one.what, one.high, one.active) for one in indicators.levels()),
    )


async def test_lamps(asked: Asked) -> None:
    """Light every lamp for five seconds. Twice is once more."""
    asked.services.indicators.test_lamps()


async def change_button(asked: Asked, button: str, body: ButtonChange) -> ButtonView:
    """Say for which desk a panic button is."""
    return await asked.services.indicators.choose_desk(button, body.desk)


async def press_button(asked: Asked, body: PressSent) -> Pressed:
    """Press a button in memory, by the very way of a real one, and wait for what it does."""
    return await asked.services.indicators.press(body.button, body.desk, body.seconds)


async def get_rescue(asked: Asked) -> RescueState:
    """Get the code of the way back into the panel, while it is open."""
    return RescueState(asked.services.access.rescue.code)
