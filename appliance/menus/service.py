"""The only door to voice menus: trees, drafts, versions, and what leads to them. Knows no call and no page.

What is no coroutine never waits. Callers hear the newest version; a draft is nobody's but the editor's until it is put
to work, which is refused while anything of it leads nowhere or round without end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from appliance.calls.ports import Overflow, OverflowKind
from appliance.core.bus import Bus
from appliance.core.clock import Clock
from appliance.core.errors import Conflict, InvalidInput, NotFound
from appliance.lines.checks import slug
from appliance.lines.service import Lines
from appliance.menus import checks, models, tree
from appliance.menus.types import Kind, Menu, MenusChanged, Problem, Step, Version
from appliance.store.database import Database
from appliance.store.settings import Settings

__all__ = ["Kind", "Menu", "Menus", "MenusChanged", "Problem", "Step", "Version"]

Leading = Callable[[Overflow], tuple[str, ...]]

_LEADS = {
    Kind.GROUP: OverflowKind.GROUP,
    Kind.EXTENSION: OverflowKind.EXTENSION,
    Kind.OUTSIDE: OverflowKind.OUTSIDE,
    Kind.MENU: OverflowKind.MENU,
}


class Menus:
    """The menus as they are now. `sounds` tells the ids of the announcements that may be chosen."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        bus: Bus,
        clock: Clock,
        lines: Lines,
        sounds: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self._database = database
        self._settings = settings
        self._bus = bus
        self._clock = clock
        self._lines = lines
        self._sounds = sounds
        self._kept: dict[str, Menu] = {}
        self._leading: list[Leading] = []
        self._changing = asyncio.Lock()

    async def open(self) -> None:
        """Read everything."""
        self._kept = await self._database.read(models.load)

    # At once, from memory

    def all(self) -> tuple[Menu, ...]:
        """Return all menus in the order of their names."""
        return tuple(self._kept.values())

    def find(self, menu: str) -> Menu | None:
        """Return one, or None."""
        return self._kept.get(menu)

    def get(self, menu: str) -> Menu:
        """Return one. Raises NotFound."""
        if (found := self._kept.get(menu)) is None:
            raise NotFound("menus.not_found")
        return found

    def labels(self) -> dict[str, str]:
        """Return the menus that callers can hear, by id, with their names."""
        return {one.id: one.label for one in self._kept.values() if one.root is not None}

    def onward(self) -> dict[str, tuple[Overflow, ...]]:
        """Return, for each menu that callers can hear, where it leads when nobody presses a key."""
        return {one.id: checks.leads_to(one.root) for one in self._kept.values() if one.root is not None}

    def problems(self, menu: str, root: Step) -> tuple[Problem, ...]:
        """Return what keeps a tree from being put to work as this menu."""
        return checks.problems(menu, root, self._around())

    def led_to_by(self, leading: Leading) -> None:
        """Ask `leading`, from now on, what leads callers to a menu. It must be quick and may be asked anywhere."""
        self._leading.append(leading)

    def uses(self, menu: str) -> tuple[str, ...]:
        """Return what leads callers to a menu, as people call it."""
        target = Overflow(OverflowKind.MENU, menu)
        return tuple(dict.fromkeys(name for leading in (*self._leading, self.leading_to) for name in leading(target)))

    def leading_to(self, target: Overflow) -> tuple[str, ...]:
        """Return the menus that lead callers to a group, an extension, a number outside or another menu."""
        return tuple(one.label for one in self._kept.values() if any(_goes(step, target) for step in _working(one)))

    def playing(self, sound: str) -> tuple[Menu, ...]:
        """Return the menus that play this announcement."""
        return tuple(
            one for one in self._kept.values() if sound and any(step.announcement == sound for step in _working(one))
        )

    # The tree that is being worked on

    async def add(self, label: str, menu: str = "") -> Menu:
        """Add a menu with a first step that nobody hears yet. Raises InvalidInput, Conflict."""
        name = checks.label(label)
        self._refuse_same_label(name, "")
        async with self._changing:
            found = menu or slug(name, frozenset(self._kept), "menu")
            first = Step("s1", Kind.CHOICE, name)
            return self._take(await self._database.write(lambda: models.add(found, name, first)), found)

    async def add_step(self, menu: str, parent: str, slot: str, step: Step) -> Menu:
        """Let a step follow another; its id is made here. Raises NotFound, InvalidInput."""
        new = checks.step(step, self._around())
        return await self._edit(menu, lambda root: tree.added(root, parent, slot, replace(new, id=tree.free_id(root))))

    async def change_step(self, menu: str, step: Step) -> Menu:
        """Change a step; what follows it stays where its kind has room for it. Raises NotFound, InvalidInput."""
        new = checks.step(step, self._around())
        tree.find(self.get(menu).edited, step.id)
        return await self._edit(menu, lambda root: tree.changed(root, new))

    async def move_step(self, menu: str, step: str, parent: str, slot: str) -> Menu:
        """Let a step follow elsewhere, with all that follows it. Raises NotFound, InvalidInput."""
        return await self._edit(menu, lambda root: tree.moved(root, step, parent, slot))

    async def remove_step(self, menu: str, step: str) -> Menu:
        """Remove a step with all that follows it. Raises NotFound, InvalidInput for the first."""
        return await self._edit(menu, lambda root: tree.removed(root, step))

    async def discard(self, menu: str) -> Menu:
        """Forget the draft. Raises NotFound, Conflict when there is nothing else of the menu."""
        if self.get(menu).root is None:
            raise Conflict("menus.nothing_else")
        return self._take(await self._database.write(lambda: models.draft(menu, None)), menu)

    async def _edit(self, menu: str, change: Callable[[Step], Step]) -> Menu:
        async with self._changing:
            root = change(self.get(menu).edited)
            return self._take(await self._database.write(lambda: models.draft(menu, root)), menu)

    # What callers hear

    async def publish(self, menu: str, by: str) -> Menu:
        """Let callers hear the draft from now on. Raises NotFound, InvalidInput that says at which step it cannot be.

        Twice is once: without a draft nothing changes.
        """
        async with self._changing:  # a step that is being stored belongs to the draft
            found = self.get(menu)
            return await self._put_to_work(menu, found.label, found.draft, by) if found.draft is not None else found

    async def put(self, menu: str, label: str, root: Step, by: str) -> Menu:
        """Let callers hear this tree from now on. The same as now changes nothing. Raises as `publish` does."""
        found = self.get(menu)
        tidy, name = checks.whole(root, self._around()), checks.label(label)
        self._refuse_same_label(name, menu)
        if found.root == tidy and found.label == name and found.draft is None:
            return found
        async with self._changing:
            return await self._put_to_work(menu, name, tidy, by)

    async def rename(self, menu: str, label: str) -> Menu:
        """Give a menu another name. Raises NotFound, InvalidInput, Conflict."""
        name = checks.label(label)
        self._refuse_same_label(name, menu)
        async with self._changing:  # what is put to work meanwhile would have the name of before
            return self._take(await self._database.write(lambda: models.rename(menu, name)), menu)

    async def versions(self, menu: str) -> tuple[Version, ...]:
        """Return how a menu was, the newest first. Raises NotFound."""
        self.get(menu)
        return await self._database.read(lambda: models.versions(menu))

    async def version(self, menu: str, version: int) -> Version:
        """Return how a menu was once. Raises NotFound."""
        found = next((one for one in await self.versions(menu) if one.version == version), None)
        if found is None:
            raise NotFound("menus.no_such_version")
        return found

    async def restore(self, menu: str, version: int, by: str) -> Menu:
        """Let callers hear an older version again. Raises NotFound, InvalidInput when it would lead nowhere now."""
        old = await self.version(menu, version)
        async with self._changing:
            return await self._put_to_work(menu, self.get(menu).label, old.root, by)

    async def remove(self, menu: str) -> None:
        """Remove a menu. Raises NotFound, Conflict while something leads to it."""
        self.get(menu)
        if used := tuple(name for name in self.uses(menu) if name != self.get(menu).label):
            raise Conflict("menus.in_use", names=", ".join(used))
        self._keep(await self._database.write(lambda: models.remove(menu)))

    async def _put_to_work(self, menu: str, label: str, root: Step, by: str) -> Menu:
        now_ms = self._clock.now_ms()

        def work() -> dict[str, Menu]:
            if found := self.problems(menu, root):
                raise InvalidInput("root", found[0].key, **checks.first_words(found[0], root))
            return models.publish(menu, label, root, by, now_ms)

        return self._take(await self._database.write(work), menu)

    # Inside

    def _around(self) -> checks.Around:
        area_code = str(self._settings.get("office.area_code"))
        return checks.Around(self._lines.snapshot(), self._sounds(), self.onward(), self.labels(), area_code)

    def _refuse_same_label(self, label: str, but: str) -> None:
        if any(one.label == label and one.id != but for one in self._kept.values()):
            raise Conflict("menus.label_taken", field="label")

    def _take(self, kept: dict[str, Menu], menu: str) -> Menu:
        self._keep(kept)
        return self.get(menu)

    def _keep(self, kept: dict[str, Menu]) -> None:
        if kept != self._kept:
            self._kept = kept
            self._bus.publish(MenusChanged())


def _working(menu: Menu) -> tuple[Step, ...]:
    """Return the steps that callers come to."""
    return tuple(tree.steps(menu.root)) if menu.root is not None else ()


def _goes(step: Step, target: Overflow) -> bool:
    return step.kind in _LEADS and Overflow(_LEADS[step.kind], step.target) == target
