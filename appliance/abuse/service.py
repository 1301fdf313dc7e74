"""The only door to the protection from callers who do not behave. Answers `calls.ports.Protection`; knows no page.

`register` remembers incidents, `blocks` is the block list, `wordings` say what is played. What never waits: `notice`,
`blocking`, and everything of these three that is no coroutine.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from appliance.abuse import models, tables
from appliance.abuse.block_list import BlockList
from appliance.abuse.long_calls import LongCalls, due_ms
from appliance.abuse.register import Register
from appliance.abuse.types import (
    Block,
    BlockDraft,
    BlockKind,
    BlocksChanged,
    Count,
    Incident,
    IncidentNoted,
    IncidentsSeen,
    Standing,
)
from appliance.abuse.wordings import BLOCKED, NAMES, WITHHELD, Wording, Wordings, key
from appliance.announcements.service import Announcements, Use
from appliance.calls.call import CallView, Direction, Result
from appliance.calls.events import CallChanged, CallEnded, CallerWarned
from appliance.calls.ports import BlockAction, Blocking, Notice, Overflow, OverflowKind
from appliance.calls.service import CallFilter, Calls
from appliance.core.bus import Bus, Unsubscribe
from appliance.core.clock import Clock
from appliance.core.errors import InvalidInput, SoriboxError
from appliance.core.tasks import Tasks
from appliance.i18n.catalog import LANGUAGES, text
from appliance.lines.service import Lines
from appliance.store.database import Database
from appliance.store.settings import Settings, SettingsChanged

__all__ = [
    "Abuse",
    "Block",
    "BlockDraft",
    "BlockKind",
    "BlocksChanged",
    "Count",
    "Incident",
    "IncidentNoted",
    "IncidentsSeen",
    "Standing",
    "Wording",
]

log = logging.getLogger(__name__)

_LOOKS_BACK_MS = 24 * 3600 * 1000
_PAGE = 200
_LONG = ("calls.long_notice_minutes", "calls.long_end_minutes")


class Abuse:
    """Protection as others see it.

    `login` tells who sits at an extension, `local` a moment on the office's clock, `menus` the voice menus by id.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        bus: Bus,
        clock: Clock,
        announcements: Announcements,
        lines: Lines,
        login: Callable[[str], str],
        local: Callable[[int], datetime],
        menus: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._database = database
        self._settings = settings
        self._bus = bus
        self._clock = clock
        self._announcements = announcements
        self._lines = lines
        self._local = local
        self.register = Register(database, bus, clock, lambda: int(settings.get("calls.warned_days")), login)
        self.blocks = BlockList(
            database,
            bus,
            clock,
            self._own_numbers,
            lambda: str(settings.get("office.area_code")),
            announcements.ids,
            menus,
        )
        self.menus = menus
        self.wordings = Wordings(announcements)
        self._long: LongCalls | None = None
        self._tasks = Tasks("protection")
        self._ends: tuple[Unsubscribe, ...] = ()

    # ------------------------------------------------------------------------------------ for the composition root

    async def open(self) -> None:
        """Read everything."""
        self.wordings.take(await self._database.read(models.wordings))
        self.blocks.take(await self._database.read(models.blocks))
        await self.register.open()
        self._announcements.used_by(self._uses)

    async def start(self, calls: Calls) -> None:
        """Listen to calls from now on, before those in flight are brought back; what was missed is made good."""
        self._long = LongCalls(self._clock, calls, self._long_minutes)
        self._ends = (
            self._bus.subscribe(CallerWarned, lambda event: self.register.warned(event.call, event.warned)),
            self._bus.subscribe(CallChanged, lambda event: self._call_changed(event.call)),
            self._bus.subscribe(CallEnded, lambda event: self._call_ended(event.call)),
            self._bus.subscribe(SettingsChanged, self._settings_changed),
        )
        self._tasks.start("catch up", self._catch_up(calls))

    async def stop(self) -> None:
        """Hear nothing any more."""
        for end in self._ends:
            end()
        if self._long is not None:
            await self._long.stop()
        await self._tasks.stop()
        await self.register.stop()

    def settle(self) -> None:
        """Calls in flight are known now: keep their time."""
        if self._long is not None:
            self._long.look_at_all()

    async def settled(self) -> None:
        """Wait until everything that calls have told so far is written."""
        await self._tasks.finish()
        await self.register.settled()

    # ------------------------------------------------------------------------------------------ for call control

    def notice(self, stage: int, reason: str, language: str = "") -> Notice:
        """Return what is said at a stage for a reason, in a language ("": the office's)."""
        return self.wordings.notice(stage, reason, language or self._language())

    def blocking(self, number: str, *, withheld: bool) -> Blocking | None:
        """Return why a caller is not to get through, or None."""
        block = self.blocks.found(number, withheld=withheld)
        if block is None:
            return None
        name = WITHHELD if block.kind is BlockKind.WITHHELD else BLOCKED
        sound = block.announcement or self.wordings.id(name, self._language())
        return Blocking(block.id, block.action, sound, block.menu)

    # ------------------------------------------------------------------------------------------------ for others

    def ends_ms(self, call: CallView) -> int:
        """Return when a call is ended for taking too long; 0: never."""
        return due_ms(call, *self._long_minutes())[1]

    def leading_to(self, target: Overflow) -> tuple[str, ...]:
        """Return the entries of the block list that lead callers to a voice menu."""
        if target.kind is not OverflowKind.MENU:
            return ()
        return tuple(
            one.pattern or text(self._language(), "abuse.kind.withheld")
            for one in self.blocks.leading_to(target.target)
        )

    async def choose_wording(self, name: str, language: str, announcement: str) -> None:
        """Let an announcement of the office stand for a wording; "": the box's own again. Raises InvalidInput."""
        if name not in NAMES or language not in LANGUAGES:
            raise InvalidInput("name", "abuse.no_such_wording")
        if announcement and announcement not in self._announcements.ids():
            raise InvalidInput("announcement", "call.no_such_announcement")
        self.wordings.take(await self._database.write(lambda: models.set_wording(key(name, language), announcement)))

    def exported(self) -> str:
        """Return the block list as CSV."""
        return tables.written(self.blocks.all(), self._local)

    async def imported(self, text: str, by: str) -> int:
        """Add the entries of a CSV file, all or none. Returns how many are new. Raises InvalidInput, Conflict."""
        zone = self._local(self._clock.now_ms()).tzinfo
        assert zone is not None  # noqa: S101 - the office's clock has one
        return await self.blocks.add_all(tables.read(text, zone), by)

    def until(self, day: str) -> int:
        """Return the moment at which a day (2026-12-31) is over on the office's clock; "": 0. Raises InvalidInput."""
        if not day:
            return 0
        try:
            found = datetime.strptime(day, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no time zone
        except ValueError as error:
            raise InvalidInput("until", "abuse.no_day") from error
        zone = self._local(self._clock.now_ms()).tzinfo
        assert zone is not None  # noqa: S101 - the office's clock has one
        return tables.end_of_day(found, zone)

    # ---------------------------------------------------------------------------------------------------- inside

    def _language(self) -> str:
        return str(self._settings.get("office.language"))

    def _own_numbers(self) -> frozenset[str]:
        lines = self._lines.snapshot()
        return frozenset({one.number for one in lines.numbers} | {one.number for one in lines.extensions})

    def _uses(self, announcement: str) -> tuple[Use, ...]:
        blocking = (one for one in self.blocks.all() if one.announcement == announcement)
        return (*self.wordings.uses(announcement), *(Use("block", str(one.id), one.pattern) for one in blocking))

    def _long_minutes(self) -> tuple[int, int]:
        notice, end = (int(self._settings.get(name)) for name in _LONG)
        return notice, end

    def _settings_changed(self, event: SettingsChanged) -> None:
        if self._long is not None and event.keys & set(_LONG):
            self._long.look_at_all()

    def _call_changed(self, call: CallView) -> None:
        if self._long is not None:
            self._long.look_at(call)

    def _call_ended(self, call: CallView) -> None:
        self._call_changed(call)
        if call.result is Result.BLOCKED or (call.menu_path and call.direction is Direction.IN):
            block = self.blocks.found(call.caller_number, withheld=call.presentation != "shown")
            if block is not None and (call.result is Result.BLOCKED or block.action is BlockAction.MENU):
                self._tasks.start("count a blocked call", self._count(block.id, call.ended_ms))

    async def _count(self, block: int, at_ms: int) -> None:
        try:
            await self.blocks.count(block, at_ms)
        except SoriboxError as error:  # the call itself stands in the log
            log.warning("a blocked call was not counted: %s", error)

    async def _catch_up(self, calls: Calls) -> None:
        """Note what a core before this one was told of and may not have written: that is never noted twice."""
        wanted, cursor = CallFilter(from_ms=self._clock.now_ms() - _LOOKS_BACK_MS, warned=True), ""
        while True:
            page = await calls.search(wanted, cursor, _PAGE)
            for call in page.calls:
                for warned in call.warned:
                    self.register.warned(call, warned)
            if not (cursor := page.next_cursor):
                return
