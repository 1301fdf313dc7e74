"""The parking places: where a call is left so that anybody can fetch it. Knows no panel and no phone."""

from __future__ import annotations

from appliance.calls.controller import Controller
from appliance.calls.registry import Registry
from appliance.calls.requests import ParkAsked
from appliance.calls.survey import Survey
from appliance.core.errors import Conflict, InvalidInput


class Parking:
    """Leaves calls at places, and knows which are taken."""

    def __init__(self, registry: Registry, survey: Survey) -> None:
        self._registry = registry
        self._survey = survey

    def parked(self) -> tuple[Controller, ...]:
        """Return the parked calls by their places."""
        found = [controller for controller in self._registry.controllers() if controller.call.place]
        return tuple(sorted(found, key=lambda controller: controller.call.place))

    def at(self, place: int) -> Controller | None:
        """Return the call at a place."""
        return next((controller for controller in self.parked() if controller.call.place == place), None)

    async def park(self, controller: Controller, extension: str, by: str, place: int = 0) -> int:
        """Leave an extension's call at a place, 0 = the first that is free; returns the place.

        Raises InvalidInput for a place that there is not, Conflict when it is taken or the call cannot be parked.
        """
        rules = self._survey.directory.rules
        taken = {one.call.place for one in self.parked()}
        places = range(1, rules.parking_places + 1)
        if place and place not in places:
            raise InvalidInput("place", "call.no_such_place")
        chosen = place or next((one for one in places if one not in taken), 0)
        if not chosen or chosen in taken:
            raise Conflict("call.cannot.place_taken")
        await controller.ask(ParkAsked(extension, chosen, rules.park_return_seconds, by))
        return chosen
