"""The kinds of states of this office, as an admin keeps them. What was used once can be put away, but not removed.

Knows no desk: whoever wants to hear of a change listens for KindsChanged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from appliance.agents import kinds, models
from appliance.agents.events import KindsChanged
from appliance.agents.types import Kind, KindDraft
from appliance.core.bus import Bus
from appliance.core.errors import Conflict, NotFound
from appliance.store.database import Database


class States:
    """All kinds, in their order."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._kinds = kinds.merged(())
        self._changing = asyncio.Lock()

    def take(self, stored: Iterable[Kind]) -> None:
        """Take what is stored."""
        self._kinds = kinds.merged(stored)

    def all(self) -> tuple[Kind, ...]:
        """Return all kinds, also those that were put away."""
        return tuple(self._kinds.values())

    def get(self, key: str) -> Kind:
        """Return a kind; one that is not known (of a newer release) is called by its key and takes no calls."""
        return self._kinds.get(key) or Kind(key, key, key)

    async def used(self) -> frozenset[str]:
        """Return the kinds that stand in the history of any desk."""
        return await self._database.read(models.used_kinds)

    async def add(self, draft: KindDraft, key: str = "") -> Kind:
        """Add a kind of the office's own. Raises InvalidInput, Conflict."""
        async with self._changing:
            kind = await asyncio.to_thread(kinds.added, self._kinds, draft, key)  # may read the catalogue's files
            await self._keep({**self._kinds, kind.key: kind}, (kind,))
            return kind

    async def change(self, key: str, draft: KindDraft) -> Kind:
        """Change a kind. Raises InvalidInput, NotFound, Conflict."""
        async with self._changing:
            kind = await asyncio.to_thread(kinds.changed, self._kinds, self._found(key), draft)
            await self._keep({**self._kinds, key: kind}, (kind,))
            return kind

    async def retire(self, key: str, retired: bool = True) -> Kind:
        """Put a kind away, or bring it back. Desks that are in it stay so. Raises NotFound, Conflict."""
        async with self._changing:
            kind = self._found(key)
            if kind.built_in and key not in kinds.MAY_BE_RETIRED:
                raise Conflict("agents.kind_needed")
            kind = replace(kind, retired=retired)
            await self._keep({**self._kinds, key: kind}, (kind,))
            return kind

    async def move(self, key: str, place: int) -> None:
        """Put a kind at a place in the order, 1 = first. Raises NotFound."""
        async with self._changing:
            self._found(key)
            moved = kinds.moved(self._kinds, key, place)
            await self._keep(moved, moved.values())

    async def remove(self, key: str) -> None:
        """Remove a kind of the office's own that was never used. Raises NotFound, Conflict."""
        async with self._changing:
            if self._found(key).built_in:
                raise Conflict("agents.kind_needed")

            def remove() -> None:
                if key in models.used_kinds():
                    raise Conflict("agents.kind_used")
                models.remove_kind(key)

            await self._database.write(remove)
            self._kinds = {other: kind for other, kind in self._kinds.items() if other != key}
            self._bus.publish(KindsChanged())

    def _found(self, key: str) -> Kind:
        if key not in self._kinds:
            raise NotFound("agents.no_such_kind")
        return self._kinds[key]

    async def _keep(self, after: dict[str, Kind], stored: Iterable[Kind]) -> None:
        rows = tuple(stored)
        await self._database.write(lambda: models.store_kinds(rows))
        self._kinds = after
        self._bus.publish(KindsChanged())
