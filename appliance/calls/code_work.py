"""Does what a feature code says that was dialled on a phone. Knows what the phone is to hear, not how it is sent there.

`feature_codes.py` has the codes; here each is one method.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from msgspec import structs

from appliance.calls import dictation, feature_codes, pick_up, routing, tones, warning_asks
from appliance.calls.call import Direction, Reason
from appliance.calls.controller import Controller
from appliance.calls.feature_codes import Feature
from appliance.calls.happenings import Arrived
from appliance.calls.parking import Parking
from appliance.calls.ports import Desks, Dictations, Forward, Forwards, ForwardWhen, Hours, Protection
from appliance.calls.registry import Registry
from appliance.calls.requests import Callee, FetchAsked, Goal, PauseAsked
from appliance.calls.survey import Survey
from appliance.core.errors import Conflict, SoriboxError
from sip.api import Extensions, Identity, IncomingCall, Source

log = logging.getLogger(__name__)

READY, AWAY, AFTER_CALL, LUNCH, DND = "ready", "away", "after_call", "lunch", "dnd"  # kinds of states, for `Desks`


@dataclass(frozen=True)
class Joins:
    """The phone's INVITE becomes a leg of a call that goes on."""

    controller: Controller


@dataclass(frozen=True)
class NotDone:
    """The phone is given a final answer."""

    code: int
    reason: str


Outcome = Joins | NotDone | routing.Decision


class CodeWork:
    """The feature codes of all phones."""

    def __init__(
        self,
        registry: Registry,
        survey: Survey,
        desks: Desks,
        forwards: Forwards,
        hours: Hours,
        parking: Parking,
        protection: Protection,
        dictations: Dictations,
    ) -> None:
        self._registry = registry
        self._survey = survey
        self._desks = desks
        self._forwards = forwards
        self._hours = hours
        self._parking = parking
        self._protection = protection
        self._dictations = dictations
        self._work: dict[Feature, Callable[[IncomingCall, str], Awaitable[Outcome]]] = {
            Feature.PICK_UP: self._pick_up,
            Feature.PICK_UP_FROM: self._pick_up,
            Feature.PARK: self._park,
            Feature.RETRIEVE: self._retrieve,
            Feature.INTERCOM: self._intercom,
            Feature.BLOCK_CALLER: self._terminate,
            Feature.WARN_CALLER: self._warn,
            Feature.RECORDING_PAUSE: self._pause_recording,
            Feature.FORWARD_ALWAYS: self._forward(ForwardWhen.ALWAYS),
            Feature.FORWARD_BUSY: self._forward(ForwardWhen.BUSY),
            Feature.FORWARD_NO_ANSWER: self._forward(ForwardWhen.NO_ANSWER),
            Feature.FORWARDS_OFF: self._forwards_off,
            Feature.READY: self._state(READY),
            Feature.AWAY: self._state(AWAY),
            Feature.AFTER_CALL: self._state(AFTER_CALL),
            Feature.LUNCH: self._state(LUNCH),
            Feature.DO_NOT_DISTURB: self._state(DND),
            Feature.DISTURB_AGAIN: self._state(READY),
            Feature.NIGHT_SWITCH: self._night,
            Feature.DICTATE: self._dictate,
        }

    async def obey(self, call: IncomingCall) -> Outcome | None:
        """Do what a phone dialled; returns what becomes of its INVITE. None: it dialled no code."""
        found = feature_codes.match(call.called) if call.source is Source.PHONE else None
        if found is None:
            return None
        code, parameter = found
        try:
            return await self._work[code.feature](call, parameter)
        except SoriboxError as error:
            log.info("code %s was not done: %s", code.code, error.key)
            return _heard(call, tones.NOT_DONE)

    # -------------------------------------------------------------------------------------- calls of other people

    async def _pick_up(self, call: IncomingCall, at: str) -> Outcome:
        live = {controller.call.id: controller for controller in self._registry.controllers()}
        calls = (controller.call for controller in live.values())
        found = pick_up.to_pick_up(calls, call.extension, self._survey.directory, at)
        if found is None:
            return NotDone(480, "Nothing to pick up")
        return await self._fetch(call, live[found.id])

    async def _fetch(self, call: IncomingCall, controller: Controller) -> Outcome:
        if controller.lease is None:
            return NotDone(480, "Not with us")
        to = Callee(Extensions(()), Identity(), extension=call.extension)
        try:
            await controller.ask(FetchAsked(call.extension, to, call.sip_call_id, call.extension))
        except Conflict:
            return NotDone(480, "Somebody else has it")
        return Joins(controller)

    async def _retrieve(self, call: IncomingCall, place: str) -> Outcome:
        """Fetch what is parked there; at a place that is free, whoever has a call on hold parks it."""
        parked = self._parking.at(int(place))
        if parked is not None:
            return await self._fetch(call, parked)
        return await self._park(call, place)

    async def _park(self, call: IncomingCall, place: str) -> Outcome:
        """Park the call that this phone holds while it dials."""
        held = self._held_by(call.extension)
        if held is None:
            return NotDone(480, "Nothing to park")
        await self._parking.park(held, call.extension, call.extension, int(place or 0))
        return _heard(call, tones.DONE)

    def _held_by(self, extension: str) -> Controller | None:
        """Return the call that a phone holds while it dials."""
        return next((one for one in self._registry.controllers() if _has_talk(one, extension)), None)

    async def _terminate(self, call: IncomingCall, _: str) -> Outcome:
        """End the call that this phone holds while it dials: its caller is told why, and does not come back."""
        held = self._held_by(call.extension)
        if held is None:
            return NotDone(480, "Nobody to block")
        await held.ask(warning_asks.terminate(self._protection, call.extension, Reason.ABUSE, call.extension))
        return _heard(call, tones.DONE)

    async def _warn(self, call: IncomingCall, stage: str) -> Outcome:
        """Warn the caller whom this phone holds while it dials."""
        held, at, rules = self._held_by(call.extension), call.extension, self._survey.directory.rules
        if held is None:
            return NotDone(480, "Nobody to warn")
        await held.ask(warning_asks.warn(self._protection, rules, at, int(stage), Reason.ABUSE, at))
        return _heard(call, tones.DONE)

    async def _pause_recording(self, call: IncomingCall, _: str) -> Outcome:
        """Pause the recording of the call that this phone holds while it dials; dialled again, go on with it."""
        held, at = self._held_by(call.extension), call.extension
        if held is None:
            return NotDone(480, "Nothing to pause")
        on = not held.call.paused
        await held.ask(PauseAsked(at, on, at))
        return _heard(call, tones.SWITCHED_OFF if on else tones.SWITCHED_ON)

    async def _intercom(self, call: IncomingCall, colleague: str) -> Outcome:
        """Call a colleague whose phone answers by itself. Nobody else is called when it does not."""
        decision = routing.decide(structs.replace(call, called=colleague), self._survey.now(), None)
        if isinstance(decision, routing.Refused):
            return decision
        arrived = decision.arrived
        if arrived.target != Extensions((colleague,)):
            return routing.Refused(arrived, 480, "Not there", "call.cause.nobody_free")
        return routing.Accepted(structs.replace(arrived, goal=None, answers_itself=True))

    # -------------------------------------------------------------------------------------- what holds for the phone

    def _forward(self, when: ForwardWhen) -> Callable[[IncomingCall, str], Awaitable[Outcome]]:
        async def work(call: IncomingCall, target: str) -> Outcome:
            await self._forwards.forward(call.extension, Forward(when, target))
            return _heard(call, tones.DONE)

        return work

    async def _forwards_off(self, call: IncomingCall, _: str) -> Outcome:
        await self._forwards.forward(call.extension, None)
        return _heard(call, tones.DONE)

    def _state(self, kind: str) -> Callable[[IncomingCall, str], Awaitable[Outcome]]:
        async def work(call: IncomingCall, _: str) -> Outcome:
            await self._desks.set_state(call.extension, kind, call.extension)
            return _heard(call, tones.DONE)

        return work

    # -------------------------------------------------------------------------------------- what holds for the office

    async def _night(self, call: IncomingCall, _: str) -> Outcome:
        on = await self._hours.turn_night(call.extension)
        return _heard(call, tones.SWITCHED_ON if on else tones.SWITCHED_OFF)

    async def _dictate(self, call: IncomingCall, number: str) -> Outcome:
        """Let whoever may do that speak an announcement."""
        announcement, by = self._dictations.wanted(call.extension, number)
        return routing.Accepted(structs.replace(_with_the_box(call, Goal(dictation.GOAL, announcement)), by=by))


def _has_talk(controller: Controller, extension: str) -> bool:
    """Whether an extension talks in a call that it could park."""
    desk = controller.call.desk(extension)
    return desk is not None and desk.is_up and bool(controller.call.answered_ms) and not controller.call.place


def _heard(call: IncomingCall, tone: str) -> Outcome:
    """Let the phone hear a tone: a short call with the box itself."""
    return routing.Accepted(_with_the_box(call, Goal("tone", tone)))


def _with_the_box(call: IncomingCall, goal: Goal) -> Arrived:
    return Arrived(
        direction=Direction.INTERNAL,
        caller_number=call.extension,
        caller_name="",
        presentation=call.caller.presentation,
        called_number=call.called,
        trunk="",
        number="",
        group="",
        extension=call.extension,
        target=Extensions(()),
        shown=Identity(call.extension),
        ring_seconds=0,
        sip_call_id=call.sip_call_id,
        goal=goal,
    )
