"""The night switch as every header shows it. Knows no request and no channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from web.hours_words import HoursWords

if TYPE_CHECKING:
    from appliance.services import Services


@dataclass(frozen=True)
class NightState:
    """The switch as the header shows it; `until` is "" while it is on without an end."""

    on: bool
    until: str


@dataclass(frozen=True)
class NightPart:
    """The piece of the header."""

    night: NightState


def night_state(services: Services, language: str) -> NightState:
    """Return how the switch stands now."""
    night = services.hours.night
    return NightState(night.on, HoursWords(services, language).night(night))
