"""Transfers that a phone asks for with its own keys (REFER, RFC 3515): finds out who is meant, lets the INVITE go on.

The worker of the call has placed the call that the phone asked for already; the edge holds it and asks. A phone that
brings its two calls together (RFC 3891) is served also when the two live in different workers. What is refused here
does no harm: the phone keeps its call.
"""

from __future__ import annotations

import logging

from appliance.calls import feature_codes
from appliance.calls.controller import Controller, Means, suppress_sip
from appliance.calls.destinations import Destination, callee
from appliance.calls.feature_codes import Feature
from appliance.calls.happenings import Joined, TransferLeads
from appliance.calls.live_call import LiveCall
from appliance.calls.parking import Parking
from appliance.calls.parties import Errand, Party, Role
from appliance.calls.registry import Registry
from appliance.calls.requests import Callee
from appliance.calls.survey import Survey
from appliance.core.errors import Conflict, NotAllowed, SoriboxError
from sip.api import Extensions, Identity, IncomingCall

log = logging.getLogger(__name__)

HEARD_WITHIN_S = 1.0  # the edge holds the INVITE for two seconds
_PLACES = (Feature.PARK, Feature.RETRIEVE)


class PhoneTransfers:
    """The transfers of all phones."""

    def __init__(self, means: Means, registry: Registry, survey: Survey, parking: Parking) -> None:
        self._edge = means.edge
        self._registry = registry
        self._survey = survey
        self._parking = parking

    async def take(self, call: IncomingCall) -> None:
        """Handle one INVITE of a worker to its end: refused, or on its way."""
        controller = self._of_worker(call.contact)
        party: Party | None = None
        if controller is not None:
            party = await controller.until(lambda live: _asked(live, call.sip_call_id), HEARD_WITHIN_S)
        if controller is None or party is None:
            await self._refuse(call, 603, "Not from here")
            return
        try:
            await (self._join(call, controller, party) if call.replaces else self._lead(call, controller, party))
        except SoriboxError as error:
            log.info("a phone's transfer was not done: %s", error.key)
            await self._refuse(call, *_answer(error))

    def _of_worker(self, contact: str) -> Controller | None:
        controllers = self._registry.controllers()
        return next((one for one in controllers if one.lease is not None and one.lease.contact == contact), None)

    # ------------------------------------------------------------------------------------------- without asking

    async def _lead(self, call: IncomingCall, controller: Controller, party: Party) -> None:
        """Let it go on to whom the phone named."""
        code = feature_codes.match(call.called)
        if code is not None and code[0].feature in _PLACES:
            await self._parking.park(controller, party.asked_by, party.asked_by, int(code[1] or 0))
            return  # with that, the INVITE is cancelled
        shown = controller.call.far_identity
        to = callee(controller.call, party.asked_by, Destination(call.called), shown, self._survey.now())
        await controller.ask(TransferLeads(party.leg, to))
        with suppress_sip("transfer not delivered"):
            await self._edge.send_on(call, to.target, to.shown)

    # ------------------------------------------------------------------------------------------- after asking

    async def _join(self, call: IncomingCall, controller: Controller, party: Party) -> None:
        """Let it go to the worker of the phone's other call, whose leg it replaces."""
        found = self._with_dialog(call.replaces)
        if found is None:
            await self._refuse(call, 481, "No such dialog")
            return
        other, leg = found
        peer, here = _peer(other.call, leg), _far_of(controller.call, party)
        if other is controller or peer is None or here is None or other.lease is None:
            raise Conflict("call.cannot.under_way")
        await other.ask(Joined(leg.leg, _as_callee(here, controller.call), controller.call.id))
        await controller.ask(TransferLeads(party.leg, _as_callee(peer, other.call)))
        with suppress_sip("transfer not delivered"):
            await self._edge.send_to_worker(call, other.lease)

    def _with_dialog(self, dialog: str) -> tuple[Controller, Party] | None:
        parties = ((one, party) for one in self._registry.controllers() for party in one.call.parties)
        return next((found for found in parties if found[1].dialog == dialog), None)

    async def _refuse(self, call: IncomingCall, code: int, reason: str) -> None:
        with suppress_sip("refusal not delivered"):
            await self._edge.refuse(call, code, reason)


def _asked(call: LiveCall, dialog: str) -> Party | None:
    """Return the leg of a phone's transfer by the Call-ID of its INVITE."""
    return next((p for p in call.parties if p.errand is Errand.PHONE_TRANSFER and p.dialog == dialog), None)


def _peer(call: LiveCall, leg: Party) -> Party | None:
    """Return whom a phone talks with, when that is one."""
    others = [party for party in call.people if party.leg != leg.leg]
    return others[0] if len(others) == 1 and others[0].is_up else None


def _far_of(call: LiveCall, transfer: Party) -> Party | None:
    """Return who is being transferred."""
    others = [p for p in call.people if p.leg != transfer.leg and p.extension != transfer.asked_by and p.is_up]
    return others[0] if len(others) == 1 else None


def _as_callee(party: Party, call: LiveCall) -> Callee:
    name = party.name or (call.arrived.caller_name if party.role is Role.FAR else "")
    return Callee(Extensions(()), Identity(), extension=party.extension, number=party.number, name=name)


def _answer(error: SoriboxError) -> tuple[int, str]:
    if isinstance(error, NotAllowed):
        return 403, "Not allowed"
    return (486, "Busy here") if isinstance(error, Conflict) else (404, "Nobody there")
