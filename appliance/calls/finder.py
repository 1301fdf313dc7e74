"""Answers what the searches of live calls do next, and offers waiting calls to desks that become free.

The decision itself is `hunting.next_step`; here is when it is asked, in which order waiting calls are served, and
what those who wait are told. Everything is decided within the loop, so that no desk is offered two calls at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from msgspec import structs

from appliance.calls import dictation, hunting
from appliance.calls.causes import cause_of
from appliance.calls.controller import Controller
from appliance.calls.dictating import Dictating
from appliance.calls.events import PartyLeft
from appliance.calls.happenings import (
    Announced,
    Asked,
    CallbackAsked,
    CallbackNoted,
    Happening,
    NobodyLeft,
    Offered,
    Queued,
    ReadBack,
    Said,
)
from appliance.calls.live_call import LiveCall, Phase, Search
from appliance.calls.parties import Errand
from appliance.calls.ports import Desks, Prompts
from appliance.calls.registry import Registry
from appliance.calls.survey import Survey, rung_by, talking_in
from appliance.calls.tones import Tones
from appliance.calls.waits import Waits, place_in
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.tasks import Tasks


class Finder:
    """Finds somebody for those who call."""

    def __init__(
        self,
        registry: Registry,
        survey: Survey,
        desks: Desks,
        prompts: Prompts,
        tones: Tones,
        dictating: Dictating,
        clock: Clock,
        bus: Bus,
    ) -> None:
        self._registry = registry
        self._survey = survey
        self._prompts = prompts
        self._tones = tones
        self._dictating = dictating
        self._clock = clock
        self._waits = Waits()
        self._tasks = Tasks("waiting callers")
        self._ends = (desks.changed(self.desk_changed), bus.subscribe(PartyLeft, self._party_left))

    async def stop(self) -> None:
        """Tell nobody anything any more."""
        for end in self._ends:
            end()
        await self._tasks.stop()
        await self._dictating.stop()

    # ------------------------------------------------------------------------------------------------- for one call

    def decide(self, controller: Controller) -> None:
        """Tell a call what its search does next."""
        search = controller.call.search
        if search is None or not search.deciding:
            return
        if search.goal.kind == dictation.GOAL:
            self._dictating.begin(controller)
            return
        found = self._next(controller, search)
        self._survey.promise(controller.call.id, found)
        controller.tell(found)

    def _next(self, controller: Controller, search: Search) -> hunting.Found:
        call = controller.call
        situation = self._survey.now(but=call.id)
        waited = self._clock.now_ms() - search.since_ms
        return self._with_sound(call, hunting.next_step(search, call.far_identity, situation, waited_ms=waited))

    def _with_sound(self, call: LiveCall, found: hunting.Found) -> hunting.Found:
        """Name files for what is to be heard. An announcement that is gone must not leave the caller in silence."""
        if isinstance(found, Announced):
            return self._announced(call, found)
        if isinstance(found, Asked):
            files = tuple(file for one in found.files if (file := self._prompts.file(one)))
            return structs.replace(found, files=files, wrong=self._prompts.own("wrong_key"))
        if isinstance(found, CallbackNoted):
            return self._called_back(call, found)
        if isinstance(found, Queued):
            asks = self._asks(call)
            may_be_called = found.callback and (asks or call.arrived.caller_number)
            noted = self._prompts.callback_noted() if may_be_called else ""
            music = self._prompts.file(found.music) if found.music else ""
            return structs.replace(found, callback=noted, music=music, asks=asks)
        return found

    def _asks(self, call: LiveCall) -> bool:
        """Whether a caller is asked where they want to be called back: the words for that may not be there."""
        return self._survey.directory.rules.callback_keys and bool(self._prompts.own("callback_offer"))

    def _called_back(self, call: LiveCall, found: CallbackNoted) -> hunting.Found:
        """Have a caller told, or asked where. Without asking, a hidden number cannot be called back."""
        group = found.group or call.group or call.arrived.group
        there, own = call.arrived.caller_number, self._prompts.own
        greeting = self._prompts.file(found.file) if found.file else ""
        if not self._asks(call):
            noted = greeting or self._prompts.callback_noted()
            return CallbackNoted(group, noted) if there else self._nobody_to_call(call)
        return CallbackAsked(
            group,
            (greeting or own("callback_sorry"),) if not call.asked and not call.answered_ms else (),
            own("callback_offer"),
            own("callback_enter"),
            own("wrong_key"),
            own("callback_bad"),
            own("callback_confirm"),
            self._prompts.callback_noted(),
            self._prompts.file(call.arrived.closed.otherwise if call.arrived.closed is not None else ""),
            bool(there),
            self._survey.directory.area_code,
        )

    def _nobody_to_call(self, call: LiveCall) -> hunting.Found:
        closed = call.arrived.closed
        if closed is None:
            return NobodyLeft()
        file = self._prompts.file(closed.otherwise) or self._prompts.file("")
        return Announced(file, closed.otherwise) if file else NobodyLeft(cause_of(closed))

    def _announced(self, call: LiveCall, found: Announced) -> hunting.Found:
        kind = call.search.goal.kind if call.search is not None else ""
        if kind == "tone":
            return Announced(self._tones.file(found.file), found.name)
        file, closed = self._prompts.file(found.file), call.arrived.closed
        if kind == "announcement" and closed is not None:
            file = file or self._prompts.file("")
            name = closed.label if found.file == closed.announcement else found.name
            return Announced(file, name) if file else NobodyLeft(cause_of(closed))
        return Announced(file, found.name) if file else NobodyLeft(hunting.BLOCKED if call.blocked else "")

    def dictate(self, controller: Controller) -> None:
        """Have done what the step of a call's dictation needs."""
        self._dictating.go_on(controller)

    def say_place(self, controller: Controller) -> None:
        """Have a caller who waits told where they stand."""
        self._tasks.start(f"place of {controller.call.id}", self._say_place(controller))

    def say_number(self, controller: Controller, number: str) -> None:
        """Have a number spoken that a caller has keyed in."""
        self._tasks.start(f"number of {controller.call.id}", self._say_number(controller, number))

    async def _say_number(self, controller: Controller, number: str) -> None:
        controller.tell(ReadBack(await self._prompts.number(number), number))

    async def _say_place(self, controller: Controller) -> None:
        search = controller.call.search
        if search is None:
            return
        group = search.goal.target
        place = place_in((one.call.id for one in self._waiting(group)), controller.call.id)
        wait_s = self._waits.expected_s(group, place, self._survey.now().staffed(group))
        file = await self._prompts.position(place, wait_s, offers_callback=bool(search.callback))
        if file:
            controller.tell(Said(file, place, wait_s))

    # ---------------------------------------------------------------------------------------------- for all of them

    def left(self, event: PartyLeft) -> None:
        """A party has left: its desk is engaged until it says how it goes on."""
        self._survey.left(event)

    def dealt_with(self, before: LiveCall, after: LiveCall, happened: Sequence[Happening]) -> None:
        """A call has done what it was told: phones that it has let go may ring for others."""
        if any(isinstance(one, Offered) for one in happened):
            self._survey.keep_promise(after.id)
        if after.phase is Phase.OVER and before.phase is not Phase.OVER and dictation.is_for(after):
            self._dictating.over(after)
        let_go = set(rung_by(before)) - set(rung_by(after))
        for extension in let_go - talking_in(after):
            self.desk_changed(extension)

    def desk_changed(self, extension: str) -> None:
        """A desk may have become free: whoever has waited longest is offered to it."""
        for controller in self._waiting():
            search = controller.call.search
            if search is None or search.deciding or _rings(controller):
                continue
            afresh = replace(search, tried=tuple(phone for phone in search.tried if phone != extension))
            found = self._next(controller, afresh)
            if isinstance(found, Offered) and extension in getattr(found.target, "numbers", ()):
                self._survey.promise(controller.call.id, found)
                controller.tell(found)
                return

    def _waiting(self, group: str = "") -> list[Controller]:
        """Return the calls that wait (in one queue), in the order in which they came."""
        waiting = [
            controller
            for controller in self._registry.controllers()
            if (search := controller.call.search) is not None
            and search.waiting
            and (not group or search.goal.target == group)
        ]
        return sorted(waiting, key=lambda controller: controller.call.started_ms)

    def _party_left(self, event: PartyLeft) -> None:
        if event.talked_ms and event.call.group:
            self._waits.talked(event.call.group, event.talked_ms / 1000)


def _rings(controller: Controller) -> bool:
    return any(party.errand is Errand.OFFER and not party.is_up for party in controller.call.parties)
