"""Answers what the searches of live calls do next, and offers waiting calls to desks that become free.

The decision itself is `hunting.next_step`; here is when it is asked, in which order waiting calls are served, and
whom each group offered a call last. Everything happens within the loop, so that no desk is offered two calls at once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

from appliance.calls import hunting
from appliance.calls.controller import Controller
from appliance.calls.happenings import Announced, NobodyLeft, Offered
from appliance.calls.live_call import Search
from appliance.calls.parties import Errand
from appliance.calls.ports import Prompts
from appliance.calls.registry import Registry
from appliance.calls.survey import Survey
from appliance.core.clock import Clock

log = logging.getLogger(__name__)


class Finder:
    """Finds somebody for those who call."""

    def __init__(self, registry: Registry, survey: Survey, prompts: Prompts, clock: Clock) -> None:
        self._registry = registry
        self._survey = survey
        self._prompts = prompts
        self._clock = clock
        self._promised: dict[str, str] = {}  # extension → call that was told to ring it, and does not yet

    def decide(self, controller: Controller) -> None:
        """Tell a call what its search does next."""
        search = controller.call.search
        if search is None or not search.deciding:
            return
        found = self._next(controller, search)
        self._note(controller, found)
        controller.tell(found)

    def _next(self, controller: Controller, search: Search) -> hunting.Found:
        call = controller.call
        situation = self._survey.now(but=call.id)
        promised = frozenset(phone for phone, to in self._promised.items() if to != call.id)
        situation = replace(situation, ringing=situation.ringing | promised)
        waited = self._clock.now_ms() - search.since_ms
        found = hunting.next_step(search, call.arrived.inside or call.arrived.shown, situation, waited_ms=waited)
        return self._with_sound(found)

    def _with_sound(self, found: hunting.Found) -> hunting.Found:
        """An announcement that is not there any more must not leave the caller in silence."""
        if not isinstance(found, Announced):
            return found
        file = self._prompts.file(found.file)
        return Announced(file, found.name) if file else NobodyLeft()

    def _note(self, controller: Controller, found: hunting.Found) -> None:
        self._promised = {phone: to for phone, to in self._promised.items() if to != controller.call.id}
        if isinstance(found, Offered):
            self._promised |= {phone: controller.call.id for phone in getattr(found.target, "numbers", ())}
            if found.extension and found.goal.kind == "group":
                self._survey.last_offered[found.goal.target] = found.extension

    def settled(self, call_id: str) -> None:
        """A call has dealt with what it was told: what it rings is seen in its state now."""
        self._promised = {phone: to for phone, to in self._promised.items() if to != call_id}

    def desk_changed(self, extension: str) -> None:
        """A desk may have become free: whoever has waited longest is offered to it."""
        for controller in self._waiting():
            search = controller.call.search
            if search is None or search.deciding:
                continue
            afresh = replace(search, tried=tuple(phone for phone in search.tried if phone != extension))
            found = self._next(controller, afresh)
            if isinstance(found, Offered) and extension in getattr(found.target, "numbers", ()):
                self._note(controller, found)
                controller.tell(found)
                return

    def _waiting(self) -> Iterator[Controller]:
        """Return the calls that wait and for which nothing rings, in the order in which they came."""
        waiting = [
            controller
            for controller in self._registry.controllers()
            if (search := controller.call.search) is not None and search.waiting and not _rings(controller)
        ]
        return iter(sorted(waiting, key=lambda controller: controller.call.started_ms))


def _rings(controller: Controller) -> bool:
    return any(party.errand is Errand.OFFER and not party.is_up for party in controller.call.parties)


