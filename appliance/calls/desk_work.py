"""What somebody at a desk does with calls, from the panel or a program: every button of the call bar is one method.

Whether a step fits the call as it is, the call machine says: `why_not` asks it without doing anything. Who may do what
is decided by whoever calls this; here is only what holds for everybody.
"""

from __future__ import annotations

import secrets

from msgspec import structs

from appliance.calls import dictation, routing, warning_asks
from appliance.calls import requests as asks
from appliance.calls.call import CallView, Direction, Reason
from appliance.calls.controller import Controller
from appliance.calls.destinations import Destination, callee, goal_of, own_phone
from appliance.calls.live_call import LiveCall
from appliance.calls.outcomes import ringing_for
from appliance.calls.parking import Parking
from appliance.calls.parties import Errand, Role, Watch
from appliance.calls.ports import Phone, Prompts, Protection
from appliance.calls.possible import Possible
from appliance.calls.reception import Reception
from appliance.calls.registry import Registry
from appliance.calls.requests import Goal
from appliance.calls.survey import Survey, rung_by, talking_in
from appliance.calls.view import view
from appliance.core import numbers
from appliance.core.clock import Clock
from appliance.core.errors import Conflict, InvalidInput, NotFound
from sip.api import Extensions, Identity, IncomingCall, Source

_DIGITS = frozenset("0123456789*#ABCD")
_MOST_DIGITS = 32


class DeskWork:
    """The desk's side of call control. `by` is who asks: a user's or a key's name, for the timeline."""

    def __init__(
        self,
        registry: Registry,
        survey: Survey,
        reception: Reception,
        parking: Parking,
        prompts: Prompts,
        protection: Protection,
        clock: Clock,
    ) -> None:
        self._registry = registry
        self._survey = survey
        self._reception = reception
        self._parking = parking
        self._prompts = prompts
        self._protection = protection
        self._clock = clock
        self._possible = Possible()

    # ---------------------------------------------------------------------------------------------- what there is

    def at(self, extension: str) -> tuple[CallView, ...]:
        """Return the calls in which an extension takes part, or that ring there; those that talk first."""
        found = [c.shown for c in self._registry.controllers() if _concerns(c.shown, extension)]
        return tuple(view(call) for call in sorted(found, key=lambda call: extension not in talking_in(call)))

    def parked(self) -> tuple[CallView, ...]:
        """Return the parked calls by their places."""
        return tuple(view(controller.call) for controller in self._parking.parked())

    def why_not(self, extension: str, call_id: str) -> dict[str, str]:
        """Return, for each step, the catalogue key of why it cannot be taken now, or "" when it can."""
        return self._possible.why_not(extension, self._registry.get(call_id), self._clock.now_ms())

    def cannot(self, extension: str, call_id: str, step: str) -> str:
        """Return the same for one step."""
        return self._possible.cannot(extension, self._registry.get(call_id), step, self._clock.now_ms())

    # ------------------------------------------------------------------------------------------------ to call somebody

    async def dial(self, extension: str, typed: str, by: str, *, shown_number: str = "", name: str = "") -> str:
        """Call a number for an extension, whose phone is called first; returns the call's id.

        `shown_number` is which of our numbers is shown (stored form; "": the phone's own choice), `name` what the
        phone displays beside the number. Raises Conflict, InvalidInput, NotAllowed, Unavailable.
        """
        self._free_phone(extension)
        situation = self._survey.now()
        called = typed.strip()
        if not called:
            raise InvalidInput("to", "call.no_such_number")
        invite = IncomingCall("", "", Source.PHONE, Identity(extension), called, "", extension)
        decision = routing.decide(invite, situation, None, shown_number=shown_number)
        if isinstance(decision, routing.Refused):
            raise Conflict(decision.cause)
        arrived = decision.arrived
        seen = Identity(called if arrived.direction == Direction.INTERNAL else _written(arrived.called_number), name)
        return await self._reception.place(structs.replace(arrived, own_phone=True, inside=seen, by=by))

    async def dictate(self, extension: str, announcement: str, code: str, by: str) -> str:
        """Let somebody speak an announcement at an extension, whose phone is called; returns the call's id.

        `code` is what would be dialled for it. Raises Conflict, NotFound, Unavailable.
        """
        phone = self._free_phone(extension)
        return await self._reception.place(dictation.arrived(extension, phone.name, announcement, code, by))

    async def try_menu(self, extension: str, menu: str, by: str) -> str:
        """Ring an extension, then let it hear a voice menu as callers do; returns the call's id.

        Nobody is called back because of such a call. Raises Conflict, NotFound, Unavailable.
        """
        phone = self._free_phone(extension)
        if self._survey.now().menu(menu) is None:
            raise NotFound("call.no_such_menu")
        return await self._reception.place(routing.trial(phone, Goal("menu", menu), by))

    def _free_phone(self, extension: str) -> Phone:
        """Return a phone that the box may call for whoever sits at it. Raises Conflict, NotFound, Unavailable."""
        situation = self._survey.now()
        phone = situation.directory.phones.get(extension)
        if phone is None:
            raise NotFound("call.no_such_extension")
        if extension in situation.talking or self._dials(extension):
            raise Conflict("call.cannot.you_talk")
        own_phone(extension, Identity(), situation)
        return phone

    def _dials(self, extension: str) -> bool:
        """Say whether an extension's own phone is being called already: dialling twice is dialling once."""
        live = (c.call for c in self._registry.controllers())
        own = (party for call in live for party in ringing_for(call, Errand.OWN_PHONE))
        return any(party.extension == extension for party in own)

    # ---------------------------------------------------------------------------------------------- what rings here

    async def answer(self, extension: str, call_id: str, by: str) -> None:
        """Take what rings at an extension: its phone is called so that it answers by itself where it can."""
        controller, situation = self._controller(call_id), self._survey.now()
        to = own_phone(extension, controller.call.far_identity, situation)
        await controller.ask(asks.AnswerAsked(extension, to, by))

    async def refuse(self, extension: str, call_id: str, by: str) -> None:
        """Let it ring elsewhere."""
        await self._controller(call_id).ask(asks.RefuseAsked(extension, by))

    # ------------------------------------------------------------------------------------------------- in the talk

    async def hang_up(self, extension: str, call_id: str, by: str) -> None:
        """End an extension's part in a call. One that is over already is fine."""
        controller = self._registry.get(call_id)
        if controller is not None:
            await controller.ask(asks.HangupAsked(by, extension))

    async def hold(self, extension: str, call_id: str, by: str) -> None:
        """Let the others hear music."""
        await self._controller(call_id).ask(asks.HoldAsked(extension, by))

    async def retrieve(self, extension: str, call_id: str, by: str) -> None:
        """End a hold."""
        await self._controller(call_id).ask(asks.RetrieveAsked(extension, by))

    async def mute(self, extension: str, call_id: str, by: str, *, on: bool) -> None:
        """Let what the desk says reach nobody, or everybody again."""
        await self._controller(call_id).ask(asks.MuteAsked(extension, on, by))

    async def pause_recording(self, extension: str, call_id: str, by: str, *, on: bool) -> None:
        """Have the recording hold silence (a card number is said), or go on."""
        await self._controller(call_id).ask(asks.PauseAsked(extension, on, by))

    async def record(self, extension: str, call_id: str, by: str, *, on: bool) -> None:
        """Have the analog line of a call recorded, or no longer."""
        await self._controller(call_id).ask(asks.RecordAsked(extension, on, by))

    async def digits(self, extension: str, call_id: str, digits: str, by: str) -> None:
        """Press keys for the others in the talk. Raises InvalidInput."""
        pressed = digits.strip().upper()
        if not pressed or len(pressed) > _MOST_DIGITS or not set(pressed) <= _DIGITS:
            raise InvalidInput("digits", "call.no_such_keys")
        await self._controller(call_id).ask(asks.DigitsAsked(extension, pressed, by))

    async def play(self, extension: str, call_id: str, announcement: str, name: str, by: str) -> None:
        """Play an announcement to everybody in the talk. Raises NotFound."""
        file = self._prompts.file(announcement) if announcement else ""
        if not file:
            raise NotFound("call.no_such_announcement")
        play = f"asked-{secrets.token_hex(4)}"
        await self._controller(call_id).ask(asks.PlayAsked(extension, play, file, name, by))

    async def stop_playing(self, extension: str, call_id: str, by: str) -> None:
        """Stop the announcement; one that has ended already is fine."""
        await self._controller(call_id).ask(asks.PlayStopAsked(extension, by))

    # ---------------------------------------------------------------------------------------------- to somebody else

    async def transfer(self, extension: str, call_id: str, to: Destination, by: str) -> None:
        """Give a call away without asking; it comes back if nobody takes it."""
        controller, situation = self._controller(call_id), self._survey.now()
        seconds = situation.directory.rules.transfer_return_seconds
        goal = goal_of(to, situation)
        if goal is not None:
            whom = asks.Callee(Extensions(()), controller.call.far_identity)
        else:
            whom = callee(controller.call, extension, to, controller.call.far_identity, situation)
        await controller.ask(asks.GiveAsked(extension, whom, seconds, by, goal))

    async def consult(self, extension: str, call_id: str, to: Destination, by: str) -> None:
        """Ask somebody while the others hear music."""
        controller, situation = self._controller(call_id), self._survey.now()
        phone = situation.directory.phones.get(extension)
        shown = Identity(extension, phone.name if phone is not None else "")
        whom = callee(controller.call, extension, to, shown, situation)
        seconds = situation.directory.rules.transfer_return_seconds
        await controller.ask(asks.ConsultAsked(extension, whom, seconds, by))

    async def turn(self, extension: str, call_id: str, by: str) -> None:
        """Turn from the one who was asked to the others, or back."""
        await self._controller(call_id).ask(asks.ConsultTurned(extension, by))

    async def join(self, extension: str, call_id: str, by: str) -> None:
        """Let all talk together."""
        await self._controller(call_id).ask(asks.ConsultJoined(extension, by))

    async def complete(self, extension: str, call_id: str, by: str) -> None:
        """Leave the call to whom was asked."""
        await self._controller(call_id).ask(asks.ConsultDone(extension, by))

    async def take_back(self, extension: str, call_id: str, by: str) -> None:
        """Let go of whom was asked, and be back with the others."""
        await self._controller(call_id).ask(asks.ConsultDropped(extension, by))

    async def park(self, extension: str, call_id: str, by: str, *, place: int = 0) -> int:
        """Leave a call at a place (0: the first that is free), from where anybody can fetch it; returns the place."""
        return await self._parking.park(self._controller(call_id), extension, by, place)

    async def fetch(self, extension: str, call_id: str, by: str) -> None:
        """Take a call that rings elsewhere, or is parked."""
        controller, situation = self._controller(call_id), self._survey.now()
        to = own_phone(extension, controller.call.far_identity, situation)
        await controller.ask(asks.FetchAsked(extension, to, "", by))

    # ------------------------------------------------------------------------------- callers who do not behave

    async def warn(self, extension: str, call_id: str, stage: int, reason: Reason, by: str, language: str = "") -> None:
        """Have the far side told, at stage 1 or 2, to behave; the talk goes on afterwards."""
        rules = self._survey.directory.rules
        ask = warning_asks.warn(self._protection, rules, extension, stage, reason, by, language)
        await self._controller(call_id).ask(ask)

    async def terminate(self, extension: str, call_id: str, reason: Reason, by: str, language: str = "") -> None:
        """Take the desk out of the call at once, have the far side told why, and end the call. Twice is once."""
        ask = warning_asks.terminate(self._protection, extension, reason, by, language)
        await self._controller(call_id).ask(ask)

    async def extend(self, extension: str, call_id: str, minutes: int, by: str) -> None:
        """Let a call take longer than the office allows."""
        await self._controller(call_id).ask(asks.ExtendAsked(extension, minutes, by))

    # ------------------------------------------------------------------------------------------------- supervisors

    async def monitor(self, extension: str, call_id: str, watch: Watch, by: str) -> None:
        """Listen to a call, whisper to its desk, or join in."""
        controller, situation = self._controller(call_id), self._survey.now()
        there = any(p.extension == extension for p in controller.call.having(Role.MONITOR))
        if not there and extension in situation.talking:
            raise Conflict("call.cannot.you_talk")
        to = own_phone(extension, controller.call.far_identity, situation)
        await controller.ask(asks.MonitorAsked(extension, to, watch.value, by))

    def _controller(self, call_id: str) -> Controller:
        controller = self._registry.get(call_id)
        if controller is None:
            raise Conflict("call.cannot.over")
        return controller


def _written(stored: str) -> str:
    return numbers.dial(stored, e164=False)


def _concerns(call: LiveCall, extension: str) -> bool:
    return extension in talking_in(call) or extension in rung_by(call)
