"""Keeps the edge's tables: written to the file first, told to Kamailio then, and tried again until both have them.

Knows tables and the wire, not what is in a table. What could not be written or told yet stays owed; a timer with
growing pauses, or Kamailio's next welcome, pays it. The caller is told of the failure all the same.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from sip.edge import tables
from sip.edge.knowledge import Table
from sip.edge.link import Link, RpcFailed
from sip.edge.tables import TrunkAccount
from sip.errors import EdgeUnavailable
from sip.tasks import Tasks

log = logging.getLogger(__name__)

Accounts = tuple[TrunkAccount, ...]


class NotKept(EdgeUnavailable):
    """The file of the tables cannot be read or written."""


class Telling:
    """What Kamailio is to know. `settle` makes its registrations those given; False when not all of them are."""

    def __init__(
        self,
        folder: Path,
        link: Link,
        settle: Callable[[Accounts], Awaitable[bool]],
        first_pause: float = 1.0,
        longest_pause: float = 60.0,
    ) -> None:
        self._folder = folder
        self._link = link
        self._settle = settle
        self._pauses = (first_pause, longest_pause)
        self._pause = first_pause
        self._again: asyncio.TimerHandle | None = None
        self._tasks = Tasks("edge tables")
        self._one_at_a_time = asyncio.Lock()
        self._wanted: dict[str, Table] = {}
        self._accounts: Accounts | None = None
        self._unwritten: set[str] = set()
        self._untold: set[str] = set()
        self._unsettled = False
        self._prepared = False

    async def stop(self) -> None:
        """Try nothing again any more."""
        self._rest()
        await self._tasks.stop()

    async def set(self, changed: Mapping[str, Table], accounts: Accounts | None = None) -> None:
        """Replace these tables, and the registrations unless None. Raises EdgeUnavailable; it is tried again then."""
        async with self._one_at_a_time:
            self._wanted |= changed
            self._unwritten |= changed.keys()
            self._untold |= changed.keys()
            if accounts is not None:
                self._accounts, self._unsettled = accounts, True
            await self._pay()

    async def tell_all(self) -> None:
        """Tell a Kamailio that may be new everything. Raises EdgeUnavailable when the connection is no good."""
        async with self._one_at_a_time:
            self._untold |= self._wanted.keys()
            self._unsettled = self._accounts is not None
            try:
                await self._pay()
            except (RpcFailed, NotKept) as error:
                # a new connection would change nothing
                log.warning("the edge has not taken everything: %s", error)

    async def _pay(self) -> None:
        """Write and tell all that is owed, and as much of it as can be. Raises the first failure."""
        self._rest()
        failed: list[EdgeUnavailable] = []
        try:
            await self._write(failed)
            if self._link.up:
                await self._tell(failed)
        except EdgeUnavailable:
            self._try_again()
            raise
        if failed:
            self._try_again()
            raise failed[0]
        if self._unsettled and self._link.up:
            self._try_again()  # the trunk concerned says so itself
        else:
            self._pause = self._pauses[0]

    async def _write(self, failed: list[EdgeUnavailable]) -> None:
        if not self._unwritten:
            return
        changed = {name: self._wanted[name] for name in self._unwritten}
        try:
            if not self._prepared:
                await asyncio.to_thread(tables.prepare, self._folder)
            self._prepared = True
            await asyncio.to_thread(tables.write, self._folder, changed, self._accounts)
        except (OSError, sqlite3.Error) as error:
            self._prepared = False
            failed.append(NotKept(f"the edge's tables cannot be written: {error}"))
        else:
            self._unwritten.clear()

    async def _tell(self, failed: list[EdgeUnavailable]) -> None:
        for name in tables.HTABLES:
            if name in self._untold - self._unwritten:
                try:
                    await self._link.call("htable.reload", name)
                except RpcFailed as error:
                    failed.append(error)
                else:
                    self._untold.discard(name)
        if self._unsettled and self._accounts is not None:
            try:
                self._unsettled = not await self._settle(self._accounts)
            except RpcFailed as error:
                failed.append(error)

    def _try_again(self) -> None:
        log.info("the edge is told again in %s s", self._pause)
        loop = asyncio.get_running_loop()
        self._again = loop.call_later(self._pause, lambda: self._tasks.start("again", self._pay_again()))
        self._pause = min(self._pause * 2, self._pauses[1])

    async def _pay_again(self) -> None:
        async with self._one_at_a_time:
            try:
                await self._pay()
            except EdgeUnavailable as error:
                log.warning("the edge has still not taken everything: %s", error)

    def _rest(self) -> None:
        if self._again is not None:
            self._again.cancel()
            self._again = None
