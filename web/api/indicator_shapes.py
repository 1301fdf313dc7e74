"""What goes over the API of lamps and buttons. The rules of `shapes.py` hold here as well."""

from __future__ import annotations

from msgspec import Struct

from appliance.indicators.service import ButtonKind, ButtonView, LampView
from web.api.shapes import Request


class LevelSeen(Struct, frozen=True):
    """One pin as it is measured now. `what` is the lamp or button on it; `active`: lit, or pressed."""

    pin: str
    what: str
    high: bool
    active: bool


class IndicatorsSeen(Struct, frozen=True):
    """Everything there is. `why` is "" when the pins work; "no_board" and "no_chip": this machine has none."""

    board: str
    simulated: bool
    why: str
    detail: str
    lamps: tuple[LampView, ...]
    buttons: tuple[ButtonView, ...]
    levels: tuple[LevelSeen, ...]


class ButtonChange(Request, frozen=True):
    """For which desk (an extension, or "") a panic button is."""

    desk: str


class PressSent(Request, frozen=True):
    """A press: of which button, for how long (0: as long as it takes), and of whose desk's."""

    button: ButtonKind
    desk: str = ""
    seconds: float = 0.0


class RescueState(Struct, frozen=True):
    """The code of the way back into the panel; "" while it is closed."""

    code: str
