"""What goes over the API of voice menus. A tree goes out as it comes in: get it, change it, put it."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType, field

from appliance.menus import tree
from appliance.menus.types import Branch, Kind, Menu, Step, Version
from web.api.shapes import Request, Whole


class MenuStep(Request, frozen=True):
    """One step. `target` is a group's id, an extension, a number outside, a step's id or a menu's id, by `kind`.

    `branches` are what follows: by a key ("0" to "9", "*", "#"), "timeout" or "wrong" of a choice, "next" of an
    announcement, "unanswered" of an extension or a number outside. An `id` may be left out; then the box makes one.
    """

    kind: Kind
    name: str
    id: str = ""
    target: str = ""
    announcement: str = ""
    seconds: Whole = 5
    tries: Whole = 3
    dials: bool = False
    branches: dict[str, MenuStep] = field(default_factory=dict)

    @classmethod
    def of(cls, step: Step) -> MenuStep:
        """Return a step as it goes out."""
        return cls(
            id=step.id,
            kind=step.kind,
            name=step.name,
            target=step.target,
            announcement=step.announcement,
            seconds=step.seconds,
            tries=step.tries,
            dials=step.dials,
            branches={branch.slot: cls.of(branch.step) for branch in step.branches},
        )

    def plain(self) -> Step:
        """Return the tree as the service wants it; steps without an id have none yet."""
        return Step(
            id=self.id,
            kind=self.kind,
            name=self.name,
            target=self.target,
            announcement=self.announcement,
            seconds=self.seconds,
            tries=self.tries,
            dials=self.dials,
            branches=tuple(Branch(slot, step.plain()) for slot, step in self.branches.items()),
        )


class MenuSent(Request, frozen=True):
    """A voice menu to be added. Nobody hears it before a tree was put."""

    label: str


class MenuPut(Request, frozen=True):
    """The tree that callers hear from now on, and what the menu is called."""

    root: MenuStep
    label: str | UnsetType = UNSET


class MenuSeen(Struct, frozen=True):
    """A voice menu. `version` 0: callers hear none of it yet. `draft` is what is being worked on in the panel."""

    id: str
    label: str
    version: int
    root: MenuStep | None
    draft: MenuStep | None
    steps: int
    used_by: tuple[str, ...]

    @classmethod
    def of(cls, menu: Menu, used_by: tuple[str, ...]) -> MenuSeen:
        """Return a menu as it goes out."""
        root = MenuStep.of(menu.root) if menu.root is not None else None
        draft = MenuStep.of(menu.draft) if menu.draft is not None else None
        steps = sum(1 for _ in tree.steps(menu.edited))
        return cls(menu.id, menu.label, menu.version, root, draft, steps, used_by)


class MenuVersionSeen(Struct, frozen=True):
    """How a menu was from a moment on, and who made it so."""

    version: int
    at_ms: int
    by: str
    label: str
    root: MenuStep

    @classmethod
    def of(cls, version: Version) -> MenuVersionSeen:
        """Return a version as it goes out."""
        return cls(version.version, version.at_ms, version.by, version.label, MenuStep.of(version.root))


class MenuTest(Request, frozen=True):
    """Whose phone rings."""

    extension: str


class MenuTested(Struct, frozen=True):
    """The call in which the menu is heard."""

    call: str
