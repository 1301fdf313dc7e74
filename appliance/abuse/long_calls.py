"""Calls that take too long: a notice after N minutes, the end after M, if the office wants that. Decides nothing else.

When what is due follows from the call itself (when it was answered, by how much its desk has lengthened it, what its
caller was told already), so that a restart of the core changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from appliance.calls.call import CallView, Direction, PartyView, Reason, Stage, State
from appliance.calls.service import Calls
from appliance.core.clock import Clock, Timer
from appliance.core.errors import SoriboxError
from appliance.core.tasks import Tasks

log = logging.getLogger(__name__)

BOX = "box"
_MINUTE_MS = 60_000
_AGAIN_MS = 15_000  # when it cannot be done just now: somebody is being asked, or the caller is parked


def due_ms(call: CallView, notice: int, end: int) -> tuple[int, int]:
    """Return when a call's caller is told, and when the call ends; 0: never."""
    if call.state is not State.TALKING or call.direction is Direction.INTERNAL or not call.answered_ms:
        return 0, 0
    if call.line:  # the telephone there is out of our reach
        return 0, 0
    extra = call.extra_minutes
    told = call.answered_ms + (notice + extra) * _MINUTE_MS if notice else 0
    last = call.answered_ms + (end + extra) * _MINUTE_MS if end else 0
    if told and any(one.reason == Reason.LONG_CALL and one.at_ms >= told for one in call.warned):
        told = 0
    return told, last


class LongCalls:
    """Keeps the time of all calls. `minutes` are the office's N and M as they are now."""

    def __init__(self, clock: Clock, calls: Calls, minutes: Callable[[], tuple[int, int]]) -> None:
        self._clock = clock
        self._calls = calls
        self._minutes = minutes
        self._timers: dict[str, Timer] = {}
        self._tasks = Tasks("long calls")

    def look_at_all(self) -> None:
        """The office has changed its times, or the core has begun to work."""
        for call in self._calls.live():
            self.look_at(call)

    def look_at(self, call: CallView) -> None:
        """Keep the time of a call as it is now."""
        if (timer := self._timers.pop(call.id, None)) is not None:
            timer.cancel()
        times = [at_ms for at_ms in due_ms(call, *self._minutes()) if at_ms]
        if times and not call.terminating:
            self._wait(call.id, max(0, min(times) - self._clock.now_ms()))

    def _wait(self, call_id: str, ms: int) -> None:
        def due() -> None:
            self._timers.pop(call_id, None)
            self._tasks.start(f"time of {call_id}", self._time_up(call_id))

        self._timers[call_id] = self._clock.call_later(ms / 1000, due)

    async def stop(self) -> None:
        """Keep no time any more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        await self._tasks.stop()

    async def _time_up(self, call_id: str) -> None:
        call = next((one for one in self._calls.live() if one.id == call_id), None)
        if call is None:
            return
        told, last = due_ms(call, *self._minutes())
        now = self._clock.now_ms()
        try:
            if last and last <= now:
                await self._calls.desk.terminate(_desk(call.parties), call_id, Reason.LONG_CALL, BOX)
            elif told and told <= now:
                await self._calls.desk.warn(_desk(call.parties), call_id, Stage.FIRST, Reason.LONG_CALL, BOX)
            else:
                self.look_at(call)
        except SoriboxError as error:
            log.info("call %s takes too long, and nothing can be done about it now: %s", call_id, error.key)
            self._wait(call_id, _AGAIN_MS)


def _desk(parties: Iterable[PartyView]) -> str:
    """Return the extension that talks."""
    talking = (one.extension for one in parties if one.role == "desk" and one.state != "ringing")
    return next(talking, "")
