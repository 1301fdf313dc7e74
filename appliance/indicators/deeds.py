"""What buttons do: the night switch, the end of a desk's call, the way back into the panel. Each says what it did.

Whatever is done goes through the same doors as from the panel, and stands in the access log with the button's name.
"""

from __future__ import annotations

import logging

from appliance.access.rescue import RESCUE_MS
from appliance.access.service import Access
from appliance.access.types import Actor
from appliance.calls.call import CallView, Reason
from appliance.calls.service import Calls
from appliance.core.errors import Conflict, SoriboxError
from appliance.hours.service import Hours
from appliance.i18n.catalog import text
from appliance.indicators.types import Result
from appliance.store.settings import Settings

log = logging.getLogger(__name__)


class Deeds:
    """Does what a button is for."""

    code_seconds = RESCUE_MS / 1000

    def __init__(self, calls: Calls, hours: Hours, access: Access, settings: Settings) -> None:
        self._calls = calls
        self._hours = hours
        self._access = access
        self._settings = settings

    async def night(self) -> Result:
        """Turn the night switch over."""
        return await self._turn(not self._hours.night.on)

    async def night_is(self, on: bool) -> Result:
        """Let the night switch be as a key switch stands."""
        if on != self._hours.night.on:
            return await self._turn(on)
        return Result.NIGHT_ON if on else Result.NIGHT_OFF

    async def _turn(self, on: bool) -> Result:
        try:
            await self._hours.switch_night(on, self._name())
        except SoriboxError as error:
            log.error("the night switch on the box did nothing: %s", error)
            return Result.FAILED
        result = Result.NIGHT_ON if on else Result.NIGHT_OFF
        await self._note("button_night", "", result)
        return result

    async def panic(self, desk: str) -> Result:
        """End the call in which a desk talks, as its block button does."""
        result = await self._end(desk) if desk else Result.NO_DESK
        await self._note("button_panic", desk, result)
        return result

    async def _end(self, desk: str) -> Result:
        call = self._talk(desk)
        if call is None:
            return Result.NO_CALL
        try:
            await self._calls.desk.terminate(desk, call.id, Reason.ABUSE, self._name())
        except Conflict:  # over in this very moment, or nobody outside is in it
            return Result.NO_CALL
        except SoriboxError as error:
            log.error("a panic button did nothing: %s", error)
            return Result.FAILED
        return Result.ENDED

    def _talk(self, desk: str) -> CallView | None:
        at_desk = self._calls.desk.at(desk)
        return next((call for call in at_desk if not self._calls.desk.cannot(desk, call.id, "terminate")), None)

    async def reset(self, places: int) -> tuple[Result, str]:
        """Open a way back into the panel. Returns the code that lamps are to tell, "" when there is none."""
        try:
            code = await self._access.rescue.begin(places, Actor(self._name()))
        except Conflict:
            return Result.NOT_SET_UP, ""
        except SoriboxError as error:
            log.error("the reset button did nothing: %s", error)
            return Result.FAILED, ""
        return Result.RESCUE, code

    async def _note(self, what: str, about: str, result: Result) -> None:
        try:
            await self._access.note(Actor(self._name()), what, about, result=result.value)
        except SoriboxError as error:
            log.warning("a press is not in the access log: %s", error)

    def _name(self) -> str:
        """Who did it, as the office reads it."""
        return text(str(self._settings.get("office.language")), "indicators.by_button")
