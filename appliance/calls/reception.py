"""Takes a new call in: looks the caller up, decides, writes it down, leases a worker, lets the INVITE go on.

Knows the gate's end of a call only; from then on the call's controller has it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace

from appliance.calls import dictation, machine, models, routing
from appliance.calls.code_work import CodeWork, Joins, NotDone
from appliance.calls.controller import Controller, Means, suppress_sip
from appliance.calls.events import CallArrived, CallEnded
from appliance.calls.happenings import Arrived, CallerLeft, FetcherLeft, NoWorkerFree, TakenByEdge, TurnedAway
from appliance.calls.hunting import BUSY
from appliance.calls.live_call import CALLED_LEG, CALLER_LEG, LiveCall
from appliance.calls.phone_transfers import PhoneTransfers
from appliance.calls.ports import Caller, CallerLookup
from appliance.calls.registry import Registry
from appliance.calls.situation import always_open
from appliance.calls.survey import Survey
from appliance.calls.view import view
from appliance.core.errors import Conflict, SoriboxError
from sip.api import ConversationPlan, IncomingCall, Lease, Source
from sip.errors import NoWorker, SipError

log = logging.getLogger(__name__)

LOOK_UP_WITHIN_S = 0.3  # after 850 ms in all, the edge goes on without us


def new_call_id(now_ms: int) -> str:
    """Return an id that sorts by time and cannot be guessed: 11 hexadecimal digits of time, 10 of chance."""
    return f"{now_ms:011x}{secrets.token_hex(5)}"


class Reception:
    """The front door of call control."""

    def __init__(
        self,
        means: Means,
        registry: Registry,
        survey: Survey,
        lookup: CallerLookup,
        codes: CodeWork,
        transfers: PhoneTransfers,
    ) -> None:
        self._means = means
        self._codes = codes
        self._transfers = transfers
        self._registry = registry
        self._survey = survey
        self._lookup = lookup
        # SIP Call-IDs in hand → why there is nothing left to decide, if so
        self._deciding: dict[str, CallerLeft | TakenByEdge | None] = {}
        self._without_row: dict[str, asyncio.Event] = {}

    def take(self, call: IncomingCall) -> Coroutine[object, object, None]:
        """Return the work of handling one suspended INVITE to its end: refused, or on its way to a worker.

        From now on, not from when that work begins, a caller who gives up is heard.
        """
        self._deciding[call.sip_call_id] = None
        self._without_row[call.sip_call_id] = asyncio.Event()
        return self._until_decided(call)

    async def row_made(self, sip_call_id: str) -> None:
        """Wait until a call that is in hand has a row, so that nobody makes it another one."""
        if (waiting := self._without_row.get(sip_call_id)) is not None:
            await waiting.wait()

    async def _until_decided(self, call: IncomingCall) -> None:
        try:
            await self._take(call)
        finally:
            self._deciding.pop(call.sip_call_id, None)
            self._has_row(call)

    def _has_row(self, call: IncomingCall) -> None:
        if (waiting := self._without_row.pop(call.sip_call_id, None)) is not None:
            waiting.set()

    async def _take(self, call: IncomingCall) -> None:
        if call.source is Source.WORKER:
            await self._transfers.take(call)
            return
        outcome = await self._codes.obey(call) or await self._decide(call)
        if isinstance(outcome, Joins):
            await self._join(call, outcome.controller)
        elif isinstance(outcome, NotDone):
            with suppress_sip("refusal not delivered"):
                await self._means.edge.refuse(call, outcome.code, outcome.reason)
        elif isinstance(outcome, routing.Refused):
            await self._refuse(call, outcome)
        else:
            await self._accept(call, outcome.arrived)

    async def _join(self, call: IncomingCall, controller: Controller) -> None:
        """Let a phone's INVITE become a leg of a call that goes on, which expects it."""
        if self._deciding.get(call.sip_call_id) is None and controller.lease is not None:
            with suppress_sip("call not sent to its worker"):
                await self._means.edge.send_to_worker(call, controller.lease)
        if self._deciding.get(call.sip_call_id) is not None:
            controller.tell(FetcherLeft(call.sip_call_id))

    async def describe(self, call: IncomingCall) -> Arrived:
        """Return who calls whom in a call that is not ours to decide any more."""
        situation = replace(self._survey.now(), closed=always_open)  # the edge, which has it, knows no hours
        return routing.decide(call, situation, await self._known(call)).arrived

    async def _decide(self, call: IncomingCall) -> routing.Decision:
        """Decide at the last moment: between this and the row nothing is waited for, so that no desk is taken twice."""
        known = await self._known(call)
        decision = routing.decide(call, self._survey.now(), known)
        if isinstance(decision, routing.Refused) and decision.cause == BUSY and await self._survey.settled():
            return routing.decide(call, self._survey.now(), known)
        return decision

    async def _known(self, call: IncomingCall) -> Caller | None:
        number = routing.caller_of(call, self._survey.directory).stored
        if call.source is Source.PHONE or not number:
            return None
        try:
            async with asyncio.timeout(LOOK_UP_WITHIN_S):
                return await self._lookup.who_is(number)
        except (TimeoutError, SoriboxError) as error:  # a call without a name is better than none
            log.warning("caller not looked up: %s", error or "took too long")
            return None

    async def _refuse(self, call: IncomingCall, decision: routing.Refused) -> None:
        """Answer first: nothing happens afterwards that the row could be needed for, and the caller waits."""
        with suppress_sip("refusal not delivered"):
            await self._means.edge.refuse(call, decision.code, decision.reason)
        now = self._means.clock.now_ms()
        turned_away = TurnedAway(decision.arrived, decision.code, decision.cause)
        row = machine.begin(new_call_id(now), turned_away, now)
        controller = self._registry.add(row, [models.Line(now, turned_away)], stored=False)
        self._has_row(call)
        await controller.write()
        self._means.bus.publish(CallEnded(view(row)))

    async def _accept(self, call: IncomingCall, arrived: Arrived) -> None:
        now = call.arrived_ms or self._means.clock.now_ms()
        row = machine.begin(new_call_id(now), arrived, now)
        async with self._leasing(row) as lease:
            controller = self._registry.add(row, [models.Line(now, arrived)], stored=False)
            if (called := row.party(CALLED_LEG)) is not None:
                self._survey.offered(arrived.goal, called.extension)
            self._has_row(call)
            await controller.write()
            self._means.bus.publish(CallArrived(view(row)))
            granted = await lease
        # Taken out: what the edge has to say while the INVITE goes on is for the call itself.
        if (settled := self._deciding.pop(call.sip_call_id, None)) is not None:
            controller.tell(settled)
        await self._send_on(call, controller, granted)

    async def place(self, arrived: Arrived) -> str:
        """Place a call for somebody, whose own phone is called first; returns its id. Raises Conflict, Unavailable."""
        now = self._means.clock.now_ms()
        row = machine.begin(new_call_id(now), arrived, now)
        async with self._leasing(row) as lease:
            controller = self._registry.add(row, [models.Line(now, arrived)], stored=False)
            await controller.write()
            self._means.bus.publish(CallArrived(view(row)))
            granted = await lease
        if isinstance(granted, str):
            controller.tell(NoWorkerFree(granted))
            raise Conflict("call.cause.no_worker")
        controller.lease = granted
        await controller.carry_out(controller.resume())
        return row.id

    @asynccontextmanager
    async def _leasing(self, row: LiveCall) -> AsyncIterator[asyncio.Task[Lease | str]]:
        """Have a worker asked for while the call's row is written; nobody is asked any more once this is left."""
        lease = asyncio.create_task(self._lease(row), name=f"lease for {row.id}")
        try:
            yield lease
        finally:
            if lease.cancel():
                await asyncio.wait((lease,))

    async def _lease(self, row: LiveCall) -> Lease | str:
        comes_in = not row.arrived.own_phone
        opening = machine.opening(row) if comes_in else ()
        plan = ConversationPlan(row.id, CALLER_LEG if comes_in else "", not dictation.is_for(row), opening)
        try:
            return await self._means.voice.lease(plan)
        except NoWorker as error:
            return error.reason
        except SipError as error:
            return str(error)

    async def _send_on(self, call: IncomingCall, controller: Controller, lease: Lease | str) -> None:
        if isinstance(lease, str):
            controller.tell(NoWorkerFree(lease))
            if controller.call.blocked or controller.call.arrived.barred:  # the edge would let them through
                with suppress_sip("refusal not delivered"):
                    await self._means.edge.refuse(call, 486, "Busy here")
                return
            with suppress_sip("call not handed back"):  # the edge can still ring the phones and reach 112
                await self._means.edge.hand_back(call)
            return
        controller.lease = lease
        with suppress_sip("call not sent to its worker"):
            await self._means.edge.send_to_worker(call, lease)

    def taken(self, sip_call_id: str) -> None:
        """We took too long: the edge handles the call alone. There is no recording; its notes tell what it comes to."""
        self._settled(sip_call_id, TakenByEdge())

    def cancelled(self, sip_call_id: str) -> None:
        """The caller gave up while the edge was waiting for us."""
        self._settled(sip_call_id, CallerLeft())

    def _settled(self, sip_call_id: str, why: CallerLeft | TakenByEdge) -> None:
        if sip_call_id in self._deciding:
            self._deciding[sip_call_id] = why
        elif (controller := self._registry.by_token(sip_call_id)) is not None:
            controller.tell(why)
        elif (controller := self._registry.expecting(sip_call_id)) is not None:
            controller.tell(FetcherLeft(sip_call_id))
