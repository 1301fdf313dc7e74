"""The only door to evidence: which calls are kept, and packages of them that anybody can check. Knows no page.

Whoever deletes recordings or calls asks `held` first. A package is offered when its row is stored, which is after its
file is on the disk: what a core that died left of one is removed at the next start.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from appliance.calls.call import CallView, Reason, Warned
from appliance.calls.events import CallerWarned
from appliance.calls.service import CallFilter
from appliance.core.bus import Bus, Unsubscribe
from appliance.core.clock import Clock
from appliance.core.durable import make_folders, sync_folder
from appliance.core.errors import InvalidInput, NotFound, SoriboxError, Unavailable
from appliance.core.incoming import Bounds, Incoming, receiving
from appliance.core.tasks import Tasks
from appliance.evidence import clock_state, keys, models
from appliance.evidence.dossier import Job
from appliance.evidence.gathering import Asked, Sources, gather
from appliance.evidence.maker_process import MakerProcess
from appliance.evidence.types import ClockState, Export, Hold, Kept, Key
from appliance.evidence.verifying import Problem, Verdict, verify
from appliance.i18n.catalog import LANGUAGES
from appliance.store.database import Database
from appliance.store.settings import Settings

__all__ = ["LARGEST_MB", "Evidence", "Export", "Hold", "Kept", "Key", "Problem", "Verdict"]

log = logging.getLogger(__name__)

LONGEST_REASON = 200
LARGEST_MB = 250  # what is looked at in the panel; larger packages are checked by the command
_BOUNDS = Bounds("file", LARGEST_MB, "evidence.too_large", "evidence.file_needed", "evidence.not_written")
_DAY_MS = 24 * 3600 * 1000
_PAGE = 200
_TRY_AGAIN_S = 5.0


class Evidence:
    """Evidence as others see it. `folder` is the data folder."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        bus: Bus,
        clock: Clock,
        folder: Path,
        sources: Sources,
        maker: MakerProcess | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._bus = bus
        self._clock = clock
        self._home = folder
        self._folder = folder / "evidence"
        self._sources = sources
        self._maker = maker or MakerProcess()
        self._key: Key | None = None
        self._tasks = Tasks("evidence")
        self._end: Unsubscribe | None = None

    # ------------------------------------------------------------------------------------ for the composition root

    async def open(self) -> None:
        """Remove what was left of packages that were never offered. Raises Unavailable."""
        offered = await self._database.read(models.offered)
        await asyncio.to_thread(_tidy, self._folder, offered)

    async def start(self) -> None:
        """Keep calls whose callers are warned, from now on; what was missed is made good."""
        self._end = self._bus.subscribe(CallerWarned, lambda event: self._warned(event.call, event.warned))
        self._tasks.start("catch up", self._catch_up())

    async def stop(self) -> None:
        """Hear nothing any more."""
        if self._end is not None:
            self._end()
        await self._tasks.stop()

    async def settled(self) -> None:
        """Wait until every call that is to be kept is."""
        await self._tasks.finish()

    # -------------------------------------------------------------------------------------------------- for others

    async def key(self) -> Key:
        """Return the public half of the box's key, which is made when it is first asked for. Raises Unavailable."""
        if self._key is None:
            try:
                self._key = await asyncio.to_thread(keys.ensure, self._home)
            except (OSError, ValueError, TypeError) as error:
                log.error("the key for evidence cannot be used: %s", error)
                raise Unavailable("evidence.no_key") from error
        return self._key

    async def of_call(self, call: str) -> Kept:
        """Return why a call is kept, and what was exported of it."""
        now = self._clock.now_ms()
        return await self._database.read(lambda: models.of_call(call, now))

    async def held(self, calls: tuple[str, ...]) -> frozenset[str]:
        """Return which of some calls must not be deleted."""
        now = self._clock.now_ms()
        return await self._database.read(lambda: models.held(calls, now))

    async def keep(self, call: str, by: str, reason: str) -> Kept:
        """Keep a call until it is released. Raises NotFound, InvalidInput."""
        view = await self._sources.calls.call(call)
        now, state = self._clock.now_ms(), await asyncio.to_thread(clock_state.look)
        wanted = Hold(0, view.id, now, 0, by, _reason(reason), state)
        await self._database.write(lambda: models.hold(wanted, now))
        return await self.of_call(call)

    async def release(self, call: str, by: str, reason: str) -> Kept:
        """Let a call go: its packages are removed, and it may be deleted like any other. Raises InvalidInput."""
        said, now = _reason(reason), self._clock.now_ms()
        gone = await self._database.write(lambda: models.release(call, by, said, now))
        await asyncio.to_thread(_remove, self._folder, tuple(one.id for one in gone))
        return await self.of_call(call)

    async def export(self, call: str, by: str, reason: str, language: str = "") -> Export:
        """Make a package of a call and keep it. Raises NotFound, InvalidInput, Conflict, Unavailable."""
        now = self._clock.now_ms()
        asked = Asked(_name(now), call, by, _reason(reason), language if language in LANGUAGES else "", now)
        state, kept = await asyncio.to_thread(clock_state.look), await self.of_call(call)
        then = next((one.clock for one in kept.holds if not one.by), None)
        dossier = await gather(self._sources, asked, await self.key(), state, then)
        await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        packed = await self._maker.make(Job(dossier, str(self._path(asked.id)), str(self._home / keys.FILE)))
        made = Export(asked.id, call, now, by, asked.reason, dossier.language, packed.size, packed.sha256)
        hold = Hold(0, call, now, 0, by, asked.reason, state)

        def store() -> None:
            models.add_export(made)
            models.hold(hold, now)

        await self._database.write(store)
        return made

    async def package(self, call: str, export: str) -> tuple[Export, Path]:
        """Return a package of a call and its file. Raises NotFound, also when it was removed."""
        found = await self._database.read(lambda: models.export(export))
        if found.removed_ms or found.call != call:
            raise NotFound("evidence.no_such_export")
        return found, self._path(found.id)

    @asynccontextmanager
    async def incoming(self) -> AsyncIterator[Incoming]:
        """Give a file into which a package that is to be checked is written; it is gone at the end."""
        folder = self._folder / "incoming"
        await asyncio.to_thread(make_folders, folder)
        async with receiving(folder, _BOUNDS) as incoming:
            yield incoming

    async def verified(self, path: Path, fingerprint: str = "") -> Verdict:
        """Say whether a package is genuine, by the key with this fingerprint if one is given."""
        return await asyncio.to_thread(verify, path, fingerprint)

    def _path(self, export: str) -> Path:
        return self._folder / f"{export}.zip"

    # ------------------------------------------------------------------------------------------ what calls tell

    def _warned(self, call: CallView, warned: Warned) -> None:
        if warned.reason != Reason.LONG_CALL:  # who only takes long has done nothing that must be proved
            self._tasks.start(f"keep {call.id}", self._hold_now(call))

    async def _hold_now(self, call: CallView) -> None:
        await self._hold(call, await asyncio.to_thread(clock_state.look))

    async def _hold(self, call: CallView, state: ClockState) -> None:
        """Keep a call for the box itself, in the end: a store that cannot serve now is asked again."""
        began = min((one.at_ms for one in call.warned), default=call.started_ms)
        until = began + int(self._settings.get("evidence.keep_days")) * _DAY_MS
        wanted = Hold(0, call.id, began, until, "", "", state)
        while True:
            try:
                await self._database.write(lambda: models.hold(wanted, self._clock.now_ms()))
                return
            except Unavailable as error:
                log.error("a call is not kept as evidence yet: %s", error)
                await self._pause()

    async def _pause(self) -> None:
        due = asyncio.Event()
        self._clock.call_later(_TRY_AGAIN_S, due.set)
        await due.wait()

    async def _catch_up(self) -> None:
        """Keep what a core before this one was told of and may not have kept: that is never done twice."""
        wanted, cursor = CallFilter(from_ms=self._clock.now_ms() - _DAY_MS, warned=True), ""
        try:
            while True:
                page = await self._sources.calls.search(wanted, cursor, _PAGE)
                for call in page.calls:
                    if call.misbehaved:
                        await self._hold(call, ClockState())
                if not (cursor := page.next_cursor):
                    return
        except SoriboxError as error:
            log.error("calls of the last day could not be looked through for evidence: %s", error)


def _reason(entered: str) -> str:
    reason = entered.strip()
    if not reason:
        raise InvalidInput("reason", "evidence.reason_needed")
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise InvalidInput("reason", "evidence.reason_too_long", most=LONGEST_REASON)
    return reason


def _name(now_ms: int) -> str:
    """Return a name for a package that nobody guesses and people can read out: the day (UTC) and eight signs."""
    return f"{datetime.fromtimestamp(now_ms / 1000, UTC):%Y%m%d}-{secrets.token_hex(4)}"


def _tidy(folder: Path, offered: frozenset[str]) -> None:
    """Remove whatever is no package that is offered."""
    if not folder.is_dir():
        return
    for left in folder.iterdir():
        if left.suffix == ".zip" and left.stem in offered:
            continue
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _remove(folder: Path, exports: tuple[str, ...]) -> None:
    for export in exports:
        (folder / f"{export}.zip").unlink(missing_ok=True)
    if folder.is_dir():
        sync_folder(folder)
