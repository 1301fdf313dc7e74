"""One's own state, as it stands on every page: which desk, what state, since when, what else to choose.

The piece of HTML is `agents/own_state.html`; it wants one variable, `own`, an OwnState.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.access.types import User
from appliance.agents.types import DeskView, Kind
from appliance.services import Services
from web.forms import Message


@dataclass(frozen=True)
class OwnState:
    """A person's desk and what they may choose. `desk` is None for one without a phone.

    `lost_to` is who has taken the phone over, until that was seen; `error` is why the last choice was refused.
    """

    desk: DeskView | None
    kinds: tuple[Kind, ...]
    lost_to: str
    error: Message | None = None


@dataclass(frozen=True)
class OwnStatePage:
    """The variables of the piece of HTML."""

    own: OwnState


def own_state_of(services: Services, user: User, error: Message | None = None) -> OwnState:
    """Return a person's own state as it is now."""
    agents = services.agents
    seat = agents.seat_of(user)
    return OwnState(agents.desk_of(user), agents.choices(), seat.lost_to if seat is not None else "", error)
