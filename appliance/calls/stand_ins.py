"""Call control without agents and announcements: all desks take calls, and nothing is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from appliance.calls.ports import (
    Availability,
    Blocking,
    Closed,
    DictationSounds,
    MenuStep,
    Notice,
    Protection,
    Spoken,
)
from appliance.calls.situation import ANYBODY


class EveryDesk:
    """Desks that are always ready, and say so when they are told to (`tell`)."""

    def __init__(self) -> None:
        self.states: dict[str, Availability] = {}
        self.asked: list[tuple[str, str]] = []  # (extension, kind)
        self._listeners: list[Callable[[str], None]] = []

    def availability(self, extension: str) -> Availability:
        """Return how a desk is."""
        return self.states.get(extension, ANYBODY)

    def changed(self, hear: Callable[[str], None]) -> Callable[[], None]:
        """Call `hear` with an extension that has changed."""
        self._listeners.append(hear)
        return lambda: self._listeners.remove(hear)

    def tell(self, extension: str, state: Availability) -> None:
        """Let a desk change."""
        self.states[extension] = state
        for hear in tuple(self._listeners):
            hear(extension)

    async def set_state(self, extension: str, kind: str, by: str) -> None:
        """Only remember what was asked for: there are no states without agents."""
        self.asked.append((extension, kind))


class NoHours:
    """An office that is open, or closed as it is told (`closes`), with a night switch that does nothing else."""

    def __init__(self) -> None:
        self.closes: Closed | None = None
        self.turned: list[str] = []  # by whom
        self.asked: list[tuple[str, datetime]] = []

    def closed(self, number: str, now: datetime) -> Closed | None:
        """Return what was told."""
        self.asked.append((number, now))
        return self.closes

    def night(self) -> bool:
        """Say whether the switch was turned on."""
        return len(self.turned) % 2 == 1

    async def turn_night(self, by: str) -> bool:
        """Turn the switch."""
        self.turned.append(by)
        return self.night()


class NoProtection:
    """Everybody gets through, and nothing is said to anybody; unless somebody else is to be asked."""

    def __init__(self) -> None:
        self.ask: Protection | None = None

    def notice(self, stage: int, reason: str, language: str = "") -> Notice:
        """Return what is said, if anything."""
        return self.ask.notice(stage, reason, language) if self.ask is not None else Notice()

    def blocking(self, number: str, *, withheld: bool) -> Blocking | None:
        """Return why a caller does not get through, if there is a reason."""
        return self.ask.blocking(number, withheld=withheld) if self.ask is not None else None


class NoPrompts:
    """Nothing is said but what is put into `files`, by its id."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}

    def file(self, announcement: str) -> str:
        """Return the file that was put there, or none."""
        return self.files.get(announcement, "")

    def callback_noted(self) -> str:
        """Return no file."""
        return ""

    def own(self, name: str) -> str:
        """Return the file that was put there, or none."""
        return self.files.get(name, "")

    async def number(self, number: str) -> str:
        """Return the file that was put there, or none."""
        return self.files.get(number, "")

    async def position(self, place: int, wait_seconds: int, *, offers_callback: bool) -> str:
        """Return no file."""
        return ""


class NoDictations:
    """Remembers what was spoken and kept, and makes no announcement of it; `heard` is what becomes of each take."""

    def __init__(self) -> None:
        self.heard = "made.wav"
        self.prepared: list[Spoken] = []
        self.kept: list[tuple[str, str, str]] = []  # (call, announcement, by)
        self.forgotten: list[str] = []

    def sounds(self, tone: str) -> DictationSounds | None:
        """Return names in the place of files."""
        return DictationSounds("begin.wav", tone, "ask.wav", "nothing.wav", "kept.wav", "dropped.wav", "failed.wav")

    def wanted(self, extension: str, number: str) -> tuple[str, str]:
        """Return what was dialled."""
        return f"sound{number}", extension

    async def prepare(self, spoken: Spoken) -> str:
        """Return what was told."""
        self.prepared.append(spoken)
        return self.heard

    async def keep(self, call: str, announcement: str, by: str) -> None:
        """Remember it."""
        self.kept.append((call, announcement, by))

    async def forget(self, call: str, folder: Path) -> None:
        """Remember it."""
        self.forgotten.append(call)


class NoMenus:
    """No voice menus but the steps that are put into `steps`."""

    def __init__(self) -> None:
        self.steps: dict[str, MenuStep] = {}

    def step(self, target: str) -> MenuStep | None:
        """Return the step that was put there, or none."""
        return self.steps.get(target)
