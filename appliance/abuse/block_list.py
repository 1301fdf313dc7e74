"""The block list as it is now: entries are added, taken back, counted, imported. Knows no call and no page.

`found` never waits. Every change is durable before it shows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable

from appliance.abuse import matching, models
from appliance.abuse.types import Block, BlockDraft, BlockKind, BlocksChanged
from appliance.calls.ports import BlockAction
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.errors import Conflict, InvalidInput, NotFound
from appliance.store.database import Database

MOST = 5000


class BlockList:
    """All entries. `own` are the office's numbers as they are now, `area_code` completes what people type."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Clock,
        own: Callable[[], Collection[str]],
        area_code: Callable[[], str],
        sounds: Callable[[], Collection[str]],
        menus: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._own = own
        self._area_code = area_code
        self._sounds = sounds
        self._menus = menus
        self._blocks: dict[int, Block] = {}
        self._changing = asyncio.Lock()

    def take(self, stored: dict[int, Block]) -> None:
        """Take what is stored."""
        self._blocks = stored

    def all(self) -> tuple[Block, ...]:
        """Return the entries that were not taken back, the newest first; some may have run out."""
        return tuple(sorted(self._blocks.values(), key=lambda one: -one.id))

    def get(self, block: int) -> Block:
        """Return one of them. Raises NotFound."""
        if (found := self._blocks.get(block)) is None:
            raise NotFound("abuse.no_such_block")
        return found

    def found(self, number: str, *, withheld: bool) -> Block | None:
        """Return the entry that a caller is on now."""
        if not self._blocks:
            return None
        now = self._clock.now_ms()
        return matching.found(self._blocks.values(), number, withheld=withheld, own=self._own(), now_ms=now)

    def leading_to(self, menu: str) -> tuple[Block, ...]:
        """Return the entries whose callers hear a voice menu."""
        return tuple(one for one in self._blocks.values() if menu and one.menu == menu)

    async def taken_back(self, limit: int = 100) -> tuple[Block, ...]:
        """Return the entries that were taken back last."""
        return await self._database.read(lambda: models.block_history(limit))

    async def add(self, draft: BlockDraft, by: str) -> Block:
        """Add an entry. Raises InvalidInput, Conflict when it means an emergency or own number, or is there already."""
        async with self._changing:
            made = self._made(draft, by)
            self._refuse_twice(made)
            await self._store(lambda: models.add_blocks([made]))
        return self.all()[0]

    async def add_all(self, drafts: Iterable[BlockDraft], by: str) -> int:
        """Add many, all or none; what is there already is left out. Returns how many are new. Raises as `add`."""
        async with self._changing:
            made = {(one.kind, one.pattern): one for one in (self._made(draft, by) for draft in drafts)}
            fresh = [one for one in made.values() if self._same(one) is None]
            await self._store(lambda: models.add_blocks(fresh))
        return len(fresh)

    def _made(self, draft: BlockDraft, by: str) -> Block:
        now, own = self._clock.now_ms(), self._own()
        if len(self._blocks) >= MOST:
            raise Conflict("abuse.too_many_blocks", most=MOST)
        if draft.until_ms and draft.until_ms <= now:
            raise InvalidInput("until", "abuse.until_is_past")
        if draft.announcement and draft.announcement not in self._sounds():
            raise InvalidInput("announcement", "call.no_such_announcement")
        pattern = matching.pattern(draft, area_code=self._area_code(), own=own)
        reason = " ".join(draft.reason.split())
        menu = self._menu(draft)
        sound, until_ms = draft.announcement, draft.until_ms
        return Block(0, draft.kind, pattern, reason, draft.action, sound, by, now, until_ms, menu=menu)

    def _menu(self, draft: BlockDraft) -> str:
        if draft.action is not BlockAction.MENU:
            return ""
        if draft.menu not in self._menus():
            raise InvalidInput("menu", "call.no_such_menu")
        return draft.menu

    def _same(self, made: Block) -> Block | None:
        now = self._clock.now_ms()
        there = (one for one in self._blocks.values() if (one.kind, one.pattern) == (made.kind, made.pattern))
        return next((one for one in there if not one.until_ms or one.until_ms > now), None)

    def _refuse_twice(self, made: Block) -> None:
        if self._same(made) is not None:
            raise Conflict("abuse.blocked_already", field="kind" if made.kind is BlockKind.WITHHELD else "pattern")

    async def remove(self, block: int, by: str) -> None:
        """Take an entry back. Raises NotFound."""
        self.get(block)
        now = self._clock.now_ms()
        async with self._changing:
            await self._store(lambda: models.remove_block(block, by, now))

    async def restore(self, block: int) -> Block:
        """Undo that. Raises NotFound, Conflict when there is such an entry again, or it may not be any more."""
        gone = next((one for one in await self.taken_back(1000) if one.id == block), None)
        if gone is None:
            raise NotFound("abuse.no_such_block")
        async with self._changing:
            self._refuse_twice(gone)
            shown = BlockDraft(gone.kind, gone.pattern, gone.reason)
            matching.pattern(shown, area_code=self._area_code(), own=self._own())
            await self._store(lambda: models.restore_block(block))
        return self.get(block)

    async def count(self, block: int, at_ms: int) -> None:
        """Count a call that an entry has turned away. Raises Unavailable."""
        async with self._changing:
            await self._store(lambda: models.hit(block, at_ms))

    async def _store(self, work: Callable[[], dict[int, Block]]) -> None:
        self._blocks = await self._database.write(work)
        self._bus.publish(BlocksChanged())
