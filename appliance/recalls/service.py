"""The only door to recalls: calls that were promised for a time, and that whoever promised is reminded. Knows no call.

`due` and all that is not a coroutine never waits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from appliance.access.service import Access
from appliance.core import numbers
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.errors import InvalidInput
from appliance.core.numbers import NumberKind
from appliance.recalls import models
from appliance.recalls.alarm import Alarm
from appliance.recalls.events import RecallsChanged, RecallsDue
from appliance.recalls.types import Recall, RecallDraft, Result, State, Wanted
from appliance.store.database import Database
from appliance.store.settings import Settings

_LONGEST_NAME = 60
_LONGEST_NOTE = 2000
_LATE_MS = 120_000  # "now" may be a little while ago when it arrives
_FARTHEST_MS = 2 * 366 * 86_400_000
_NO_CONTACT = (NumberKind.WITHHELD, NumberKind.UNAVAILABLE, NumberKind.PAYPHONE)

__all__ = ["Recall", "RecallDraft", "Recalls", "RecallsChanged", "RecallsDue", "Result", "State", "Wanted"]


class Recalls:
    """Recalls as others see them."""

    def __init__(self, database: Database, settings: Settings, bus: Bus, clock: Clock, access: Access) -> None:
        self._database = database
        self._settings = settings
        self._bus = bus
        self._clock = clock
        self._access = access
        self._open: dict[int, Recall] = {}
        self._alarm = Alarm(bus, clock, self._open.values)

    async def open(self) -> None:
        """Read what was promised."""
        self._open.update({recall.id: recall for recall in await self._database.read(models.load_open)})

    def start(self) -> None:
        """Begin to keep time. What came due meanwhile is told now."""
        self._alarm.start()

    def stop(self) -> None:
        """Keep time no longer."""
        self._alarm.stop()

    # ------------------------------------------------------------------------------------------------- what there is

    def due(self, agent: str) -> tuple[Recall, ...]:
        """Return the recalls of a person whose time has come, the longest due first."""
        now_ms = self._clock.now_ms()
        found = (one for one in self._open.values() if one.agent == agent and one.at_ms <= now_ms)
        return tuple(sorted(found, key=lambda one: (one.at_ms, one.id)))

    async def recall(self, recall: int) -> Recall:
        """Return one recall. Raises NotFound."""
        return await self._database.read(lambda: models.find(recall))

    async def search(
        self, wanted: Wanted, cursor: str = "", limit: int = 50, *, latest_first: bool = False
    ) -> tuple[tuple[Recall, ...], str]:
        """Return recalls by their time, and the cursor of the next page. Raises InvalidInput."""
        after = _cursor(cursor)
        found = await self._database.read(lambda: models.search(wanted, after, limit + 1, latest_first=latest_first))
        page = found[:limit]
        return page, f"{page[-1].at_ms}-{page[-1].id}" if len(found) > limit else ""

    # -------------------------------------------------------------------------------------------------- what people do

    async def add(self, draft: RecallDraft, by: str) -> Recall:
        """Promise a call. The same number at the same time for the same person is there once. Raises InvalidInput."""
        checked, now_ms = await self._checked(draft), self._clock.now_ms()
        added = await self._database.write(lambda: models.add(checked, by, now_ms))
        self._keep(added, added.agent)
        return added

    async def change(self, recall: int, draft: RecallDraft) -> Recall:
        """Change what was promised. Raises NotFound, Conflict when it is done, InvalidInput."""
        known = await self.recall(recall)
        checked = await self._checked(draft, known.at_ms)
        return await self._change(recall, lambda _: checked)

    async def put_off(self, recall: int, minutes: int) -> Recall:
        """Be reminded again in some minutes. Raises NotFound, Conflict, InvalidInput."""
        at_ms = self._clock.now_ms() + minutes * 60_000
        self._check_time(at_ms)
        return await self._change(recall, lambda known: replace(draft_of(known), at_ms=at_ms))

    async def done(self, recall: int, by: str, result: Result = Result.NONE, note: str = "") -> Recall:
        """Note that a promise was kept, or is none any more. One that is done already stays as it is.

        Raises NotFound, InvalidInput.
        """
        told, now_ms = _note(note), self._clock.now_ms()
        closed, was_open = await self._database.write(lambda: models.done(recall, by, result, told, now_ms))
        if was_open:
            self._keep(closed, closed.agent)
        return closed

    # ------------------------------------------------------------------------------------------------------- inside

    async def _change(self, recall: int, to: Callable[[Recall], RecallDraft]) -> Recall:
        before, after = await self._database.write(lambda: models.change(recall, to))
        self._keep(after, before.agent)
        return after

    async def _checked(self, draft: RecallDraft, known_ms: int = 0) -> RecallDraft:
        """Return a draft tidied, its number in stored form. Raises InvalidInput."""
        if draft.at_ms != known_ms:
            self._check_time(draft.at_ms)
        user = await self._access.at_work(draft.agent)
        if user is None:
            raise InvalidInput("agent", "recalls.no_such_person", login=draft.agent[:20])
        name = " ".join(draft.name.split())
        if len(name) > _LONGEST_NAME or not name.isprintable():
            raise InvalidInput("name", "crm.too_long")
        return replace(draft, agent=user.login, number=self._number(draft.number), name=name, note=_note(draft.note))

    def _check_time(self, at_ms: int) -> None:
        now_ms = self._clock.now_ms()
        if not now_ms - _LATE_MS <= at_ms <= now_ms + _FARTHEST_MS:
            raise InvalidInput("at", "recalls.bad_time")

    def _number(self, entered: str) -> str:
        number = numbers.parse(entered, area_code=str(self._settings.get("office.area_code")))
        fine = number.stored and number.kind not in _NO_CONTACT and any(letter.isdigit() for letter in number.stored)
        if not fine or (number.kind is NumberKind.UNKNOWN and not number.stored.lstrip("+").isdigit()):
            raise InvalidInput("number", "crm.bad_number", number=entered.strip()[:40])
        return number.stored

    def _keep(self, recall: Recall, agent_before: str) -> None:
        """Show what is stored, and tell of it."""
        self._open.pop(recall.id, None)
        if recall.state is State.OPEN:
            self._open[recall.id] = recall
        self._bus.publish(RecallsChanged(recall.id, frozenset({recall.agent, agent_before})))
        self._alarm.look()


def draft_of(recall: Recall) -> RecallDraft:
    """Return what somebody would say to leave a recall as it is."""
    return RecallDraft(recall.at_ms, recall.agent, recall.number, recall.name, recall.note, recall.call)


def _note(note: str) -> str:
    told = note.replace("\r\n", "\n").strip()
    if len(told) > _LONGEST_NOTE or "\x00" in told:
        raise InvalidInput("note", "callbacks.note_too_long", most=_LONGEST_NOTE)
    return told


def _cursor(cursor: str) -> tuple[int, int] | None:
    if not cursor:
        return None
    at_ms, _, recall = cursor.partition("-")
    if not (at_ms.isascii() and at_ms.isdecimal() and recall.isascii() and recall.isdecimal()):
        raise InvalidInput("cursor", "call.bad_cursor")
    return int(at_ms), int(recall)
