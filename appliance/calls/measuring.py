"""How well those in a call hear each other: measured while it goes on, remembered when it is over. Knows no screen."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from appliance.calls import models
from appliance.calls.controller import Means
from appliance.calls.live_call import LiveCall
from appliance.calls.quality import CallQuality, LegReport, report, verdict
from appliance.calls.recovery import fold
from appliance.calls.registry import Registry
from appliance.core.errors import NotFound
from sip.api import LegQuality
from sip.errors import SipError

log = logging.getLogger(__name__)

_PATIENCE_S = 2.0  # a page waits for this


class Measuring:
    """Asks the voice about calls that go on, and the store about those of before."""

    def __init__(self, means: Means, registry: Registry) -> None:
        self._means = means
        self._registry = registry

    async def of(self, call_id: str) -> CallQuality:
        """Return the figures of every leg that has talked, as far as they are known. Raises NotFound."""
        controller = self._registry.get(call_id)
        if controller is None or controller.shown.ended_ms:
            reports = await self._stored(call_id)
            return CallQuality(False, reports, verdict(reports))
        measured = await self._measured(call_id)
        call, now_ms = controller.call, self._means.clock.now_ms()  # as it is after that wait
        reports = (*call.reports, *(one for leg in measured if (one := _report(call, leg, now_ms)) is not None))
        return CallQuality(True, reports, verdict(reports))

    async def _stored(self, call_id: str) -> tuple[LegReport, ...]:
        lines = await self._means.database.read(partial(models.timeline, call_id))
        if not lines:
            raise NotFound("call.not_found")
        return fold(call_id, lines).reports

    async def _measured(self, call_id: str) -> tuple[LegQuality, ...]:
        """Return what the voice says now; nothing when it does not know the conversation, or is away."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await self._means.voice.measure(call_id)
        except (SipError, TimeoutError) as error:
            log.info("call %s not measured: %s", call_id, error)
            return ()


def _report(call: LiveCall, measured: LegQuality, now_ms: int) -> LegReport | None:
    party = call.party(measured.leg)
    since_ms = max(party.up_ms, call.answered_ms) if party is not None and party.is_up else 0
    if party is None or not since_ms:
        return None
    return report(measured.leg, party.extension, measured.quality, (now_ms - since_ms) / 1000)
